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
