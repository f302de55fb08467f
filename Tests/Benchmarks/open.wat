;; run(n): opens and closes the file `file` in the first granted directory n times; the first errno that is not 0.
(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "file")
  (func (export "run") (param $count i32) (result i32)
    (local $errno i32)
    (loop $next
      (local.set $errno
        (call $open (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 4) (i32.const 0)
          (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 0)))
      (if (local.get $errno) (then (return (local.get $errno))))
      (local.set $errno (call $close (i32.load (i32.const 0))))
      (if (local.get $errno) (then (return (local.get $errno))))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br_if $next (local.get $count)))
    (i32.const 0)))
