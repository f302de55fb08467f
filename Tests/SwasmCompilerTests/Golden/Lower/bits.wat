;; counting, extending, wrapping, testing
(module
  (func (param $x i32) (param $z i64) (result i32 i64 i64 i32)
    (i32.add (i32.clz (local.get $x)) (i32.popcnt (local.get $x)))
    (i64.extend8_s (i64.shl (local.get $z) (i64.const 1)))
    (i64.extend_i32_s (i32.wrap_i64 (local.get $z)))
    (i64.ne (i64.and (local.get $z) (i64.const 0x100)) (i64.const 0))))
