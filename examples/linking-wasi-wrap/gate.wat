;; What the program is given as WASI: an fd_write that calls whatever is in the table, and, for that, a printer that puts
;; "| " before each line. The printer has a memory of its own, since the host reads the memory of who calls it.
(module $gate
  (type $write (func (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $host (type $write)))
  (memory (export "memory") 1)
  (table (export "table") 1 funcref)
  (func (export "fd_write") (type $write)
    (call_indirect (type $write)
      (local.get 0) (local.get 1) (local.get 2) (local.get 3) (i32.const 0)))
  ;; Bytes from address 1024 on that are not written yet.
  (global $length (mut i32) (i32.const 0))
  (global $atLineStart (mut i32) (i32.const 1))
  (func $append (param $byte i32)
    (i32.store8 offset=1024 (global.get $length) (local.get $byte))
    (global.set $length (i32.add (global.get $length) (i32.const 1))))
  (func (export "put") (param $descriptor i32) (param $byte i32)
    (if (global.get $atLineStart)
      (then (call $append (i32.const 0x7c)) (call $append (i32.const 0x20))))
    (call $append (local.get $byte))
    (global.set $atLineStart (i32.eq (local.get $byte) (i32.const 10)))
    (if (i32.gt_u (global.get $length) (i32.const 4096))
      (then (drop (call $flush (local.get $descriptor))))))
  (func $flush (export "flush") (param $descriptor i32) (result i32)
    ;; A vector at address 0, the count of written bytes at 8.
    (i32.store (i32.const 0) (i32.const 1024))
    (i32.store (i32.const 4) (global.get $length))
    (global.set $length (i32.const 0))
    (call $host (local.get $descriptor) (i32.const 0) (i32.const 1) (i32.const 8))))
