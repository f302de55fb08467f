;; wide constants, and one that is made again in a loop that has no register for it; registers 4
(module (memory 1)
  (func (param $n i32) (param $x i64) (result i64)
    (loop $l
      (local.set $x (i64.mul (i64.xor (local.get $x) (i64.const 0x9e3779b97f4a7c15))
        (i64.const 0xff51afd7ed558ccd)))
      (i64.store (i32.const 8) (i64.const 0x100000000))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $x)))
