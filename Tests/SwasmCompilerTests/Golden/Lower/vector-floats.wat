;; What takes more than one instruction.
(module
  (func (param v128 v128 i32) (result v128 v128 v128 v128)
    (f32x4.min (local.get 0) (local.get 1))
    (i32x4.trunc_sat_f32x4_s (local.get 0))
    (f64x2.convert_low_i32x4_u (local.get 1))
    (i64x2.shr_s (i64x2.mul (local.get 0) (local.get 1)) (local.get 2))))
