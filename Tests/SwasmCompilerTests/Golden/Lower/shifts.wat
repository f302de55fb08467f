;; by registers, constants, masks
(module
  (func (param $x i32) (param $y i32) (param $z i64) (result i32 i64 i32 i64)
    (i32.shl (local.get $x) (i32.and (local.get $y) (i32.const 31)))
    (i64.shr_s (local.get $z) (i64.extend_i32_u (local.get $y)))
    (i32.rotl (local.get $x) (i32.const 5))
    (i64.rotr (local.get $z) (i64.const 9))))
