;; Vectors: locals that are zero, constants once, splats of constants, lanes, memory.
(module
  (memory 1)
  (func (param i32 v128) (result v128)
    (local v128)
    (loop $again
      (local.set 2
        (i32x4.add (local.get 2)
          (v128.and (v128.load offset=16 (local.get 0)) (i8x16.splat (i32.const 15)))))
      (v128.store64_lane offset=8 1 (local.get 0) (local.get 2))
      (br_if $again (v128.any_true (local.get 2))))
    (i8x16.shuffle 0 1 2 3 4 5 6 7 24 25 26 27 28 29 30 31
      (select (local.get 1) (v128.const i64x2 1 2) (i8x16.extract_lane_s 3 (local.get 1)))
      (v128.load32_splat (i32.add (local.get 0) (i32.const 4))))))
