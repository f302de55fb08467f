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
  static let importsUnknown = #"(module (import "env" "foo" (func)) (func (export "_start")))"#
}
