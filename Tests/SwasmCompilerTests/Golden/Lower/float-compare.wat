;; equality needs the parity flag
(module
  (func (param $x f64) (param $y f64) (result i32)
    (if (f64.eq (local.get $x) (local.get $y)) (then (return (i32.const 1))))
    (if (f64.lt (local.get $x) (local.get $y)) (then (return (i32.const 2))))
    (i32.add (f64.ne (local.get $x) (f64.const 0)) (f64.ge (local.get $x) (local.get $y)))))
