;; what the handler reads is a constant at each of the calls: it throws all the same, and its results are where it left them
(module
  (tag $failed)
  (func (param $x i32) (result i32) (local $state i32)
    (block $caught
      (try_table (catch $failed $caught)
        (local.set $state (i32.const 7))
        (call $three (i32.add (local.get $x) (i32.const 1)))
        (i32.mul (i32.const 10))
        (i32.add)
        (i32.add)
        (local.set $x)
        (local.set $state (i32.const 8))
        (call $step)
        (return (local.get $x))))
    (local.get $state))
  (func $step (throw $failed))
  (func $three (param i32) (result i32 i32 i32) (local.get 0) (local.get 0) (i32.const 3)))
