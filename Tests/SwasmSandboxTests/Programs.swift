/// Programs for the tests, in text.
enum Programs {
  private static let imports = """
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    """
  /// Writes the bytes at an address to a descriptor.
  private static let print = """
    (func $print (param $fd i32) (param $at i32) (param $count i32)
      (i32.store (i32.const 0) (local.get $at))
      (i32.store (i32.const 4) (local.get $count))
      (drop (call $write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))
    """

  /// Neither it nor its functions have a name.
  static let unnamedTrap = #"(module (func unreachable) (func (export "_start") (call 0)))"#

  /// Grows to so many pages and reads back what it has written at the end; −1 when it may not.
  static let memoryOf12GiB = """
    (module (memory i64 1 200000) (data $d "abcdefgh")
      (func (export "run") (param $pages i64) (result i64) (local $end i64)
        (if (i64.eq (memory.grow (i64.sub (local.get $pages) (i64.const 1))) (i64.const -1))
          (then (return (i64.const -1))))
        (local.set $end (i64.sub (i64.mul (local.get $pages) (i64.const 65536)) (i64.const 16)))
        (i64.store (local.get $end) (i64.const 0x1122334455667788))
        (i64.store offset=8 (local.get $end) (i64.const 0x99))
        (v128.store (local.get $end)
          (i64x2.add (v128.load (local.get $end)) (v128.const i64x2 1 1)))
        (memory.copy (i64.const 100) (local.get $end) (i64.const 16))
        (memory.fill (i64.sub (local.get $end) (i64.const 100)) (i32.const 7) (i64.const 50))
        (memory.init $d (i64.sub (local.get $end) (i64.const 8)) (i32.const 0) (i32.const 8))
        (drop (i32.atomic.rmw.add (i64.sub (local.get $end) (i64.const 64)) (i32.const 1)))
        (i64.add (i64.load (i64.const 100)) (i64.load8_u offset=9 (local.get $end)))))
    """

