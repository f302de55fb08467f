;; values that live across a call in a loop are kept where it leaves them
(module
  (func $g (param $n i32) (param $x i64) (result i64)
    (loop $l
      (local.set $x (i64.add (local.get $x) (call $h (local.get $n))))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $x))
  (func $h (param i32) (result i64) (i64.const 1)))
