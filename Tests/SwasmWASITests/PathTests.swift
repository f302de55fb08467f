import Glibc
import Testing

@testable import SwasmWASI

/// Paths: what they reach, and what they must not.
@Suite struct PathTests {
  let scratch = Scratch()

  @Test(arguments: [
    ("file", WASIErrno.success), ("dir/nested", .success), ("dir/nested/", .success),
    ("dir/../file", .success), ("./file", .success), ("dir//nested/.", .success),
    ("../granted/file", .perm), ("dir/../../secret", .perm), ("/etc/passwd", .perm), ("..", .perm),
    ("absent", .noent), ("", .noent), ("file/", .notdir), ("file/x", .notdir), ("a\0b", .ilseq),
    ("absolute", .perm), ("upward", .perm), ("upward/", .perm), ("inward", .success),
    ("loop", .loop), ("dangling", .noent), ("device", .perm), ("self", .perm),
  ])
  func looksUpBeneathOnly(path: String, errno: WASIErrno) {
    for (name, text) in [
      ("absolute", "/etc/passwd"), ("upward", "../secret"), ("inward", "dir/../file"),
      ("loop", "loop"), ("dangling", "absent"), ("device", "/dev/null"), ("self", "/proc/self/mem"),
    ] { scratch.link(name, to: text) }
    let guest = scratch.guest()
    let (address, count) = guest.path(path)
    #expect(guest.call("path_filestat_get", 3, 1, address, count, 256) == errno)
    switch guest.open(path, rights: WASIRights.fdRead.rawValue) {
    case .success: #expect(errno == .success)
    case .failure(let error): #expect(error == errno)
    }
    #expect(guest.denials.allSatisfy { $0.kind == .outside })
    #expect(guest.denials.isEmpty == (errno != .perm))
  }

  @Test func doesNotFollowWhereToldNotTo() throws {
    scratch.link("inward", to: "file")
    let guest = scratch.guest()
    let (address, count) = guest.path("inward")
    #expect(guest.call("path_filestat_get", 3, 0, address, count, 256) == .success)
    #expect(guest.u64(256 + 16) == UInt64(WASIFileType.symbolicLink.code))
    #expect(guest.open("inward", follow: false) == .failure(.loop))
    #expect(guest.open("inward", flags: .directory, follow: false) == .failure(.notdir))
  }

  @Test func opensAsAsked() throws {
    let guest = scratch.guest()
    #expect(guest.open("file", flags: [.create, .exclusive]) == .failure(.exist))
    #expect(guest.open("new", flags: [.create, .directory]) == .failure(.inval))
    #expect(guest.open("new/", flags: .create) == .failure(.isdir))
    #expect(guest.open("file", flags: .directory, rights: 2) == .failure(.notdir))
    #expect(guest.open("dir", rights: WASIRights.fdWrite.rawValue) == .failure(.isdir))
    _ = try guest.open("file", flags: .truncate).get()
    #expect(scratch.read("file") == "")
    let below = try guest.open("dir", flags: .directory).get()
    _ = try guest.open("x", below: below, flags: .create).get()
    #expect(scratch.exists("dir/x"))
    #expect(guest.open("../file", below: below) == .failure(.perm))
    let file = try guest.open("file").get()
    #expect(guest.open("x", below: file) == .failure(.notdir))
  }

  @Test func pipesDoNotBlockAndDevicesAreRefused() throws {
    mkfifo(scratch.path + "/fifo", 0o600)
    let guest = scratch.guest()
    let pipe = try guest.open("fifo", rights: WASIRights.fdRead.rawValue).get()
    #expect(guest.read(pipe) == .success(""))
    #expect(guest.call("fd_pread", pipe, 16, 1, 0, 8) == .spipe)
    guard getuid() == 0, mknod(scratch.path + "/null", S_IFCHR | 0o666, 0x103) == 0 else { return }
    #expect(guest.open("null") == .failure(.acces))
  }

  @Test func changesNames() {
    let guest = scratch.guest()
    func one(_ name: String, _ text: String) -> WASIErrno {
      let (address, count) = guest.path(text)
      return guest.call(name, 3, address, count)
    }
    #expect(one("path_create_directory", "made/") == .success)
    #expect(one("path_create_directory", "made") == .exist)
    #expect(one("path_create_directory", "../made") == .perm)
    #expect(one("path_unlink_file", "made") == .isdir)
    #expect(one("path_unlink_file", "file/") == .notdir)
    #expect(one("path_remove_directory", "dir") == .notempty)
    #expect(one("path_remove_directory", "file") == .notdir)
    #expect(one("path_remove_directory", "made/") == .success)
    #expect(one("path_remove_directory", "dir/nested/..") == .notempty)
    #expect(one("path_unlink_file", "file") == .success)
    #expect(!scratch.exists("file") && !scratch.exists("made"))
  }

