import Foundation
import Testing

/// What the program is started with: variables that tune libraries, rights of others.
@Suite struct StartTests {
  /// A program that allocates, prints, looks for files: what it does has to be allowed, however libc is tuned.
  @Test(
    arguments: [
      "MALLOC_MMAP_THRESHOLD_=1", "MALLOC_MMAP_MAX_=0", "MALLOC_TOP_PAD_=1",
      "MALLOC_TRIM_THRESHOLD_=1",
      "MALLOC_PERTURB_=7", "MALLOC_ARENA_MAX=1", "MALLOC_CHECK_=3",
      "GLIBC_TUNABLES=glibc.malloc.mmap_threshold=1",
      "GLIBC_TUNABLES=glibc.malloc.tcache_count=0:glibc.malloc.mmap_max=65536:glibc.malloc.mmap_threshold=1",
      "GLIBC_TUNABLES=glibc.malloc.hugetlb=1", "GLIBC_TUNABLES=glibc.malloc.hugetlb=2",
      "GLIBC_TUNABLES=glibc.malloc.perturb=9:glibc.malloc.trim_threshold=1:glibc.malloc.top_pad=1",
      "GLIBC_TUNABLES=glibc.pthread.rseq=0:glibc.cpu.x86_non_temporal_threshold=0x4040",
      "SWIFT_BACKTRACE=enable=yes", "SWIFT_DEBUG_ENABLE_MALLOC_SCRIBBLE=1",
      "SWIFT_DEBUG_ENABLE_METADATA_BACKTRACE_LOGGING=1", "SWIFT_DETERMINISTIC_HASHING=1",
      "LIBDISPATCH_STRICT=1",
    ])
  func tunedLibraries(_ variable: String) throws {
    let scratch = try Scratch()
    let program = try scratch.file(
      "a.wat",
      """
      (module
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "environ_get" (func $variables (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_open"
          (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (memory (export "memory") 1 64)
        (func (export "_start")
          (drop (call $open (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 0)
            (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 96)))
          (drop (memory.grow (i32.const 16)))
          (drop (call $variables (i32.const 1000) (i32.const 2000)))
          (i32.store (i32.const 0) (i32.const 2000)) (i32.store (i32.const 4) (i32.const 10))
          (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 80))))
        (data (i32.const 64) "x"))
      """)
    let parts = variable.split(separator: "=", maxSplits: 1).map(String.init)
    let environment = [parts[0]: parts[1], "SWASM_CACHE_DIR": "", "PATH": "/usr/bin"]
    // The variable itself is there to be passed on.
    let words = ["run", "--env", parts[0], "--dir", scratch.path, program]
    let result = try LauncherRun.run(words, environment: environment)
    #expect(result.status == 0 && result.stderr.isEmpty, "\(result)")
    #expect(result.stdout == String(variable.prefix(10)), "\(result)")
    let trap = try scratch.file("b.wat", "(module (func (export \"_start\") (unreachable)))")
    #expect(try LauncherRun.run(["run", trap], environment: environment).status == 134)
  }

  /// With set-user-id anybody would run programs and read files as its owner.
  @Test(
    .enabled(
      if: geteuid() == 0 && (ProcessTable.status(of: getpid())["NoNewPrivs"] ?? "0") == "0",
      "NOT TESTED: it takes root, and a process that may gain rights"))
  func setUserID() throws {
    let scratch = try Scratch()
    let copy = scratch.path + "/launcher"
    try FileManager.default.copyItem(atPath: LauncherBinary.path, toPath: copy)
    #expect(chmod(scratch.path, 0o755) == 0)
    for mode in [0o4755, 0o2755] as [mode_t] {
      #expect(chmod(copy, mode) == 0)
      let script = "setpriv --reuid 65534 --regid 65534 --clear-groups ./launcher policy list"
      let result = try Shell.run(script, directory: scratch.path)
      #expect(result.status == 125, "\(result)")
      #expect(result.stdout.isEmpty && result.stderr.contains("set-user-id"), "\(result)")
    }
    #expect(chmod(copy, 0o755) == 0)
    let script = "setpriv --reuid 65534 --regid 65534 --clear-groups ./launcher policy list"
    #expect(try Shell.run(script, directory: scratch.path).status == 0)
  }

  /// Code, constants and what was read-only from the start on (RELRO) can't be made writable by anything that a guest
  /// becomes. The release binary has its constants there, which its build checks.
  @Test(.enabled(if: geteuid() == 0)) func readOnlyPartsAreSealed() throws {
    let scratch = try Scratch()
    let program = try scratch.file(
      "a.wat", "(module (func (export \"_start\") (loop (br 0))))")
    let run = try LauncherRun(["run", "--timeout", "20s", program])
    defer { kill(run.process.processIdentifier, SIGTERM) }
    let pid = try #require(
      ProcessTable.locked("swasm-guest", below: run.process.processIdentifier))
    let text = try String(contentsOfFile: "/proc/\(pid)/smaps", encoding: .utf8)
    var rights: [(rights: Substring, isSealed: Bool)] = []
    var isOwn = false
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: " ")
      if fields[0].contains("-"), fields.count > 5 || fields.count == 5 {
        isOwn = fields.last?.hasSuffix("/swasm-sandbox") == true
        if isOwn { rights.append((fields[1], false)) }
      } else if isOwn, fields[0] == "VmFlags:" {
        rights[rights.count - 1].isSealed = fields.contains("sl")
      }
    }
    // A kernel without mseal shows no seals.
    guard rights.contains(where: \.isSealed) else { return }
    let readOnly = rights.filter { !$0.rights.contains("w") }
    #expect(readOnly.count >= 2, "\(rights)")
    let unsealed = readOnly.filter { !$0.isSealed }
    #expect(unsealed.isEmpty, "\(rights)")
  }
}
