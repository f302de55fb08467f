;; The program: sorts five digits, upwards and downwards, and prints them.
(module
  (import "env" "memory" (memory 1))
  (import "env" "__indirect_function_table" (table 4 funcref))
  (import "env" "__stack_pointer" (global $stack (mut i32)))
  (import "env" "sort" (func $sort (param i32 i32 i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (export "memory" (memory 0))
  (data (i32.const 1024) "\03\00\00\00\09\00\00\00\01\00\00\00\07\00\00\00\05\00\00\00")
  ;; Its functions in the shared table: pointers 1 and 2.
  (elem (i32.const 1) $up $down)
  (func $up (param i32 i32) (result i32) (i32.sub (local.get 0) (local.get 1)))
  (func $down (param i32 i32) (result i32) (i32.sub (local.get 1) (local.get 0)))
  ;; A line of digits, put together in a stack frame: the vector in the first 8 bytes, behind it the text.
  (func $print
    (local $frame i32) (local $number i32)
    (local.set $frame (i32.sub (global.get $stack) (i32.const 32)))
    (global.set $stack (local.get $frame))
    (i32.store (local.get $frame) (i32.add (local.get $frame) (i32.const 12)))
    (i32.store offset=4 (local.get $frame) (i32.const 10))
    (loop $next
      (i32.store16 offset=12
        (i32.add (local.get $frame) (i32.mul (local.get $number) (i32.const 2)))
        (i32.add
          (i32.const 0x2030)
          (i32.load offset=1024 (i32.mul (local.get $number) (i32.const 4)))))
      (local.set $number (i32.add (local.get $number) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $number) (i32.const 5))))
    (i32.store8 offset=21 (local.get $frame) (i32.const 10))
    (drop
      (call $fd_write (i32.const 1) (local.get $frame) (i32.const 1)
        (i32.add (local.get $frame) (i32.const 8))))
    (global.set $stack (i32.add (local.get $frame) (i32.const 32))))
  (func (export "_start")
    (call $sort (i32.const 1024) (i32.const 5) (i32.const 1))
    (call $print)
    (call $sort (i32.const 1024) (i32.const 5) (i32.const 2))
    (call $print)))
