import Foundation
import Glibc
import Testing

@testable import SwasmSandbox

/// The cache, and what somebody may have done to it: never an error, and nothing of it is run that the launcher did
/// not put there itself.
@Suite struct CacheTests {
  /// A scratch folder with `a.wat`, a cache and a key in it.
  struct World {
    let scratch: Scratch
    var cache: String { scratch.path + "/cache" }
    var state: String { scratch.path + "/state" }
    var environment: [String: String] {
      ["SWASM_CACHE_DIR": cache, "XDG_STATE_HOME": state, "PATH": "/usr/bin:/bin"]
    }

    init(_ program: String = Programs.exits(7)) throws {
      scratch = try Scratch()
      _ = try scratch.file("a.wat", program)
    }

    /// Runs `a.wat`.
    func run(_ options: [String] = [], environment: [String: String]? = nil) throws -> (
      status: Int32, use: String?, stderr: String
    ) {
      let result = try LauncherRun.run(
        ["run", "--json"] + options + ["a.wat"], directory: scratch.path,
        environment: environment ?? self.environment)
      let object = try ResultTests.object(result.stderr)
      return (result.status, ResultTests.member(object, "module.cache"), result.stderr)
    }

    func entries() -> [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: cache)) ?? []).sorted()
    }

    var entry: String { cache + "/" + (entries().first ?? "none") }

    func bytes(_ path: String) throws -> [UInt8] {
      [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    func write(_ bytes: [UInt8], _ path: String) throws {
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      chmod(path, 0o600)
    }
  }

  @Test func secondRunHits() throws {
    let world = try World()
    #expect(try world.run().use == "miss")
    let second = try world.run()
    #expect(second.use == "hit" && second.status == 7)
    #expect(world.entries().count == 1)
    #expect(try world.run(["--no-cache"]).use == "off")
    var status = stat()
    #expect(stat(world.cache, &status) == 0 && status.st_mode & 0o777 == 0o700)
    #expect(stat(world.entry, &status) == 0 && status.st_mode & 0o777 == 0o600)
    #expect(
      stat(world.state + "/swasm-sandbox/cache-key", &status) == 0
        && status.st_mode & 0o777 == 0o600)
    #expect(status.st_size == 32)
  }

  /// Everything that an artifact depends on is in its key.
  @Test func keys() throws {
    let scratch = try Scratch()
    let a = try scratch.file("a.wat", "(module)")
    let b = try scratch.file("b.wat", "(module )")
    func key(
      _ names: [(String?, String)], _ code: CodeOptions = CodeOptions()
    ) throws -> String {
      var supervisor = try Supervisor(program: "test", timeLimit: nil)
      var files: [ModuleFile] = []
      for (name, path) in names {
        files.append(try ModuleFile(name: name, path: path, &supervisor))
      }
      return CacheKey(files, code).name
    }
    var otherCode = CodeOptions()
    otherCode.deterministicNaN = true
    let sets: [[(String?, String)]] = [
      [(nil, a)], [(nil, b)], [("x", a), (nil, a)], [("y", a), (nil, a)], [("x", b), (nil, a)],
      [("x", a), (nil, b)], [("x", a), ("y", a), (nil, a)], [("", a), (nil, a)],
    ]
    #expect(Set(try sets.map { try key($0) }).count == sets.count)
    #expect(try key([(nil, a)]) == key([(nil, a)]))
    #expect(try key([(nil, a)], otherCode) != key([(nil, a)]))
    let first = try key([(nil, a)])
    #expect(CacheKey(name: first[...])?.name == first)
    #expect(CacheKey(name: first.uppercased()[...]) == nil)
  }

  /// What may be done to an entry, by name. Each time the run is as if there were none, and puts a good one in
  /// its place.
  static let damages: [(name: String, change: @Sendable (World) throws -> Void)] = [
    ("empty", { try $0.write([], $0.entry) }),
    ("cut", { try $0.write(Array(try $0.bytes($0.entry).dropLast()), $0.entry) }),
    ("longer", { try $0.write(try $0.bytes($0.entry) + [0], $0.entry) }),
    ("a bit of the code", { try $0.flip(20) }),
    ("a bit of the label", { try $0.flip(60) }),
    ("a bit of the artifact's header", { try $0.flip(112 + 9) }),
    ("a bit of machine code", { try $0.flip(112 + 4096 + 20) }),
    ("the last bit", { try $0.flip(-1) }),
    ("another magic number", { try $0.flip(3) }),
    ("a directory", { try $0.replace { mkdir($0, 0o700) } }),
    ("a FIFO", { try $0.replace { mkfifo($0, 0o600) } }),
    ("writable by others", { chmod($0.entry, 0o666) }),
    ("unreadable", { chmod($0.entry, 0) }),
    (
      "a link to the good entry",
      { world in
        let copy = world.scratch.path + "/copy"
        try world.write(try world.bytes(world.entry), copy)
        try world.replace { symlink(copy, $0) }
      }
    ),
    (
      "another key",
      { try $0.write(Array(repeating: 7, count: 32), $0.state + "/swasm-sandbox/cache-key") }
    ),
    ("no key", { unlink($0.state + "/swasm-sandbox/cache-key") }),
    ("short key", { try $0.write([1, 2, 3], $0.state + "/swasm-sandbox/cache-key") }),
  ]

  @Test(arguments: damages.map(\.name)) func damagedIsRecompiled(_ name: String) throws {
    let world = try World()
    #expect(try world.run().use == "miss")
    try Self.damages.first { $0.name == name }!.change(world)
    let result = try world.run()
    #expect(result.status == 7, "\(result.stderr)")
    // Root reads what nobody may read.
    let stillGood = name == "unreadable" && geteuid() == 0
    #expect(result.use == (stillGood ? "hit" : name == "short key" ? "off" : "miss"))
    // Where a directory is in the way, or the key is no use, it stays so.
    guard name != "a directory", name != "short key" else { return }
    #expect(try world.run().use == "hit")
  }

  /// The entry of one module under the name of another's: the code is of the key too.
  @Test func entriesCannotBeSwapped() throws {
    let world = try World(Programs.exits(1))
    #expect(try world.run().status == 1)
    let one = world.entry
    let bytes = try world.bytes(one)
    _ = try world.scratch.file("a.wat", Programs.exits(2))
    #expect(try world.run().status == 2)
    for entry in world.entries() where world.cache + "/" + entry != one {
      try world.write(bytes, world.cache + "/" + entry)
    }
    let result = try world.run()
    #expect(result.status == 2 && result.use == "miss")
  }

  /// A guest that was granted the cache's folder itself, for writing. The key lies elsewhere.
  @Test func guestWithTheCacheInItsHands() throws {
    let world = try World()
    _ = try world.run()
    let name = world.entries()[0]
    let artifact = try world.bytes(world.entry)
    _ = try world.scratch.file(
      "evil.wat", Programs.opens(name, openFlags: 9, rights: 1 << 6, writes: true))
    let result = try LauncherRun.run(
      ["run", "--no-cache", "--dir", world.cache, "evil.wat"], directory: world.scratch.path,
      environment: world.environment)
    #expect(result.status == 0, "\(result.stderr)")
    #expect(try world.bytes(world.entry) != artifact, "the guest did write")
    let next = try world.run()
    #expect(next.status == 7 && next.use == "miss")
  }

  /// Folders that are not fit for a cache: the run goes on without a word.
  static let folders: [(name: String, make: @Sendable (World) throws -> Void)] = [
    (
      "open to others",
      {
        mkdir($0.cache, 0o755); chmod($0.cache, 0o755)
      }
    ),
    ("a file", { try $0.write([1], $0.cache) }),
    (
      "a link",
      { world in
        mkdir(world.scratch.path + "/real", 0o700)
        symlink(world.scratch.path + "/real", world.cache)
      }
    ),
    ("a broken link", { symlink("/nonexistent", $0.cache) }),
    (
      "somebody else's",
      { world in
        mkdir(world.cache, 0o700)
        // Where this can't be, the folder is what it should be: the test says so by failing.
        try #require(geteuid() != 0 || chown(world.cache, 65534, 65534) == 0)
      }
    ),
  ]

  @Test(arguments: folders.map(\.name)) func unfitFolder(_ name: String) throws {
    if name == "somebody else's", geteuid() != 0 { return }
    let world = try World()
    try Self.folders.first { $0.name == name }!.make(world)
    let result = try world.run()
    #expect(result.status == 7 && result.use == "off", "\(result.stderr)")
    #expect(!result.stderr.contains("swasm-sandbox: "))
    let list = try LauncherRun.run(["cache", "list"], environment: world.environment)
    #expect(list.status == 125 && list.stderr.contains("there is no cache: "), "\(list.stderr)")
  }

  @Test func withoutAHome() throws {
    let world = try World()
    for environment in [
      ["PATH": "/bin"], ["SWASM_CACHE_DIR": "relative", "XDG_STATE_HOME": world.state],
      ["HOME": "relative"], ["HOME": "/proc/none"],
    ] {
      let result = try Shell.run(
        "unset HOME XDG_CACHE_HOME XDG_STATE_HOME SWASM_CACHE_DIR; "
          + environment.map { "export \($0.key)='\($0.value)'; " }.joined()
          + "\"$SWASM\" run --json a.wat", directory: world.scratch.path)
      #expect(result.status == 7, "\(result.stderr)")
      #expect(result.stderr.contains("\"cache\":\"off\""), "\(environment) \(result.stderr)")
    }
  }

  @Test(.enabled(if: Mounting.isAllowed, "NOT TESTED: nobody may mount a small file system here"))
  func fullDisk() throws {
    let world = try World()
    // A namespace of its own for the mount: it is gone with the shell.
    let result = try Shell.run(
      """
      unshare -m bash -c 'mkdir -p cache && mount -t tmpfs -o size=8k,mode=700 none cache
      for i in 1 2; do "$SWASM" run --json a.wat; echo $?; done; ls -A cache | wc -l
      mount -o remount,ro none cache; "$SWASM" run --json a.wat; echo $?'
      """, directory: world.scratch.path, environment: world.environment)
    #expect(result.stdout == "7\n7\n0\n7\n", "\(result.stderr)")
    #expect(!result.stderr.contains("hit"))
  }

  /// Many at once: all come to their end, and one good entry is left.
  @Test func together() throws {
    let world = try World()
    let runs = try (0..<8).map { _ in
      try LauncherRun(
        ["run", "a.wat"], directory: world.scratch.path, environment: world.environment)
    }
    #expect(runs.map { $0.finish().status } == Array(repeating: 7, count: 8))
    #expect(world.entries().count == 1)
    #expect(try world.run().use == "hit")
  }

  /// Killed while it may be writing: at most a temporary file is left, which nobody takes for an entry.
  @Test func killedWhileWriting() throws {
    let world = try World()
    for delay in stride(from: 2000, to: 40_000, by: 4000) {
      try? FileManager.default.removeItem(atPath: world.cache)
      let run = try LauncherRun(
        ["run", "a.wat"], directory: world.scratch.path, environment: world.environment)
      usleep(UInt32(delay))
      kill(run.process.processIdentifier, SIGKILL)
      _ = run.finish()
      #expect(
        world.entries().allSatisfy { $0.hasPrefix(".new-") || CacheKey(name: $0[...]) != nil })
      #expect(try world.run().status == 7)
    }
  }

  @Test func commands() throws {
    let world = try World()
    func cache(_ word: String) throws -> LauncherResult {
      try LauncherRun.run(["cache", word], environment: world.environment)
    }
    #expect(try cache("list").status == 125)
    _ = try world.run()
    let list = try cache("list")
    #expect(list.status == 0 && list.stdout.contains("a.wat\n1 artifact, "), "\(list.stdout)")
    #expect(try cache("verify").status == 0)
    try world.flip(-1)
    let verify = try cache("verify")
    #expect(
      verify.status == 1 && verify.stdout.contains(": damaged, removed\n"), "\(verify.stdout)")
    #expect(world.entries() == [])
    _ = try world.run()
    try world.write([1], world.cache + "/.new-1-2")
    try world.write([1], world.cache + "/not-ours")
    #expect(try cache("clean").stdout.hasPrefix("removed 2 files, "))
    #expect(world.entries() == ["not-ours"])
  }
}