  @Test func renamesAndLinks() {
    let guest = scratch.guest()
    func two(_ name: String, _ old: String, _ new: String, _ follow: UInt64 = 0) -> WASIErrno {
      let (a, an) = guest.path(old)
      let (b, bn) = guest.path(new, at: 2048)
      return name == "path_link"
        ? guest.call(name, 3, follow, a, an, 3, b, bn) : guest.call(name, 3, a, an, 3, b, bn)
    }
    #expect(two("path_rename", "file", "dir/moved") == .success)
    #expect(two("path_rename", "dir/moved", "slash/") == .notdir)
    #expect(two("path_rename", "dir/moved", "../out") == .perm)
    #expect(two("path_rename", "../secret", "in") == .perm)
    #expect(two("path_rename", "dir/nested/", "sub/") == .success)
    #expect(two("path_link", "dir/moved", "again") == .success)
    #expect(two("path_link", "dir/moved", "again") == .exist)
    #expect(two("path_link", "dir/moved", "slash/") == .noent)
    #expect(two("path_link", "dir/moved", "more", 1) == .inval)
    #expect(two("path_link", "../secret", "in") == .perm)
    #expect(scratch.read("again") == "hello" && scratch.exists("sub"))
  }

  @Test func makesAndReadsLinks() {
    let guest = scratch.guest()
    func link(_ text: String, _ path: String) -> WASIErrno {
      let (a, an) = guest.path(text)
      let (b, bn) = guest.path(path, at: 2048)
      return guest.call("path_symlink", a, an, 3, b, bn)
    }
    #expect(link("file", "link") == .success)
    #expect(link("file", "link") == .exist)
    #expect(link("/etc/passwd", "bad") == .perm)
    #expect(link("", "bad") == .noent)
    #expect(link("x", "slash/") == .noent)
    #expect(link("x", "dir/") == .exist)
    #expect(link("x", "file/") == .notdir)
    func read(_ path: String, _ size: UInt64) -> (WASIErrno, String) {
      let (a, an) = guest.path(path)
      guest.put(UInt32(0), 8)
      let errno = guest.call("path_readlink", 3, a, an, 4096, size, 8)
      return (errno, guest.text(4096, Int(guest.u32(8))))
    }
    #expect(read("link", 100) == (.success, "file"))
    #expect(read("link", 2) == (.success, "fi"))
    #expect(read("file", 100).0 == .inval)
    #expect(read("link/", 100).0 == .notdir)
    #expect(read("../granted", 100).0 == .perm)
  }

  /// A link goes up at its beginning only, and not out of the directory.
  @Test(arguments: [
    ("file", "l", WASIErrno.success), ("..", "l", .perm), ("../secret", "l", .perm),
    ("../../../etc/passwd", "l", .perm), ("./../x", "l", .perm), ("a/../b", "l", .perm),
    ("dir/..", "l", .perm), ("..x/y", "l", .success), ("../file", "dir/l", .success),
    ("..//./file", "dir/l", .success), ("../..", "dir/l", .perm),
    ("../../file", "dir/nested/l", .success),
    ("../../../x", "dir/nested/l", .perm), ("../../x", "dir/../dir/l", .perm),
    ("../x/../../y", "dir/l", .perm),
  ])
  func linksLeadNowhereElse(text: String, path: String, errno: WASIErrno) {
    let guest = scratch.guest()
    let (a, an) = guest.path(text)
    let (b, bn) = guest.path(path, at: 2048)
    #expect(guest.call("path_symlink", a, an, 3, b, bn) == errno)
    #expect(scratch.exists(path) == (errno == .success))
    #expect(guest.denials.map(\.kind) == (errno == .success ? [] : [.outwardLink]))
    #expect(guest.denials.allSatisfy { $0.path == "/data/" + path })
  }

  /// Nor does one that was all right where it was made.
  @Test(arguments: [
    ("path_rename", "dir/nested/up", "up", WASIErrno.perm),
    ("path_rename", "dir/nested/up", "dir/up", .perm),
    ("path_link", "dir/nested/up", "up", .perm),
    ("path_link", "dir/nested/one", "dir/one", .success),
    ("path_rename", "dir/nested/one", "dir/one", .success),
    ("path_rename", "dir/nested", "up", .perm),
    ("path_rename", "dir/nested", "dir/other", .success),
    ("path_rename", "dir/deep", "up", .perm), ("path_rename", "dir/plain", "up", .success),
    ("path_rename", "dir/out", "out", .success),
  ])
  func linksStayInside(call: String, old: String, new: String, errno: WASIErrno) {
    for name in ["deep", "deep/er", "plain", "out"] { mkdir(scratch.path + "/dir/" + name, 0o755) }
    scratch.link("dir/nested/up", to: "../../file")
    scratch.link("dir/nested/one", to: "../file")
    scratch.link("dir/deep/er/up", to: "../../../file")
    scratch.link("dir/plain/in", to: "file")
    // Of somebody else's making.
    scratch.link("dir/out/out", to: "../../../file")
    let guest = scratch.guest()
    let (a, an) = guest.path(old)
    let (b, bn) = guest.path(new, at: 2048)
    let result =
      call == "path_link"
      ? guest.call(call, 3, 0, a, an, 3, b, bn) : guest.call(call, 3, a, an, 3, b, bn)
    #expect(result == errno)
    #expect(scratch.exists(new) == (errno == .success))
  }

