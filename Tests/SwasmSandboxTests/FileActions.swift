/// What a program of the tests does with its files, one after the other. It ends with the first errno that is not 0,
/// or with 0.
enum FileAction: Sendable {
  case write(String, String)
  case append(String, String)
  case unlink(String)
  case makeDirectory(String)
  case removeDirectory(String)
  case rename(String, String)
  case link(String, String)
  case symlink(text: String, String)
  case exits(Int)
  case loops

  private static let imports = """
    (import "wasi_snapshot_preview1" "path_open"
      (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_unlink_file" (func $unlink (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_create_directory" (func $mkdir (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_remove_directory" (func $rmdir (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_rename"
      (func $rename (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_link"
      (func $link (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_symlink" (func $symlink (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    """

  /// In text. Paths are from the descriptor.
  static func program(_ actions: [FileAction], descriptor: Int = 3) -> String {
    var data = ""
    var end = 1024
    /// Address and length of a string.
    func place(_ text: String) -> String {
      let escaped = text.utf8.map { "\\" + (($0 < 16 ? "0" : "") + String($0, radix: 16)) }
      data += "(data (i32.const \(end)) \"\(escaped.joined())\")\n"
      defer { end += text.utf8.count }
      return "(i32.const \(end)) (i32.const \(text.utf8.count))"
    }
    let directory = "(i32.const \(descriptor))"
    func check(_ call: String) -> String { "(call $check \(call))\n" }
    func write(_ path: String, _ text: String, _ openFlags: Int, _ flags: Int) -> String {
      check(
        "(call $open \(directory) (i32.const 0) \(place(path)) (i32.const \(openFlags)) (i64.const 64) "
          + "(i64.const 0) (i32.const \(flags)) (i32.const 0))")
        + check("(call $text \(place(text)))")
    }
    let body = actions.map { action in
      switch action {
      case .write(let path, let text): write(path, text, 9, 0)
      case .append(let path, let text): write(path, text, 0, 1)
      case .unlink(let path): check("(call $unlink \(directory) \(place(path)))")
      case .makeDirectory(let path): check("(call $mkdir \(directory) \(place(path)))")
      case .removeDirectory(let path): check("(call $rmdir \(directory) \(place(path)))")
      case .rename(let old, let new):
        check("(call $rename \(directory) \(place(old)) \(directory) \(place(new)))")
      case .link(let old, let new):
        check("(call $link \(directory) (i32.const 0) \(place(old)) \(directory) \(place(new)))")
      case .symlink(let text, let path):
        check("(call $symlink \(place(text)) \(directory) \(place(path)))")
      case .exits(let code): "(call $exit (i32.const \(code)))\n"
      case .loops: "(loop $more (br $more))\n"
      }
    }
    return #"""
      (module \#(imports) (memory (export "memory") 16)
        \#(data)
        (func $check (param $errno i32) (if (local.get $errno) (then (call $exit (local.get $errno)))))
        (func $text (param $at i32) (param $count i32) (result i32)
          (i32.store (i32.const 8) (local.get $at)) (i32.store (i32.const 12) (local.get $count))
          (call $check (call $write (i32.load (i32.const 0)) (i32.const 8) (i32.const 1) (i32.const 16)))
          (call $close (i32.load (i32.const 0))))
        (func (export "_start") \#(body.joined())))
      """#
  }
}
