;; baseline
(module (memory 1)
  (func (param $x f64) (param $y f64) (param $p i32) (result f64)
    (f64.sub (f64.mul (local.get $x) (f64.load (local.get $p)))
      (f64.div (local.get $y) (f64.add (local.get $x) (local.get $y))))))
