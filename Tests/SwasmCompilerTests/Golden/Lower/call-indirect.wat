;; the type check, null included; arguments while the target waits in r11
(module (table 4 funcref) (type $t (func (param i64 i32) (result i64)))
  (func (param $i i32) (param $x i64) (result i64)
    (i64.add (local.get $x)
      (call_indirect (type $t) (local.get $x) (i32.const 9) (local.get $i)))))
