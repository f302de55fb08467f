;; signed and unsigned, both ways
(module
  (func (param $x i64) (param $y i32) (param $f f32) (result f64 f32 f64 i32 i64)
    (f64.convert_i64_u (local.get $x))
    (f32.convert_i32_s (local.get $y))
    (f64.promote_f32 (local.get $f))
    (i32.trunc_f32_u (local.get $f))
    (i64.trunc_sat_f32_s (local.get $f))))
