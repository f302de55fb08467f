;; Comes after the program, whose memory it reads: puts its fd_write into the gate's table, then starts the program.
(module $reader
  (import "program" "memory" (memory 1))
  (import "program" "_start" (func $start))
  (import "wasi_snapshot_preview1" "table" (table 1 funcref))
  (import "wasi_snapshot_preview1" "put" (func $put (param i32 i32)))
  (import "wasi_snapshot_preview1" "flush" (func $flush (param i32) (result i32)))
  (elem (i32.const 0) $fd_write)
  (func $fd_write
    (param $descriptor i32) (param $vectors i32) (param $count i32) (param $written i32)
    (result i32)
    (local $at i32) (local $end i32) (local $total i32)
    (block $done
      (loop $vector
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $at (i32.load (local.get $vectors)))
        (local.set $end (i32.add (local.get $at) (i32.load offset=4 (local.get $vectors))))
        (local.set $total
          (i32.add (local.get $total) (i32.load offset=4 (local.get $vectors))))
        (block $last
          (loop $byte
            (br_if $last (i32.eq (local.get $at) (local.get $end)))
            (call $put (local.get $descriptor) (i32.load8_u (local.get $at)))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br $byte)))
        (local.set $vectors (i32.add (local.get $vectors) (i32.const 8)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $vector)))
    (i32.store (local.get $written) (local.get $total))
    (call $flush (local.get $descriptor)))
  (func (export "_start") (call $start)))
