import CSwasm
import Foundation
import Glibc
import Testing

/// Every path function with every path that might lead out of a granted directory, by a guest that runs under the whole
/// sandbox. Nothing outside may be read, listed or changed, whatever the errno.
@Suite struct PathAttackTests {
  struct Row: CustomTestStringConvertible, Sendable {
    var path: String
    /// What stops it.
    var layer: Layer
    var testDescription: String { "\"\(path)\" (\(layer.rawValue))" }
  }

  enum Layer: String {
    case beneath = "openat2 RESOLVE_BENEATH"
    case noMagicLinks = "openat2 RESOLVE_NO_MAGICLINKS"
    case noCrossing = "openat2 RESOLVE_NO_XDEV"
    case names = "the broker splits names off itself, slashes at the end included"
    case resolution = "the kernel's path rules"
    case inside = "nothing: it stays inside"
  }

  static let rows =
    [
      // Upwards.
      "..", "../", "../outside/secret", "./../outside/secret", "dir/../../outside/secret",
      "dir/../../outside", "dir/../../outside/", ".//..//outside//secret",
      "dir/sub/../../../outside/secret",
      "missing/../../outside/secret", "../data/../outside/secret", "../outside/new",
      // Absolute.
      "/etc/passwd", "//etc/passwd", "/", "/proc/self/mem", "/../etc/passwd",
      // Through links.
      "out/secret", "out/", "out/new", "out/.", "out/..", "out/../outside/secret", "outfile/",
      "outfile/.",
      "absolute/secret", "absolute/", "dir/up/outside/secret", "chain/secret", "chain/",
      "dirlink/../../outside/secret",
      "root/etc/passwd", "dirlink/up/outside/secret",
    ].map { Row(path: $0, layer: .beneath) }
    + [
      // The link itself, which is inside; what it leads to is not.
      "out", "outfile", "absolute", "chain", "root",
    ].map { Row(path: $0, layer: .names) }
    + ["magic", "magic/", "magic/secret", "magicfd/1", "process/self/mem"].map {
      Row(path: $0, layer: .noMagicLinks)
    }
    + [
      "loop", "loop/", "loop/x", "file/", "file/.", "file/..", "file/../../outside/secret", "",
      "dir/..", "./", ".",
    ]
    .map { Row(path: $0, layer: .resolution) }
    + ["file", "dir", "dir/", "dirlink", "dirlink/", "hard", "dir/../file", "fifo", "new"].map {
      Row(path: $0, layer: .inside)
    }

  private static let secret = "SECRET-CONTENT"

  /// The granted directory `data`, with traps, and `outside` beside it.
  private func tree(_ scratch: Scratch) throws {
    for name in ["data", "outside", "data/dir", "data/dir/sub"] {
      mkdir(scratch.path + "/" + name, 0o755)
    }
    for name in ["file", "file2", "dir/inner"] { _ = try scratch.file("data/" + name, "inside") }
    _ = try scratch.file("outside/secret", Self.secret)
    let links = [
      ("out", "../outside"), ("outfile", "../outside/secret"),
      ("absolute", scratch.path + "/outside"),
      ("dir/up", "../.."), ("chain", "out"), ("dirlink", "dir"), ("loop", "loop"), ("root", "/"),
      ("magic", "/proc/self/cwd"), ("magicfd", "/proc/self/fd"), ("process", "/proc"),
    ]
    for (name, target) in links { symlink(target, scratch.path + "/data/" + name) }
    link(scratch.path + "/data/file", scratch.path + "/data/hard")
    mkfifo(scratch.path + "/data/fifo", 0o644)
    _ = try scratch.file("paths.wat", Programs.triesPath)
  }

  /// Names, contents, times, modes and link counts of everything outside.
  private func outside(_ scratch: Scratch) throws -> [String] {
    var lines: [String] = []
    for name in ["outside", "outside/secret"] {
      var status = stat()
      try #require(lstat(scratch.path + "/" + name, &status) == 0)
      lines.append(
        "\(name) \(status.st_mode) \(status.st_nlink) \(status.st_size) \(status.st_mtim.tv_sec)"
          + ".\(status.st_mtim.tv_nsec) \(status.st_ino)")
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/outside")
    lines += names.sorted()
    lines.append(try String(contentsOfFile: scratch.path + "/outside/secret", encoding: .utf8))
    // Beside it nothing may have come or gone.
    return lines
      + (try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted())
  }

  /// How the directory is granted, and on which kernel.
  struct Grant: CustomTestStringConvertible, Sendable {
    var suffix: String
    var options: [String] = []
    var kernel = ""
    var testDescription: String { ([suffix, kernel] + options).joined(separator: " ") }
  }

  static let grants = [
    Grant(suffix: ":rw"), Grant(suffix: ":ro"), Grant(suffix: ":cow"),
    Grant(suffix: ":cow", options: ["--commit"]), Grant(suffix: ":cow", kernel: "-overlays"),
    Grant(suffix: ":cow", options: ["--commit"], kernel: "-mounts,userns"),
  ]

  @Test(arguments: rows, grants) func staysInside(_ row: Row, _ grant: Grant) throws {
    let scratch = try Scratch()
    try tree(scratch)
    let before = try outside(scratch)
    let inside = try FileManager.default.subpathsOfDirectory(atPath: scratch.path + "/data")
      .sorted()
    let result = try LauncherRun(
      ["run", "--timeout", "20s", "--dir", "data::/d" + grant.suffix] + grant.options
        + ["paths.wat", row.path],
      directory: scratch.path,
      through: grant.kernel.isEmpty ? [] : [OlderKernel.path, grant.kernel]
    ).finish()
    #expect(result.status == 0, "\(result.stderr)")
    #expect(try outside(scratch) == before)
    #expect(!result.stdout.contains(Self.secret), "\(result.stdout)")
    #expect(!result.stdout.contains("root:"), "\(result.stdout)")
    #expect(!result.stdout.contains("outside"), "listed what is above: \(result.stdout)")
    // One line an operation.
    let tried = result.stdout.split(separator: "\n").filter { $0.hasPrefix("op ") }
    #expect(tried.count == 18, "\(result.stdout)")
    if grant.suffix == ":ro" || grant.suffix == ":cow" && grant.options.isEmpty {
      #expect(
        try FileManager.default.subpathsOfDirectory(atPath: scratch.path + "/data").sorted()
          == inside)
    }
  }

  /// The matrix can fail: with the outer directory granted, the same program does read the secret.
  @Test func theProgramWouldSeeIt() throws {
    let scratch = try Scratch()
    try tree(scratch)
    let result = try LauncherRun.run(
      ["run", "--dir", ".", "paths.wat", "outside/secret"], directory: scratch.path)
    #expect(result.stdout.contains(Self.secret), "\(result.stdout)")
  }

  /// Two granted directories: nothing comes from one to the other but by the guest's own reading and writing.
  @Test func readOnlyDirectoryBesideAWritableOne() throws {
    let scratch = try Scratch()
    try tree(scratch)
    let result = try LauncherRun.run(
      [
        "run", "--dir", "data::/d:rw", "--dir", "outside::/o:ro", "paths.wat", "../outside/secret",
      ], directory: scratch.path)
    #expect(result.status == 0, "\(result.stderr)")
    #expect(!result.stdout.contains(Self.secret))
  }
}
