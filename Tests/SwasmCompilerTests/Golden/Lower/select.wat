;; cmov and branches for floats
(module
  (func (param $x i64) (param $y i64) (param $c i32) (param $f f64) (param $g f64)
    (result i64 f64)
    (select (local.get $x) (local.get $y) (i32.lt_u (local.get $c) (i32.const 5)))
    (select (local.get $f) (local.get $g) (f64.gt (local.get $f) (local.get $g)))))
