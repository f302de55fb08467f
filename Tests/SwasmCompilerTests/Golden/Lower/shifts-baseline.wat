;; baseline
(module
  (func (param $x i32) (param $y i32) (param $z i64) (result i32 i64 i32)
    (i32.shl (local.get $x) (local.get $y))
    (i64.shr_u (local.get $z) (i64.extend_i32_u (local.get $y)))
    (i32.clz (i32.rotl (local.get $x) (local.get $y)))))
