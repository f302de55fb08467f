;; The same loop and the same call, outside of any try.
(module
  (tag $failed (param i32))
  (func $step (param i32) (result i32)
    (if (i32.eq (local.get 0) (i32.const -1)) (then (throw $failed (local.get 0))))
    (i32.add (i32.mul (local.get 0) (i32.const 1664525)) (i32.const 1013904223)))
  (func (export "run") (param $count i32) (result i32) (local $x i32) (local $sum i32)
    (loop $again
      (local.set $x (call $step (local.get $x)))
      (local.set $sum (i32.xor (local.get $sum) (i32.shr_u (local.get $x) (i32.const 3))))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (local.get $sum)))
