;; A divisor that is the dividend too is read early (a move to rax) and late, with few registers and many values.
(module
  (func (export "f") (param $x i32) (param $y i32) (param $z i32) (param $u i32) (param $v i32) (result i32)
    (local $i i32)
    (loop $l
      (local.set $u (i32.add (local.get $u) (i32.div_u (local.get $x) (local.get $x))))
      (local.set $y (i32.xor (local.get $y) (i32.mul (local.get $u) (local.get $x))))
      (local.set $v (i32.add (local.get $v) (i32.rem_s (local.get $y) (i32.or (local.get $u) (i32.const 1)))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5))))
    (i32.add (i32.div_s (local.get $x) (local.get $x))
      (i32.add (local.get $y) (i32.sub (local.get $z) (i32.mul (local.get $u) (local.get $v))))))
  (func (export "g") (param $x i64) (param $y i64) (param $z i64) (param $u i64) (param $v i64) (result i64)
    (i64.add
      (i64.mul (i64.div_s (local.get $x) (local.get $x)) (i64.div_u (local.get $y) (local.get $y)))
      (i64.mul (i64.add (local.get $z) (local.get $u)) (i64.xor (local.get $v) (i64.rem_u (local.get $z) (local.get $z)))))))
