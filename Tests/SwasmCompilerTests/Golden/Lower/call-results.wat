;; six results: two on the stack; live values across the call
(module
  (func (param $a i32) (param $f f64) (result i32)
    (local $x i32) (local $y i32)
    (call $many) (local.set $x) (local.set $y) drop drop drop drop
    (i32.add (i32.add (local.get $x) (local.get $a))
      (i32.add (local.get $y) (i32.trunc_sat_f64_s (local.get $f)))))
  (func $many (result i32 i32 i32 i32 i32 i32)
    (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6)))
