;; in the data block, imported ones through a pointer
(module (import "e" "g" (global $i (mut i64))) (global $g (mut i32) (i32.const 1))
  (func (param $x i64)
    (global.set $g (i32.add (global.get $g) (i32.const 1)))
    (global.set $i (i64.sub (global.get $i) (local.get $x)))))
