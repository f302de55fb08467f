;; ten arguments: two on the stack; constants and shuffles
(module
  (func (param $a i32) (param $b i32) (result i32)
    (call $many (local.get $b) (local.get $a) (i32.const 1) (local.get $b) (i32.const 2)
      (local.get $a) (i32.const 3) (local.get $b) (i32.const 4) (local.get $a)))
  (func $many (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) (local.get 9)))
