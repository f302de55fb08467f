;; [base + index·scale + offset], constants, wrapping sums
(module (memory 1)
  (func (param $p i32) (param $i i32) (result i32)
    (i32.add
      (i32.load offset=8 (local.get $p))
      (i32.add
        (i32.load (i32.add (local.get $p) (i32.shl (local.get $i) (i32.const 2))))
        (i32.add
          (i32.load offset=16 (i32.add (local.get $p) (local.get $i)))
          (i32.load offset=4 (i32.const 100)))))))