  static let nothing = #"(module (func (export "_start")))"#
  static let hello = #"""
    (module \#(imports) (memory (export "memory") 1) (data (i32.const 16) "hello\n") \#(print)
      (func (export "_start") (call $print (i32.const 1) (i32.const 16) (i32.const 6))))
    """#
  static let loop = #"(module (func (export "_start") (loop $l (br $l))))"#
  static func exits(_ code: Int) -> String {
    #"(module \#(imports) (memory (export "memory") 1) (func (export "_start") (call $exit (i32.const \#(code)))))"#
  }
  static func traps(_ body: String) -> String {
    """
    (module $app (memory (export "memory") 1) (table 2 funcref) (type $none (func))
      (func $inner \(body))
      (func $outer (call $inner))
      (func (export "_start") (call $outer)))
    """
  }
  /// Arguments, then the environment, each string with its NUL.
  static let words = #"""
    (module \#(imports)
      (import "wasi_snapshot_preview1" "args_sizes_get" (func $argsSizes (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "environ_sizes_get" (func $envSizes (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "environ_get" (func $env (param i32 i32) (result i32)))
      (memory (export "memory") 1) \#(print)
      (func (export "_start")
        (drop (call $argsSizes (i32.const 16) (i32.const 20)))
        (drop (call $args (i32.const 64) (i32.const 4096)))
        (call $print (i32.const 1) (i32.const 4096) (i32.load (i32.const 20)))
        (drop (call $envSizes (i32.const 16) (i32.const 20)))
        (drop (call $env (i32.const 64) (i32.const 4096)))
        (call $print (i32.const 1) (i32.const 4096) (i32.load (i32.const 20)))))
    """#
  /// Copies stdin to stdout until the end.
  static let cat = #"""
    (module \#(imports)
      (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 2) \#(print)
      (func (export "_start")
        (loop $more
          (i32.store (i32.const 16) (i32.const 1024))
          (i32.store (i32.const 20) (i32.const 65536))
          (drop (call $read (i32.const 0) (i32.const 16) (i32.const 1) (i32.const 24)))
          (if (i32.load (i32.const 24)) (then
            (call $print (i32.const 1) (i32.const 1024) (i32.load (i32.const 24)))
            (br $more))))))
    """#
  /// Writes lines without end.
  static let yes = #"""
    (module \#(imports) (memory (export "memory") 1) (data (i32.const 16) "yes\n") \#(print)
      (func (export "_start")
        (loop $l (call $print (i32.const 1) (i32.const 16) (i32.const 4)) (br $l))))
    """#
  /// Grows its memory a page at a time until that fails, touches the last page, and exits with the number
  /// of MiB.
  static let grow = #"""
    (module \#(imports) (memory (export "memory") 1)
      (func (export "_start")
        (loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
        (i32.store (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 4)) (i32.const 1))
        (call $exit (i32.div_u (memory.size) (i32.const 16)))))
    """#
  /// Opens `file` in the first directory with the given open flags and rights, writes "new\n" to it where
  /// that was asked for, and exits with the errno.
  static func opens(_ name: String, openFlags: Int, rights: Int, writes: Bool) -> String {
    let write =
      writes
      ? "(call $print (i32.load (i32.const 32)) (i32.const 80) (i32.const 4))" : ""
    return #"""
      (module \#(imports)
        (import "wasi_snapshot_preview1" "path_open"
          (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 80) "new\n") (data (i32.const 96) "\#(name)") \#(print)
        (func (export "_start") (local $errno i32)
          (local.set $errno (call $open (i32.const 3) (i32.const 1) (i32.const 96)
            (i32.const \#(name.utf8.count)) (i32.const \#(openFlags)) (i64.const \#(rights))
            (i64.const 0) (i32.const 0) (i32.const 32)))
          (if (i32.eqz (local.get $errno)) (then \#(write)))
          (call $exit (local.get $errno))))
      """#
  }
  /// The bits of a NaN that an addition results in.
  static let notANumber = """
    (module
      (func (export "nan") (result i32)
        (i32.reinterpret_f32 (f32.add (f32.const -nan:0x200001) (f32.const 1)))))
    """

  static let functions = #"""
    (module
      (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
      (func (export "swap") (param i64 f64) (result f64 i64) (local.get 1) (local.get 0)))
    """#
  static let library = #"""
    (module (memory (export "memory") 1) (global $calls (mut i32) (i32.const 40))
      (func (export "next") (result i32)
        (global.set $calls (i32.add (global.get $calls) (i32.const 1))) (global.get $calls)))
    """#
  static let usesLibrary = #"""
    (module \#(imports) (import "lib" "next" (func $next (result i32)))
      (memory (export "memory") 1)
      (func (export "_start") (drop (call $next)) (call $exit (call $next))))
    """#
  /// Makes a system call with zeros for arguments, and exits with 1 if it comes back.
  static func calls(_ number: Int) -> String {
    #"""
    (module \#(imports) (import "swasm_test" "system_call" (func $call (param i64) (result i64)))
      (memory (export "memory") 1)
      (func (export "_start") (drop (call $call (i64.const \#(number)))) (call $exit (i32.const 1))))
    """#
  }
  private static let pathOpen = #"""
    (import "wasi_snapshot_preview1" "path_open"
      (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    """#
  /// Opens `f` in the first directory again and again; exits with how often that worked.
  static let opensUntilItFails = #"""
    (module \#(imports) \#(pathOpen) (memory (export "memory") 1) (data (i32.const 96) "f")
      (func (export "_start") (local $count i32)
        (loop $l
          (if (i32.eqz (call $open (i32.const 3) (i32.const 1) (i32.const 96) (i32.const 1)
              (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 32)))
            (then (local.set $count (i32.add (local.get $count) (i32.const 1))) (br $l))))
        (call $exit (local.get $count))))
    """#
  /// Writes to `f` in the first directory until that fails; exits with the errno.
  static let writesUntilItFails = #"""
    (module \#(imports) \#(pathOpen) (memory (export "memory") 2) (data (i32.const 96) "f")
      (func (export "_start") (local $errno i32)
        (drop (call $open (i32.const 3) (i32.const 1) (i32.const 96) (i32.const 1)
          (i32.const 0) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 32)))
        (i32.store (i32.const 0) (i32.const 1024))
        (i32.store (i32.const 4) (i32.const 65536))
        (loop $l
          (local.set $errno
            (call $write (i32.load (i32.const 32)) (i32.const 0) (i32.const 1) (i32.const 8)))
          (br_if $l (i32.eqz (local.get $errno))))
        (call $exit (local.get $errno))))
    """#
  private static let sockets = #"""
    (import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_recv" (func $recv (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_send" (func $send (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_shutdown" (func $shutdown (param i32 i32) (result i32)))
    """#
  /// Receives on `$socket` once, sends it back, and shuts its side down.
  private static let talk = #"""
    (func $talk (param $socket i32)
      (i32.store (i32.const 0) (i32.const 1024))
      (i32.store (i32.const 4) (i32.const 64))
      (drop (call $recv (local.get $socket) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 4) (i32.const 12)))
      (drop (call $send (local.get $socket) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 8)))
      (drop (call $shutdown (local.get $socket) (i32.const 2))))
    """#
  /// Accepts one connection on descriptor 3 and talks on it; exits with the errno where there is none.
  static let echo = #"""
    (module \#(imports) \#(sockets) (memory (export "memory") 1) \#(talk)
      (func (export "_start") (local $errno i32)
        (local.set $errno (call $accept (i32.const 3) (i32.const 0) (i32.const 32)))
        (if (local.get $errno) (then (call $exit (local.get $errno))))
        (call $talk (i32.load (i32.const 32)))))
    """#
  /// Talks on descriptor 3.
  static let talks = #"""
    (module \#(imports) \#(sockets) (memory (export "memory") 1) \#(talk)
      (func (export "_start") (call $talk (i32.const 3))))
    """#
  /// Tries every path function on its first argument, below descriptor 3: a line `op ERRNO` for each, and what could be
  /// read or listed. Other names that it uses: file, file2, dir.
  static let triesPath = #"""
    (module \#(imports) \#(pathOpen)
      (import "wasi_snapshot_preview1" "args_sizes_get" (func $argsSizes (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "fd_readdir" (func $list (param i32 i32 i32 i64 i32) (result i32)))
      (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
      (import "wasi_snapshot_preview1" "path_filestat_get" (func $stat (param i32 i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "path_filestat_set_times"
        (func $touch (param i32 i32 i32 i32 i64 i64 i32) (result i32)))
      (import "wasi_snapshot_preview1" "path_readlink" (func $readlink (param i32 i32 i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "path_link" (func $link (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "path_rename" (func $rename (param i32 i32 i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "path_symlink" (func $symlink (param i32 i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "path_create_directory" (func $mkdir (param i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "path_remove_directory" (func $rmdir (param i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "path_unlink_file" (func $unlink (param i32 i32 i32) (result i32)))
      (memory (export "memory") 3)
      (data (i32.const 200) "op 00\n") (data (i32.const 220) "file") (data (i32.const 230) "file2")
      (data (i32.const 240) "dir/new") (data (i32.const 250) "dir/moved")
      (global $path (mut i32) (i32.const 0)) (global $length (mut i32) (i32.const 0))
      \#(print)
      (func $report (param $errno i32)
        (i32.store8 (i32.const 203) (i32.add (i32.const 48) (i32.div_u (local.get $errno) (i32.const 10))))
        (i32.store8 (i32.const 204) (i32.add (i32.const 48) (i32.rem_u (local.get $errno) (i32.const 10))))
        (call $print (i32.const 1) (i32.const 200) (i32.const 6)))
      ;; Opens the path, and shows what can be read or listed.
      (func $try (param $follow i32) (param $flags i32) (param $rights i64) (local $errno i32) (local $fd i32)
        (local.set $errno (call $open (i32.const 3) (local.get $follow) (global.get $path) (global.get $length)
          (local.get $flags) (local.get $rights) (i64.const -1) (i32.const 4) (i32.const 32)))
        (call $report (local.get $errno))
        (if (i32.eqz (local.get $errno)) (then
          (local.set $fd (i32.load (i32.const 32)))
          (i32.store (i32.const 16) (i32.const 4096))
          (i32.store (i32.const 20) (i32.const 1000))
          (i32.store (i32.const 24) (i32.const 0))
          (drop (call $read (local.get $fd) (i32.const 16) (i32.const 1) (i32.const 24)))
          (call $print (i32.const 1) (i32.const 4096) (i32.load (i32.const 24)))
          (i32.store (i32.const 24) (i32.const 0))
          (drop (call $list (local.get $fd) (i32.const 4096) (i32.const 4000) (i64.const 0) (i32.const 24)))
          (call $print (i32.const 1) (i32.const 4096) (i32.load (i32.const 24)))
          (call $print (i32.const 1) (i32.const 205) (i32.const 1))
          (drop (call $close (local.get $fd))))))
      (func (export "_start")
        (drop (call $argsSizes (i32.const 16) (i32.const 20)))
        (drop (call $args (i32.const 64) (i32.const 1024)))
        (global.set $path (i32.load (i32.const 68)))
        (global.set $length (i32.sub (i32.add (i32.const 1023) (i32.load (i32.const 20))) (global.get $path)))
        (call $try (i32.const 1) (i32.const 0) (i64.const 0x4002))
        (call $try (i32.const 0) (i32.const 0) (i64.const 0x4002))
        (call $try (i32.const 1) (i32.const 2) (i64.const 0x4002))
        (call $try (i32.const 1) (i32.const 1) (i64.const 0x40))
        (call $try (i32.const 1) (i32.const 8) (i64.const 0x40))
        (call $report (call $stat (i32.const 3) (i32.const 1) (global.get $path) (global.get $length) (i32.const 4096)))
        (call $report (call $stat (i32.const 3) (i32.const 0) (global.get $path) (global.get $length) (i32.const 4096)))
        (call $report (call $touch (i32.const 3) (i32.const 1) (global.get $path) (global.get $length)
          (i64.const 1) (i64.const 1) (i32.const 5)))
        (call $report (call $touch (i32.const 3) (i32.const 0) (global.get $path) (global.get $length)
          (i64.const 1) (i64.const 1) (i32.const 5)))
        (call $report (call $readlink (i32.const 3) (global.get $path) (global.get $length)
          (i32.const 4096) (i32.const 100) (i32.const 24)))
        (call $report (call $link (i32.const 3) (i32.const 0) (global.get $path) (global.get $length)
          (i32.const 3) (i32.const 240) (i32.const 7)))
        (call $report (call $link (i32.const 3) (i32.const 0) (i32.const 220) (i32.const 4)
          (i32.const 3) (global.get $path) (global.get $length)))
        (call $report (call $rename (i32.const 3) (i32.const 230) (i32.const 5)
          (i32.const 3) (global.get $path) (global.get $length)))
        (call $report (call $symlink (i32.const 220) (i32.const 4) (i32.const 3) (global.get $path) (global.get $length)))
        (call $report (call $mkdir (i32.const 3) (global.get $path) (global.get $length)))
        (call $report (call $rmdir (i32.const 3) (global.get $path) (global.get $length)))
        (call $report (call $unlink (i32.const 3) (global.get $path) (global.get $length)))
        (call $report (call $rename (i32.const 3) (global.get $path) (global.get $length)
          (i32.const 3) (i32.const 250) (i32.const 9)))))
    """#
  static let importsUnknown = #"(module (import "env" "foo" (func)) (func (export "_start")))"#
}
