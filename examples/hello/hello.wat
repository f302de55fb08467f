;; The smallest program: one line to standard output through WASI's fd_write.
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param $fd i32) (param $vectors i32) (param $count i32) (param $written i32)
      (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "Hello from the box\n")
  (func (export "_start")
    ;; One vector, at address 0: where the bytes are and how many.
    (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (i32.const 19))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