  /// What is there already is the better reason.
  @Test func readOnlyTellsWhatIsThere() {
    let guest = scratch.guest(readOnly: true)
    let (a, an) = guest.path("file")
    let (b, bn) = guest.path("dir", at: 2048)
    #expect(guest.call("path_create_directory", 3, b, bn) == .exist)
    #expect(guest.call("path_create_directory", 3, a, an) == .exist)
    #expect(guest.call("path_symlink", a, an, 3, b, bn) == .exist)
  }

  /// File names are bytes.
  @Test func namesThatAreNoText() throws {
    let name: [UInt8] = [0x61, 0xff, 0xfe, 0xc3]
    let guest = scratch.guest()
    (guest.memory + 1024).copyMemory(from: name, byteCount: 4)
    #expect(guest.call("path_create_directory", 3, 1024, 4) == .success)
    let made = Array((scratch.path + "/").utf8) + name
    #expect(access(made.map { CChar(bitPattern: $0) } + [0], F_OK) == 0)
    #expect(guest.call("path_open", 3, 0, 1024, 4, 2, 1 << 14, 0, 0, 8) == .success)
    #expect(guest.call("fd_readdir", 3, 4096, 4096, 0, 12) == .success)
    let listed = UnsafeRawBufferPointer(start: guest.memory + 4096, count: Int(guest.u32(12)))
    #expect(listed.indices.contains { listed.dropFirst($0).starts(with: name) })
    (guest.memory + 1024).copyMemory(from: Array("../".utf8) + name, byteCount: 7)
    #expect(guest.call("path_filestat_get", 3, 0, 1024, 7, 256) == .perm)
    #expect(guest.denials.map(\.path) == ["/data/../a\u{10ffff}\u{10fffe}\u{10ffc3}"])
  }

  @Test func readOnlyMeansNoChange() throws {
    let guest = scratch.guest(readOnly: true)
    #expect(guest.contents("file") == .success("hello"))
    let writing = WASIRights.fdWrite.rawValue
    let reading = WASIRights.fdRead.rawValue
    for (path, flags, rights, errno): (String, WASIOpenFlags, UInt64, WASIErrno) in [
      ("file", [], writing, .rofs), ("file", .truncate, reading, .rofs),
      ("new", .create, reading, .rofs), ("new", [.create, .exclusive], reading, .rofs),
      ("file", [.create, .exclusive], reading, .exist), ("../x", .create, reading, .perm),
    ] { #expect(guest.open(path, flags: flags, rights: rights) == .failure(errno), "\(path)") }
    _ = try guest.open("file", flags: .create, rights: reading).get()
    let below = try guest.open("dir", flags: .directory).get()
    #expect(guest.open("x", below: below, flags: .create) == .failure(.rofs))
    let (a, an) = guest.path("file")
    let (b, bn) = guest.path("new", at: 2048)
    for (name, arguments): (String, [UInt64]) in [
      ("path_create_directory", [3, b, bn]), ("path_unlink_file", [3, a, an]),
      ("path_remove_directory", [3, a, an]), ("path_rename", [3, a, an, 3, b, bn]),
      ("path_link", [3, 0, a, an, 3, b, bn]), ("path_symlink", [a, an, 3, b, bn]),
      ("path_filestat_set_times", [3, 0, a, an, 0, 0, 5]),
      ("fd_filestat_set_times", [3, 0, 0, 5]),
    ] { #expect(guest.call(name, arguments) == .rofs, "\(name)") }
    #expect(scratch.read("file") == "hello" && !scratch.exists("new"))
    #expect(Set(guest.denials.map(\.kind)) == [.readOnly, .outside])
    #expect(guest.denials[0].path == "/data/file" && guest.denials[0].isWrite)
  }

  @Test func nothingMovesFromReadOnlyToWritable() {
    let other = Scratch()
    let guest = Guest(directories: [("/ro", scratch.path, true), ("/rw", other.path, false)])
    let (a, an) = guest.path("file")
    let (b, bn) = guest.path("new", at: 2048)
    #expect(guest.call("path_rename", 3, a, an, 4, b, bn) == .rofs)
    #expect(guest.call("path_link", 3, 0, a, an, 4, b, bn) == .rofs)
    #expect(guest.call("path_link", 4, 0, a, an, 3, b, bn) == .rofs)
    #expect(guest.call("path_rename", 4, a, an, 4, b, bn) == .success)
  }
}
