;; Start functions run where their instances are made, segments before them.
(module $log
  (global $n (mut i32) (i32.const 0))
  (func (export "put") (param i32)
    (global.set $n (i32.add (i32.mul (global.get $n) (i32.const 10)) (local.get 0))))
  (func (export "reset") (global.set $n (i32.const 0)))
  (func (export "get") (result i32) (global.get $n)))
(module
  (import "log" "put" (func $put (param i32)))
  (module $a
    (import "put" (func $put (param i32)))
    (func (call $put (i32.const 1)))
    (start 1))
  (module $b
    (import "put" (func $put (param i32)))
    (module $inner
      (import "put" (func $put (param i32)))
      (memory 1)
      (data (i32.const 8) "\02")
      (func (call $put (i32.load8_u (i32.const 8))))
      (start 1))
    (instance (instantiate $inner (import "put" (func $put))))
    (func (call $put (i32.const 3)))
    (start 1))
  (instance (instantiate $a (import "put" (func $put))))
  (instance (instantiate $b (import "put" (func $put))))
  (instance (instantiate $a (import "put" (func $put))))
  (func (call $put (i32.const 4)))
  (start 1))
(assert_return (invoke $log "get") (i32.const 12314))

;; A nested start sees the memory as earlier instances left it.
(assert_return (invoke $log "reset"))
(module
  (import "log" "put" (func $put (param i32)))
  (module $memory (memory (export "memory") 1) (data (i32.const 0) "\05"))
  (instance $m (instantiate $memory))
  (module $writer
    (import "memory" (memory 1))
    (data (i32.const 1) "\06")
    (func (i32.store8 (i32.const 2) (i32.const 7)))
    (start 0))
  (module $reader
    (import "memory" (memory 1))
    (import "put" (func $put (param i32)))
    (func
      (call $put (i32.load8_u (i32.const 0)))
      (call $put (i32.load8_u (i32.const 1)))
      (call $put (i32.load8_u (i32.const 2))))
    (start 1))
  (instance (instantiate $reader (import "memory" (memory $m "memory")) (import "put" (func $put))))
  (instance (instantiate $writer (import "memory" (memory $m "memory"))))
  (instance (instantiate $reader (import "memory" (memory $m "memory")) (import "put" (func $put)))))
(assert_return (invoke $log "get") (i32.const 500567))

;; A trap in a nested start ends everything; what ran before has happened.
(assert_return (invoke $log "reset"))
(assert_trap
  (module
    (import "log" "put" (func $put (param i32)))
    (module $a
      (import "put" (func $put (param i32)))
      (module $b
        (import "put" (func $put (param i32)))
        (func (call $put (i32.const 1)) (unreachable))
        (start 1))
      (instance (instantiate $b (import "put" (func $put))))
      (func (call $put (i32.const 2)))
      (start 1))
    (instance (instantiate $a (import "put" (func $put)))))
  "unreachable")
(assert_return (invoke $log "get") (i32.const 1))
(assert_trap
  (module
    (module $a (memory 1) (data (i32.const 65536) "x"))
    (instance (instantiate $a)))
  "out of bounds")
