;; Scalars and lanes, in registers and in memory; tests that branch.
(module
  (memory 1)
  (func (param i32 v128) (result f32 i32 i64)
    (if (v128.any_true (local.get 1)) (then (v128.store8_lane 3 (local.get 0) (local.get 1))))
    (if (i32.eqz (i16x8.all_true (local.get 1)))
      (then (v128.store64_lane 1 (local.get 0) (local.get 1))))
    (local.set 1 (v128.load32_lane 2 (local.get 0) (local.get 1)))
    (local.set 1 (i16x8.replace_lane 1 (local.get 1) (i32.load16_u (local.get 0))))
    (local.set 1 (i64x2.add (local.get 1) (v128.load8x8_s (local.get 0))))
    (local.set 1 (f32x4.add (local.get 1) (f32x4.splat (f32.load (local.get 0)))))
    (f32x4.extract_lane 2 (local.get 1))
    (i32.add (i8x16.extract_lane_s 15 (local.get 1)) (i8x16.bitmask (local.get 1)))
    (i64x2.extract_lane 0 (local.get 1))))
