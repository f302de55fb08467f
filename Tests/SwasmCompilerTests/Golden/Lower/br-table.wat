;; a jump table and moves on its edges
(module
  (func (param $i i32) (param $x i32) (result i32)
    (block $c (block $b (block $a
      (br_table $a $b $a $c $b $c (local.get $i)))
      (return (i32.add (local.get $x) (i32.const 10))))
      (local.set $x (i32.shl (local.get $x) (i32.const 3))))
    (local.get $x)))
