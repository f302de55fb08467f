;; Modules, instances of them, and what their exports must do. State lasts from command to command.
(module $counter
  (global $n (mut i32) (i32.const 0))
  (func (export "next") (param i32) (result i32)
    (global.set $n (i32.add (global.get $n) (local.get 0)))
    (global.get $n))
  (func (export "divide") (param i32) (result i32)
    (i32.div_u (global.get $n) (local.get 0))))
(assert_return (invoke "next" (i32.const 2)) (i32.const 2))
(assert_return (invoke "next" (i32.const 3)) (i32.const 5))
(assert_trap (invoke "divide" (i32.const 0)) "integer divide by zero")

;; A module with a name can be imported by it, and under another name that `register` gives.
(register "count" $counter)
(module
  (import "counter" "next" (func $next (param i32) (result i32)))
  (import "count" "divide" (func $divide (param i32) (result i32)))
  (import "spectest" "print_i32" (func $print (param i32)))
  (func (export "run") (result i32)
    (call $print (call $next (i32.const 15)))
    (call $divide (i32.const 4))))
(assert_return (invoke "run") (i32.const 5))
(assert_return (invoke $counter "next" (i32.const 0)) (i32.const 20))

(assert_invalid (module (func (result i32) (i64.const 1))) "type mismatch")
(assert_malformed (module quote "(func (result i33))") "unexpected token")
(assert_unlinkable (module (import "counter" "reset" (func))) "unknown import")
(assert_trap (module (func $f (unreachable)) (start $f)) "unreachable")
