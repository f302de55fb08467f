;; The parent in one text: `sed` puts three files where they are named. The program, module 1, is any that uses no
;; more of WASI than the gate has.
(module
  (import "wasi_snapshot_preview1"
    (instance $host (export "fd_write" (func (param i32 i32 i32 i32) (result i32)))))
  ;; gate.wat
  ;; hello.wat
  ;; reader.wat
  (instance $gate
    (instantiate $gate (import "wasi_snapshot_preview1" (instance $host))))
  (instance $program
    (instantiate 1 (import "wasi_snapshot_preview1" (instance $gate))))
  (instance $reader
    (instantiate $reader
      (import "program" (instance $program))
      (import "wasi_snapshot_preview1" (instance $gate))))
  (export "_start" (func $reader "_start")))
