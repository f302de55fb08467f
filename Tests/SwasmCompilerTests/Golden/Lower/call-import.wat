;; through the import's slot
(module (import "e" "f" (func $f (param i32) (result i32)))
  (func (param $x i32) (result i32)
    (i32.add (local.get $x) (call $f (i32.mul (local.get $x) (i32.const 10))))))
