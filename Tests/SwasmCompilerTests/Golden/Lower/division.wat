;; signed, unsigned, remainder, by constants
(module
  (func (param $x i32) (param $y i32) (param $z i64) (result i32 i32 i64 i32)
    (i32.div_s (local.get $x) (local.get $y))
    (i32.rem_s (local.get $x) (local.get $y))
    (i64.rem_u (local.get $z) (i64.const 10))
    (i32.div_u (local.get $y) (i32.const 8))))
