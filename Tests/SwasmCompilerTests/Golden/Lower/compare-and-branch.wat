;; comparisons with registers, immediates, memory and zero
(module (memory 1)
  (func (param $x i32) (param $y i32) (param $z i64) (result i32)
    (if (i32.lt_s (local.get $x) (local.get $y)) (then (return (i32.const 1))))
    (if (i64.ge_u (local.get $z) (i64.const 1000)) (then (return (i32.const 2))))
    (if (i32.eq (i32.load (local.get $x)) (i32.const 7)) (then (return (i32.const 3))))
    (if (i32.eqz (i32.and (local.get $x) (i32.const 16))) (then (return (i32.const 4))))
    (if (i64.eqz (local.get $z)) (then (return (i32.const 5))))
    (i32.const 6)))
