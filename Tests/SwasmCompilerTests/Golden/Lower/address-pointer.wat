;; an imported memory is reached through a pointer
(module (import "m" "m" (memory 1))
  (func (param $p i32) (result i64)
    (i64.store offset=24 (local.get $p) (i64.load32_u offset=4 (local.get $p)))
    (i64.load16_s (i32.add (local.get $p) (i32.const 3)))))
