;; the handler wants what the loop changes, as it was at the call: the loop need not spare it
(module
  (tag $failed (param i32))
  (func (param $count i32) (result i32) (local $x i32) (local $sum i32)
    (block $caught (result i32)
      (loop $again
        (try_table (catch $failed $caught)
          (local.set $x (call $step (local.get $x)))
          (local.set $sum (i32.xor (local.get $sum) (i32.shr_u (local.get $x) (i32.const 3)))))
        (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
      (return (local.get $sum)))
    (i32.add (local.get $sum) (local.get $count))
    (i32.add))
  (func $step (param i32) (result i32)
    (throw $failed (local.get 0))))
