;; the same with floats: xmm15 breaks the cycle
(module
  (func (param $a f64) (param $b f64) (param $n i32) (result f64)
    (local $t f64)
    (loop $l
      (local.set $t (local.get $a))
      (local.set $a (local.get $b))
      (local.set $b (local.get $t))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (f64.sub (local.get $a) (local.get $b))))