extension CacheTests.World {
  /// Turns a bit of the entry around; negative: from the end.
  func flip(_ offset: Int) throws {
    var bytes = try bytes(entry)
    bytes[offset < 0 ? bytes.count + offset : offset] ^= 0x10
    try write(bytes, entry)
  }

  /// Something else under the entry's name.
  func replace(_ make: (String) -> Int32) throws {
    let path = entry
    unlink(path)
    try #require(make(path) == 0)
  }
}

/// FIPS 180-4 and RFC 4231.
@Suite struct HashTests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ]) func sha256(_ text: String, _ expected: String) {
    #expect(SHA256.hexadecimal(Array(text.utf8)) == expected)
  }

  @Test func million() {
    #expect(
      SHA256.hexadecimal(Array(repeating: 0x61, count: 1_000_000))
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  /// In pieces of every size, with and without the processor's instructions.
  @Test func piecesAndPortable() {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7 + $0 / 251) }
    let whole = SHA256.hash(bytes)
    for size in 1...130 {
      var hash = SHA256()
      for start in stride(from: 0, to: bytes.count, by: size) {
        hash.add(Array(bytes[start..<min(start + size, bytes.count)]))
      }
      #expect(hash.finish() == whole)
    }
    for count in 0..<200 {
      var portable = SHA256(portable: true)
      portable.add(Array(bytes[..<count]))
      #expect(portable.finish() == SHA256.hash(Array(bytes[..<count])))
    }
  }

  @Test(arguments: [
    (
      Array(repeating: UInt8(0x0b), count: 20), Array("Hi There".utf8),
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    ),
    (
      Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
  ]) func hmac(_ key: [UInt8], _ text: [UInt8], _ expected: String) {
    var code = MessageCode(key: key)
    code.add(text)
    #expect(SHA256.text(code.finish()) == expected)
  }
}
