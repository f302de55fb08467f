;; What validation refuses, and its neighbours that it does not.
(assert_invalid (module (alias 0 "f" (func))) "unknown instance")
(assert_invalid (module (instance (instantiate 0))) "unknown module")
(assert_invalid (module (module (instance (instantiate (module outer 0 0))))) "unknown module")
(assert_invalid (module (module (alias outer 1 0 (type)))) "relative depth too large")
(assert_invalid (module (alias outer 0 0 (module))) "relative depth too large")
(assert_invalid (module (module (alias outer 0 3 (type)))) "unknown type")
(assert_invalid (module (module $m (import "a" (func))) (instance (instantiate $m))) "no import named")
(assert_invalid
  (module (module $m (import "a" (func))) (import "f" (func $f (param i32)))
    (instance (instantiate $m (import "a" (func $f))))) "type mismatch")
(assert_invalid
  (module (module $m (import "a" (func))) (import "g" (global $g i32))
    (instance (instantiate $m (import "a" (global $g))))) "type mismatch")
(assert_invalid
  (module (module $m (import "a" (global (mut i32)))) (import "g" (global $g i32))
    (instance (instantiate $m (import "a" (global $g))))) "type mismatch")
(assert_invalid
  (module (module $m (import "a" (memory 2))) (import "m" (memory $m 1))
    (instance (instantiate $m (import "a" (memory $m))))) "type mismatch")
(module (module $m (import "a" (memory 2))) (import "m" (memory $m 2 5))
  (instance (instantiate $m (import "a" (memory $m)))))
(assert_invalid
  (module (module $m (import "a" (memory 2 4))) (import "m" (memory $m 2 5))
    (instance (instantiate $m (import "a" (memory $m))))) "type mismatch")
(assert_invalid
  (module (module $m (import "a" (memory 2 4))) (import "m" (memory $m 2))
    (instance (instantiate $m (import "a" (memory $m))))) "type mismatch")
(assert_invalid
  (module (module $m (import "a" (table 1 externref))) (import "t" (table $t 1 funcref))
    (instance (instantiate $m (import "a" (table $t))))) "type mismatch")
(assert_invalid
  (module (module $m (import "a" (instance (export "x" (func)))))
    (import "i" (instance $i (export "y" (func))))
    (instance (instantiate $m (import "a" (instance $i))))) "type mismatch")
(module (module $m (import "a" (instance (export "x" (func)))))
  (import "i" (instance $i (export "y" (func)) (export "x" (func))))
  (instance (instantiate $m (import "a" (instance $i)))))
;; Contravariant imports: a module that asks for more than it is said to is refused.
(assert_invalid
  (module (module $m (import "a" (module (export "x" (func)))))
    (import "n" (module $n (import "q" (func)) (export "x" (func))))
    (instance (instantiate $m (import "a" (module $n))))) "type mismatch")
(module (module $m (import "a" (module (import "q" (func)) (export "x" (func)))))
  (import "n" (module $n (export "x" (func)) (export "z" (func))))
  (instance (instantiate $m (import "a" (module $n)))))
(assert_invalid
  (module
    (module $m (import "a" (module (import "q" (instance (export "f" (func)))) )))
    (import "n" (module $n (import "q" (instance (export "f" (func)) (export "g" (func))))))
    (instance (instantiate $m (import "a" (module $n))))) "type mismatch")
(module
  (module $m (import "a" (module (import "q" (instance (export "f" (func)) (export "g" (func)))))))
  (import "n" (module $n (import "q" (instance (export "f" (func))))))
  (instance (instantiate $m (import "a" (module $n)))))
(assert_invalid
  (module (module $m (import "a" (func))) (import "f" (func $f))
    (instance (instantiate $m (import "a" (func $f)) (import "a" (func $f))))) "duplicate")
