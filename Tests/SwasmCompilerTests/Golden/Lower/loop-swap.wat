;; a cycle of moves on the back edge
(module
  (func (param $a i64) (param $b i64) (param $n i32) (result i64)
    (local $t i64)
    (loop $l
      (local.set $t (local.get $a))
      (local.set $a (local.get $b))
      (local.set $b (local.get $t))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i64.sub (local.get $a) (local.get $b))))
