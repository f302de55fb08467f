;; One export for each of some other traps.
(module
  (type $nothing (func))
  (memory 1)
  (table 4 funcref)
  (func (export "unreachable") (unreachable))
  (func (export "outside") (param $address i32) (result i32) (i32.load offset=8 (local.get $address)))
  (func (export "null") (call_indirect (type $nothing) (i32.const 2)))
  (func (export "undefined-element") (call_indirect (type $nothing) (i32.const 9)))
  (func (export "not-a-number") (result i32) (i32.trunc_f64_s (f64.div (f64.const 0) (f64.const 0))))
  (func $forever (export "recursion") (param $n i64) (result i64)
    (i64.add (call $forever (i64.add (local.get $n) (i64.const 1))) (local.get $n))))