(assert_invalid (module (type (instance (export "a" (func)) (export "a" (func))))) "duplicate")
(assert_invalid (module (type (module (import "a" (func)) (import "a" (func))))) "duplicate")
(assert_invalid (module (type (module (export "a" (func)) (export "a" (func))))) "duplicate")
(assert_invalid (module (import "a" (func)) (import "a" (instance))) "duplicate")
(assert_invalid (module (import "a" "b" (func)) (import "a" (instance))) "duplicate")
(assert_invalid (module (import "a" "b" (func)) (module) (import "a" "c" (func))) "twice")
(module (import "a" "b" (func)) (import "x" "y" (func)) (import "a" "c" (func)))
(assert_invalid (module (import "i" (instance $i (export "f" (func)))) (alias $i "f" (global))) "alias kind mismatch")
(assert_invalid (module (import "i" (instance $i (export "f" (func)))) (alias $i "g" (func))) "does not exist")
;; An alias sees of an implicit instance what has been imported so far.
(assert_invalid (module (import "a" "b" (func)) (alias 0 "c" (func))) "does not exist")
(module (import "a" "b" (func)) (alias 0 "b" (func)))
;; Only what comes before an instance can be given to it.
(assert_invalid
  (module (module $m (import "a" (func))) (instance (instantiate $m (import "a" (func $f)))) (func $f))
  "unknown function")
(assert_invalid
  (module (module $m (import "a" (memory 1))) (instance (instantiate $m (import "a" (memory 0)))) (memory 1))
  "unknown memory")
(assert_invalid (module (func (export "a") (type 0)) (type (instance))) "type index is not a function")
(assert_invalid (module (type (module)) (func (block (type 0)))) "type index is not a function")
(assert_invalid (module (export "m" (module 0))) "module index out of bounds")
(assert_invalid (module (export "i" (instance 0))) "instance index out of bounds")
;; A nested module is validated as any other.
(assert_invalid (module (module (func (result i32)))) "type mismatch")
(assert_invalid (module (module (module (func (i32.add))))) "type mismatch")
(assert_invalid (module (module (start 0))) "unknown function")
(assert_invalid (module (type (instance (export "m" (memory 2 1))))) "size minimum")
(assert_invalid (module (type (instance (export "m" (memory 65537))))) "memory size")
;; A chain of doubling types.
(assert_invalid
  (module
    (type $0 (instance (export "a" (func)) (export "b" (func))))
    (type $1 (instance (export "a" (instance (type $0))) (export "b" (instance (type $0)))))
    (type $2 (instance (export "a" (instance (type $1))) (export "b" (instance (type $1)))))
    (type $3 (instance (export "a" (instance (type $2))) (export "b" (instance (type $2)))))
    (type $4 (instance (export "a" (instance (type $3))) (export "b" (instance (type $3)))))
    (type $5 (instance (export "a" (instance (type $4))) (export "b" (instance (type $4)))))
    (type $6 (instance (export "a" (instance (type $5))) (export "b" (instance (type $5)))))
    (type $7 (instance (export "a" (instance (type $6))) (export "b" (instance (type $6)))))
    (type $8 (instance (export "a" (instance (type $7))) (export "b" (instance (type $7)))))
    (type $9 (instance (export "a" (instance (type $8))) (export "b" (instance (type $8)))))
    (type $10 (instance (export "a" (instance (type $9))) (export "b" (instance (type $9)))))
    (type $11 (instance (export "a" (instance (type $10))) (export "b" (instance (type $10)))))
    (type $12 (instance (export "a" (instance (type $11))) (export "b" (instance (type $11)))))
    (type $13 (instance (export "a" (instance (type $12))) (export "b" (instance (type $12)))))
    (type $14 (instance (export "a" (instance (type $13))) (export "b" (instance (type $13)))))
    (type $15 (instance (export "a" (instance (type $14))) (export "b" (instance (type $14)))))
    (type $16 (instance (export "a" (instance (type $15))) (export "b" (instance (type $15)))))
    (type $17 (instance (export "a" (instance (type $16))) (export "b" (instance (type $16)))))
    (type $18 (instance (export "a" (instance (type $17))) (export "b" (instance (type $17))))))
  "effective type size")
