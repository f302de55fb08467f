/// Programs whose needs are learnt.
enum LearnPrograms {
  /// Runs `body`, which has `$must` for an errno: another than 0 is the exit status.
  static func calls(_ imports: [(name: String, type: String)], _ body: String, data: String = "")
    -> String
  {
    let list = imports.map { item in
      "(import \"wasi_snapshot_preview1\" \"\(item.name)\" (func $\(item.name) \(item.type)))"
    }
    return """
      (module \(list.joined(separator: "\n"))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1) \(data)
        (func $must (param $errno i32) (if (local.get $errno) (then (call $exit (local.get $errno)))))
        (func (export "_start") \(body)))
      """
  }

  private static let four = "(param i32 i32 i32 i32) (result i32)"
  private static let two = "(param i32 i32) (result i32)"

  /// Eight bytes at 64 to or from a descriptor.
  static func moves(_ function: String, _ descriptor: Int) -> String {
    calls(
      [(function, four)],
      """
      (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 8))
      (call $must (call $\(function) (i32.const \(descriptor)) (i32.const 0) (i32.const 1) (i32.const 16)))
      """, data: #"(data (i32.const 64) "8 bytes\n")"#)
  }

  /// Sleeps for a millisecond.
  static let sleeps = calls(
    [("poll_oneoff", four)],
    """
    (i32.store (i32.const 16) (i32.const 1)) (i64.store (i32.const 24) (i64.const 1000000))
    (call $must (call $poll_oneoff (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))
    (call $must (i32.load16_u (i32.const 72)))
    """)

  static let random = calls(
    [("random_get", two)], "(call $must (call $random_get (i32.const 64) (i32.const 8)))")

  /// Exits with 3 where there is no variable.
  static let environment = calls(
    [("environ_sizes_get", two)],
    """
    (call $must (call $environ_sizes_get (i32.const 0) (i32.const 4)))
    (if (i32.eqz (i32.load (i32.const 0))) (then (call $exit (i32.const 3))))
    """)

  /// Asks for a connection without waiting for one.
  static let accepts = calls(
    [("fd_fdstat_set_flags", two), ("sock_accept", "(param i32 i32 i32) (result i32)")],
    """
    (call $must (call $fd_fdstat_set_flags (i32.const 3) (i32.const 4)))
    (if (i32.ne (call $sock_accept (i32.const 3) (i32.const 4) (i32.const 64)) (i32.const 6))
      (then (call $exit (i32.const 9))))
    """)

  /// Where it is in its standard input.
  static let seeks = calls(
    [("fd_seek", "(param i32 i64 i32 i32) (result i32)")],
    "(call $must (call $fd_seek (i32.const 0) (i64.const 0) (i32.const 2) (i32.const 64)))")

  /// Grows its memory by so many pages, or exits with 7.
  static func grows(_ pages: Int) -> String {
    calls(
      [],
      """
      (if (i32.eq (memory.grow (i32.const \(pages))) (i32.const -1))
        (then (call $exit (i32.const 7))))
      """)
  }

  /// A path that is opened.
  struct Path: Sendable {
    var text: String
    var isWrite = false
    /// O_CREAT.
    var creates = false
  }

  /// Opens paths as a C program does: beneath the granted directory with the longest name that the path begins with. The exit
  /// status is the first errno, 44 where there is no such directory. Bytes of paths are as in a text of WebAssembly.
  static func opens(_ paths: [Path], then end: String = "") -> String {
    var body = ""
    var data = ""
    var address = 2048
    for path in paths {
      let count = bytes(path.text)
      data += "(data (i32.const \(address)) \"\(path.text)\")"
      body += """
        (call $must (call $open (i32.const \(address)) (i32.const \(count))
          (i32.const \(path.creates ? 1 : 0)) (i64.const \(path.isWrite ? 64 : 2))))

        """
      address += count
    }
    return calls(
      [
        ("fd_prestat_get", two), ("fd_prestat_dir_name", "(param i32 i32 i32) (result i32)"),
        ("path_open", "(param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)"),
        ("fd_close", "(param i32) (result i32)"),
        ("fd_write", four),
      ], body + end, data: data + longestName)
  }

  /// Bytes of a text in which `\ff` is one.
  private static func bytes(_ text: String) -> Int {
    text.utf8.count - 2 * text.utf8.count { $0 == UInt8(ascii: "\\") }
  }

  private static let longestName = """
    (func $begins (param $name i32) (param $count i32) (param $path i32) (param $length i32)
      (result i32) (local $i i32)
      (if (i32.and (i32.eq (local.get $count) (i32.const 1))
            (i32.eq (i32.load8_u (local.get $name)) (i32.const 46)))
        (then (return (i32.const 0))))
      (if (i32.ge_u (local.get $count) (local.get $length)) (then (return (i32.const -1))))
      (loop $l
        (if (i32.ne (i32.load8_u (i32.add (local.get $name) (local.get $i)))
              (i32.load8_u (i32.add (local.get $path) (local.get $i))))
          (then (return (i32.const -1))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $l (i32.lt_u (local.get $i) (local.get $count))))
      (if (i32.ne (i32.load8_u (i32.add (local.get $path) (local.get $count))) (i32.const 47))
        (then (return (i32.const -1))))
      (i32.add (local.get $count) (i32.const 1)))
    (func $open (param $path i32) (param $length i32) (param $flags i32) (param $rights i64)
      (result i32) (local $fd i32) (local $best i32) (local $skip i32) (local $n i32)
      (local $errno i32)
      (local.set $fd (i32.const 3))
      (block $done
        (loop $next
          (br_if $done (call $fd_prestat_get (local.get $fd) (i32.const 16)))
          (br_if $done (call $fd_prestat_dir_name (local.get $fd) (i32.const 1024)
            (i32.load (i32.const 20))))
          (local.set $n (call $begins (i32.const 1024) (i32.load (i32.const 20))
            (local.get $path) (local.get $length)))
          (if (i32.and (i32.ge_s (local.get $n) (i32.const 0))
                (i32.or (i32.eqz (local.get $best)) (i32.gt_s (local.get $n) (local.get $skip))))
            (then (local.set $best (local.get $fd)) (local.set $skip (local.get $n))))
          (local.set $fd (i32.add (local.get $fd) (i32.const 1)))
          (br $next)))
      (if (i32.eqz (local.get $best)) (then (return (i32.const 44))))
      (local.set $errno (call $path_open (local.get $best) (i32.const 1)
        (i32.add (local.get $path) (local.get $skip))
        (i32.sub (local.get $length) (local.get $skip)) (local.get $flags) (local.get $rights)
        (i64.const 0) (i32.const 0) (i32.const 32)))
      (if (i32.eqz (local.get $errno)) (then (drop (call $fd_close (i32.load (i32.const 32))))))
      (local.get $errno))
    """
}
