;; A module captured through three levels, and taken out of them before it is used.
(module
  (module $leaf (func (export "f") (result i32) (i32.const 3)))
  (module $a
    (module $b
      (module $c (export "c")
        (instance $i (instantiate (module outer 2 $leaf)))
        (func (export "f") (result i32) (i32.add (call (func $i "f")) (i32.const 100))))
      (export "b-c" (module $c)))
    (instance $b (instantiate $b))
    (export "a-c" (module $b "b-c")))
  (instance $a (instantiate $a))
  (instance $c (instantiate (module $a "a-c")))
  (func (export "run") (result i32) (call (func $c "f"))))
(assert_return (invoke "run") (i32.const 103))

;; The same module closed over twice with different captures.
(module
  (module $make
    (import "m" (module $m (export "f" (func (result i32)))))
    (module (export "wrapped")
      (module (export "deeper")
        (instance $i (instantiate (module outer 1 $m)))
        (func (export "f") (result i32) (i32.mul (call (func $i "f")) (i32.const 10))))))
  (module $one (func (export "f") (result i32) (i32.const 1)))
  (module $two (func (export "f") (result i32) (i32.const 2)))
  (instance $make1 (instantiate $make (import "m" (module $one))))
  (instance $make2 (instantiate $make (import "m" (module $two))))
  (instance $w1 (instantiate (module $make1 "wrapped")))
  (instance $w2 (instantiate (module $make2 "wrapped")))
  (instance $d1 (instantiate (module $w1 "deeper")))
  (instance $d2 (instantiate (module $w2 "deeper")))
  (func (export "one") (result i32) (call (func $d1 "f")))
  (func (export "two") (result i32) (call (func $d2 "f"))))
(assert_return (invoke "one") (i32.const 10))
(assert_return (invoke "two") (i32.const 20))

;; A captured module crosses to another set.
(module $lib
  (module $leaf (global (export "g") i32 (i32.const 77)))
  (module (export "m")
    (instance $l (instantiate (module outer 0 $leaf)))
    (export "g" (global $l "g"))))
(module
  (import "lib" "m" (module $m (export "g" (global i32))))
  (instance $i (instantiate $m))
  (func (export "get") (result i32) (global.get (global $i "g"))))
(assert_return (invoke "get") (i32.const 77))

;; An upvalue's index is that of the module that says it, whatever else has been captured.
(module
  (module $x (func (export "f") (result i32) (i32.const 1)))
  (module $y (func (export "f") (result i32) (i32.const 2)))
  (module $z (func (export "f") (result i32) (i32.const 3)))
  (module $outer
    (module $inner
      (instance $z (instantiate (module outer 1 $z)))
      (instance $x (instantiate (module outer 1 $x)))
      (func (export "f") (result i32)
        (i32.add (i32.mul (call (func $z "f")) (i32.const 10)) (call (func $x "f")))))
    (instance $y (instantiate (module outer 0 $y)))
    (instance $i (instantiate $inner))
    (func (export "f") (result i32)
      (i32.add (i32.mul (call (func $i "f")) (i32.const 10)) (call (func $y "f")))))
  (instance $o (instantiate $outer))
  (func (export "run") (result i32) (call (func $o "f"))))
(assert_return (invoke "run") (i32.const 312))
