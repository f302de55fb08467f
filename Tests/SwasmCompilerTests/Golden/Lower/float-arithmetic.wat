;; operands in memory, min, max, rounding, signs
(module (memory 1)
  (func (param $x f64) (param $y f64) (param $p i32) (result f64)
    (f64.copysign
      (f64.min (f64.add (local.get $x) (f64.load (local.get $p))) (f64.neg (local.get $y)))
      (f64.nearest (f64.sqrt (f64.max (local.get $x) (local.get $y)))))))
