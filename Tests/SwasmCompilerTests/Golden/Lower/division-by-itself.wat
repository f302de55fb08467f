;; registers 4
(module
  (func (param $x i32) (param $y i32) (param $z i32) (result i32)
    (i32.add (i32.div_s (local.get $x) (local.get $x))
      (i32.mul (local.get $x) (i32.xor (local.get $y) (local.get $z))))))
