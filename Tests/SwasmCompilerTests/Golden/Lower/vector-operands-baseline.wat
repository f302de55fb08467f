;; baseline
;; No operand in memory but constants, two-operand forms.
(module
  (memory 1)
  (func (param i32 v128) (result v128)
    (v128.store offset=32 (local.get 0)
      (i32x4.add (local.get 1) (v128.load offset=16 (local.get 0))))
    (i8x16.add_sat_u
      (i32x4.shl
        (v128.xor
          (i16x8.mul (v128.load (local.get 0)) (v128.const i16x8 1 2 3 4 5 6 7 8))
          (i64x2.sub (v128.load offset=48 (local.get 0)) (local.get 1)))
        (i32.const 7))
      (i8x16.splat (i32.const 3)))))
