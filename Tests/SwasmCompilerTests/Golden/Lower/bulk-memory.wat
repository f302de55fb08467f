;; constant lengths and others
(module (memory 1)
  (func (param $d i32) (param $s i32) (param $n i32)
    (memory.copy (local.get $d) (local.get $s) (i32.const 16))
    (memory.fill (local.get $d) (i32.const 0) (local.get $n))
    (drop (memory.grow (memory.size)))))
