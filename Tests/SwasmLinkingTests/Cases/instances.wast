;; More exports than asked for, in another order.
(module $lib
  (func (export "unused") (result i32) (i32.const 0))
  (func (export "b") (result i32) (i32.const 2))
  (memory (export "memory") 1)
  (func (export "a") (result i32) (i32.const 1)))
(module
  (import "lib" (instance $lib
    (export "a" (func (result i32)))
    (export "b" (func (result i32)))))
  (func (export "a") (result i32) (call (func $lib "a")))
  (func (export "b") (result i32) (call (func $lib "b"))))
(assert_return (invoke "a") (i32.const 1))
(assert_return (invoke "b") (i32.const 2))
(assert_unlinkable (module (import "lib" (instance (export "c" (func))))) "incompatible import type")
(assert_unlinkable (module (import "lib" (instance (export "a" (func))))) "incompatible import type")
(assert_unlinkable (module (import "lib" (instance (export "a" (memory 1))))) "incompatible import type")
(assert_unlinkable (module (import "lib" (instance (export "memory" (memory 2))))) "incompatible import type")
(assert_unlinkable (module (import "lib" (instance (export "memory" (memory 1 3))))) "incompatible import type")
(assert_unlinkable (module (import "lib" (module))) "incompatible import type")
(assert_unlinkable (module (import "lib" "memory" (module))) "incompatible import type")
(assert_unlinkable (module (import "nobody" (instance (export "f" (func))))) "unknown import")

;; A module that another exports, instantiated twice by the importer: two memories, one code.
(module $store
  (func (export "none") (result i32) (i32.const 0))
  (module (export "cell")
    (memory (export "memory") 1)
    (func (export "set") (param i32) (i32.store (i32.const 0) (local.get 0)))
    (func (export "get") (result i32) (i32.load (i32.const 0)))))
(module
  (import "store" "cell" (module $cell
    (export "set" (func (param i32)))
    (export "get" (func (result i32)))))
  (instance $a (instantiate $cell))
  (instance $b (instantiate $cell))
  (func (export "run") (result i32)
    (call (func $a "set") (i32.const 5))
    (call (func $b "set") (i32.const 7))
    (i32.add (i32.mul (call (func $a "get")) (i32.const 10)) (call (func $b "get")))))
(assert_return (invoke "run") (i32.const 57))

;; Two-level imports with one first name are one instance, which can be handed on.
(module
  (module $user
    (import "x" "a" (func $a (result i32)))
    (import "x" "b" (func $b (result i32)))
    (func (export "sum") (result i32) (i32.add (call $a) (call $b))))
  (import "lib" "b" (func $b (result i32)))
  (import "store" "none" (func (result i32)))
  (import "lib" "a" (func $a (result i32)))
  (instance $u (instantiate $user (import "x" (instance 0))))
  (func (export "run") (result i32)
    (i32.add (i32.mul (call (func $u "sum")) (i32.const 10)) (call $b))))
(assert_return (invoke "run") (i32.const 32))

;; What is handed on has all exports, and a parent may put its own in their place.
(module
  (import "lib" (instance $lib (export "a" (func (result i32))) (export "b" (func (result i32)))))
  (module $fake
    (import "real" (instance $real (export "b" (func (result i32)))))
    (func (export "a") (result i32) (i32.const 1000))
    (export "b" (func $real "b")))
  (instance $fake (instantiate $fake (import "real" (instance $lib))))
  (module $user
    (import "lib" "a" (func $a (result i32)))
    (import "lib" "b" (func $b (result i32)))
    (func (export "f") (result i32) (i32.add (call $a) (call $b))))
  (instance $real (instantiate $user (import "lib" (instance $lib))))
  (instance $virtual (instantiate $user (import "lib" (instance $fake))))
  (func (export "real") (result i32) (call (func $real "f")))
  (func (export "virtual") (result i32) (call (func $virtual "f"))))
(assert_return (invoke "real") (i32.const 3))
(assert_return (invoke "virtual") (i32.const 1002))

;; Arguments beyond those that are imported are ignored; a module may import less than it is said to.
(module
  (import "lib" "a" (func $a (result i32)))
  (module $none (func (export "f") (result i32) (i32.const 9)))
  (module $takes
    (import "m" (module $m (import "f" (func (result i32))) (export "f" (func (result i32)))))
    (import "a" (func $a (result i32)))
    (instance $i (instantiate $m (import "f" (func $a)) (import "extra" (func $a))))
    (func (export "f") (result i32) (call (func $i "f"))))
  (instance $t (instantiate $takes (import "m" (module $none)) (import "a" (func $a))))
  (func (export "run") (result i32) (call (func $t "f"))))
(assert_return (invoke "run") (i32.const 9))

;; Nested instances through exports of exports.
(module $deep
  (module $a
    (module $b
      (module $c (func (export "f") (result i32) (i32.const 4)))
      (instance (export "c") (instantiate $c)))
    (instance (export "b") (instantiate $b)))
  (instance (export "a") (instantiate $a)))
(module
  (import "deep" "a" (instance $a
    (export "b" (instance (export "c" (instance (export "f" (func (result i32)))))))))
  (func (export "run") (result i32) (call (func $a "b" "c" "f"))))
(assert_return (invoke "run") (i32.const 4))
(assert_unlinkable
  (module (import "deep" "a" (instance
    (export "b" (instance (export "c" (instance (export "g" (func))))))))) 
  "incompatible import type")
