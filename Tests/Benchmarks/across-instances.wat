;; 10^8 calls into another instance and back.
(module
  (module $step
    (func (export "step") (param i32) (result i32)
      (i32.add (i32.mul (local.get 0) (i32.const 1664525)) (i32.const 1013904223))))
  (instance $step (instantiate $step))
  (func (export "run") (param $count i32) (result i32) (local $x i32)
    (loop $again
      (local.set $x (call (func $step "step") (local.get $x)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (local.get $x)))
