;; immediates, narrow stores, floats
(module (memory 1)
  (func (param $p i32) (param $x i64) (param $f f64)
    (i32.store8 (local.get $p) (i32.const -1))
    (i64.store offset=8 (local.get $p) (i64.const -2))
    (i64.store offset=16 (local.get $p) (i64.const 0x123456789))
    (i64.store16 offset=24 (local.get $p) (local.get $x))
    (f64.store offset=32 (local.get $p) (local.get $f))
    (f32.store offset=40 (local.get $p) (f32.const 1.5))))
