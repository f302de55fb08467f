import CSwasm
import Glibc
import Testing

@testable import SwasmWASI

/// Descriptors of files and directories, through a broker.
@Suite struct FileTests {
  let scratch = Scratch()

  @Test func readsWritesSeeksAndTells() throws {
    let guest = scratch.guest()
    let file = try guest.open("new", flags: .create).get()
    #expect(guest.write(file, "abcdef") == .success && guest.u32(8) == 6)
    #expect(guest.call("fd_tell", file, 32) == .success && guest.u64(32) == 6)
    #expect(guest.call("fd_seek", file, UInt64(bitPattern: -4), 1, 32) == .success)
    #expect(guest.u64(32) == 2)
    #expect(guest.read(file) == .success("cdef"))
    #expect(guest.call("fd_seek", file, UInt64(bitPattern: -1), 0, 32) == .inval)
    #expect(guest.call("fd_seek", file, 0, 3, 32) == .inval)
    #expect(guest.call("fd_pwrite", file, guest.vector("XY"), 1, 1, 8) == .success)
    let into = guest.vector(address: 8192, count: 3)
    #expect(guest.call("fd_pread", file, into, 1, 0, 8) == .success)
    #expect(guest.text(8192, 3) == "aXY")
    #expect(guest.call("fd_pread", file, 16, 1, UInt64.max, 8) == .inval)
    #expect(scratch.read("new") == "aXYdef")
  }

  @Test func gathersSeveralVectors() throws {
    let guest = scratch.guest()
    let file = try guest.open("new", flags: .create).get()
    _ = guest.path("onetwo", at: 4096)
    _ = guest.vector(address: 4096, count: 3)
    _ = guest.vector(address: 0, count: 0, at: 24)
    _ = guest.vector(address: 4099, count: 3, at: 32)
    #expect(guest.call("fd_write", file, 16, 3, 8) == .success && guest.u32(8) == 6)
    #expect(scratch.read("new") == "onetwo")
  }

  @Test func appendsAfterTheFlagIsSet() throws {
    let guest = scratch.guest()
    let file = try guest.open("file").get()
    #expect(guest.write(file, "J") == .success)
    #expect(guest.call("fd_fdstat_set_flags", file, 1) == .success)
    #expect(guest.write(file, "!") == .success)
    #expect(scratch.read("file") == "Jello!")
    #expect(guest.call("fd_fdstat_set_flags", file, 16) == .notsup)
    #expect(guest.call("fd_fdstat_set_flags", file, 32) == .inval)
  }

  @Test func sizesAllocatesAndSynchronises() throws {
    let guest = scratch.guest()
    let file = try guest.open("file").get()
    #expect(guest.call("fd_filestat_set_size", file, 2) == .success)
    #expect(scratch.read("file") == "he")
    #expect(guest.call("fd_filestat_set_size", file, UInt64.max) == .inval)
    #expect(guest.call("fd_allocate", file, 0, 100) == .success)
    #expect(scratch.read("file")?.utf8.count == 100)
    #expect(guest.call("fd_allocate", file, UInt64.max, 2) == .inval)
    #expect(guest.call("fd_sync", file) == .success)
    #expect(guest.call("fd_datasync", file) == .success)
    #expect(guest.call("fd_sync", 3) == .success)
    #expect(guest.call("fd_advise", file, 0, 10, 5) == .success)
    #expect(guest.call("fd_advise", file, 0, 10, 6) == .inval)
  }

  @Test func tellsAttributes() throws {
    let guest = scratch.guest()
    let file = try guest.open("file").get()
    #expect(guest.call("fd_filestat_get", file, 256) == .success)
    #expect(guest.u64(256 + 16) == 4 && guest.u64(256 + 24) == 1 && guest.u64(256 + 32) == 5)
    let inode = guest.u64(256 + 8)
    let (path, count) = guest.path("file")
    #expect(guest.call("path_filestat_get", 3, 0, path, count, 256) == .success)
    #expect(guest.u64(256 + 8) == inode)
    #expect(guest.call("fd_filestat_get", 3, 256) == .success && guest.u64(256 + 16) == 3)
    #expect(guest.call("fd_filestat_set_times", file, 5_000_000_007, 9, 0b0101) == .success)
    #expect(guest.call("fd_filestat_get", file, 256) == .success)
    #expect(guest.u64(256 + 40) == 5_000_000_007 && guest.u64(256 + 48) == 9)
    #expect(guest.call("fd_filestat_set_times", file, 0, 0, 0b0011) == .inval)
    #expect(guest.call("path_filestat_set_times", 3, 0, path, count, 1, 2, 0b0101) == .success)
    #expect(guest.call("fd_filestat_get", file, 256) == .success && guest.u64(256 + 48) == 2)
  }

  @Test func theOlderLayoutIsShorter() throws {
    let guest = Guest(module: "wasi_unstable", directories: [("/data", scratch.path, false)])
    let file = try guest.open("file").get()
    guest.put(UInt64.max, 256 + 56)
    #expect(guest.call("fd_filestat_get", file, 256) == .success)
    #expect(guest.u32(256 + 20) == 1 && guest.u64(256 + 24) == 5)
    #expect(guest.u64(256 + 56) == UInt64.max)
    // whence: current, end, set
    #expect(guest.call("fd_seek", file, 1, 2, 32) == .success && guest.u64(32) == 1)
    #expect(guest.call("fd_seek", file, 1, 0, 32) == .success && guest.u64(32) == 2)
    #expect(guest.call("fd_seek", file, 0, 1, 32) == .success && guest.u64(32) == 5)
  }

  @Test func closesRenumbersAndReuses() throws {
    let guest = scratch.guest()
    let first = try guest.open("file").get()
    let second = try guest.open("dir", flags: .directory).get()
    #expect(guest.call("fd_renumber", second, first) == .success)
    #expect(guest.call("fd_filestat_get", second, 256) == .badf)
    #expect(guest.call("fd_filestat_get", first, 256) == .success && guest.u64(256 + 16) == 3)
    #expect(guest.call("fd_renumber", first, 999) == .badf)
    #expect(guest.call("fd_renumber", 5000, first) == .badf)
    #expect(guest.call("fd_close", first) == .success)
    #expect(guest.call("fd_close", first) == .badf)
    #expect(guest.call("fd_read", first, 16, 1, 8) == .badf)
    #expect(try guest.open("file").get() < 3)
  }

  @Test func theTableHasAnEnd() throws {
    let guest = Guest(directories: [("/data", scratch.path, false)]) { $0.descriptorLimit = 6 }
    var opened: [UInt64] = []
    while case .success(let descriptor) = guest.open("file") { opened.append(descriptor) }
    #expect(opened == [0, 1, 2, 4, 5])
    #expect(guest.open("file") == .failure(.mfile))
    guest.call("fd_close", 4)
    #expect(guest.open("file") == .success(4))
  }

  @Test func namesPreopenedDirectories() {
    let guest = scratch.guest()
    #expect(guest.call("fd_prestat_get", 3, 32) == .success)
    #expect(guest.u32(32) == 0 && guest.u32(36) == 5)
    #expect(guest.call("fd_prestat_dir_name", 3, 64, 4) == .nametoolong)
    #expect(guest.call("fd_prestat_dir_name", 3, 64, 5) == .success)
    #expect(guest.text(64, 5) == "/data")
    #expect(guest.call("fd_prestat_get", 4, 32) == .badf)
  }

  @Test func rightsOnlyShrink() throws {
    let guest = scratch.guest()
    let reading = WASIRights.fdRead.rawValue
    let file = try guest.open("file", rights: reading).get()
    #expect(guest.call("fd_fdstat_get", file, 64) == .success)
    #expect(guest.u64(72) == reading)
    #expect(guest.write(file, "x") == .badf)
    #expect(guest.call("fd_seek", file, 1, 0, 32) == .notcapable)
    #expect(guest.call("fd_fdstat_set_rights", file, Guest.allRights, 0) == .notcapable)
    #expect(guest.call("fd_fdstat_set_rights", file, 0, 0) == .success)
    #expect(guest.read(file) == .failure(.badf))
    let inheriting = WASIRights.directory.union(.fdRead).rawValue
    #expect(
      guest.call("fd_fdstat_set_rights", 3, WASIRights.directory.rawValue, inheriting) == .success)
    let narrowed = try guest.open("file").get()
    #expect(guest.write(narrowed, "x") == .badf)
  }

  @Test func directoriesAreNotFiles() {
    let guest = scratch.guest()
    #expect(guest.read(3) == .failure(.isdir))
    #expect(guest.write(3, "x") == .isdir)
    for (name, arguments): (String, [UInt64]) in [
      ("fd_seek", [3, 0, 0, 32]), ("fd_tell", [3, 32]), ("fd_allocate", [3, 0, 1]),
      ("fd_advise", [3, 0, 1, 0]), ("fd_filestat_set_size", [3, 0]),
      ("fd_fdstat_set_flags", [3, 1]),
    ] { #expect(guest.call(name, arguments) == .badf, "\(name)") }
    #expect(guest.call("sock_shutdown", 3, 1) == .notsock)
  }

  /// Names of a directory, read in pieces of `size` bytes.
  private func list(_ guest: Guest, _ directory: UInt64, size: UInt64) -> [String] {
    var names: [String] = []
    var cookie: UInt64 = 0
    while guest.call("fd_readdir", directory, 4096, size, cookie, 8) == .success {
      let used = Int(guest.u32(8))
      var at = 0
      while at + 24 <= used {
        let length = Int(guest.u32(4096 + at + 16))
        guard at + 24 + length <= used else { break }
        cookie = guest.u64(4096 + at)
        names.append(guest.text(4096 + at + 24, length))
        at += 24 + length
      }
      if used < Int(size) { break }
    }
    return names
  }

  @Test(arguments: [64, 100, 4096, 60000])
  func listsDirectories(size: UInt64) {
    for index in 0..<300 { scratch.write("", "n\(index)") }
    let guest = scratch.guest()
    let names = list(guest, 3, size: size)
    #expect(names.first == ".")
    #expect(names.count == 304)
    #expect(Set(names) == Set([".", "..", "file", "dir"] + (0..<300).map { "n\($0)" }))
    #expect(guest.call("fd_readdir", 3, 4096, 64, 9999, 8) == .inval)
  }

  @Test func doesNotTellWhatIsAbove() {
    let guest = scratch.guest()
    #expect(guest.call("fd_readdir", 3, 4096, 60000, 0, 8) == .success)
    var inodes: [String: UInt64] = [:]
    var at = 4096
    while at < 4096 + Int(guest.u32(8)) {
      let length = Int(guest.u32(at + 16))
      inodes[guest.text(at + 24, length)] = guest.u64(at + 8)
      at += 24 + length
    }
    #expect(inodes["."] != nil && inodes["."] == inodes[".."])
  }

  /// Times that 64 bits of nanoseconds don't hold are the nearest that they do.
  @Test(
    arguments: [
      (-1, 999_999_999, 0), (Int.min, 0, 0), (0, 5, 5), (18_446_744_073, 709_551_615, UInt64.max),
      (18_446_744_073, 709_551_616, UInt64.max), (18_446_744_074, 0, UInt64.max),
      (Int.max, 0, UInt64.max),
    ] as [(Int, Int, UInt64)])
  func times(seconds: Int, nanoseconds: Int, time: UInt64) {
    #expect(
      WASIFilestat.nanoseconds(timespec(tv_sec: seconds, tv_nsec: nanoseconds)) == time)
  }

  @Test func timesBefore1970() throws {
    let scratch = Scratch()
    var old = [timespec(tv_sec: -300_000_000, tv_nsec: 1), timespec(tv_sec: -1, tv_nsec: 7)]
    #expect(utimensat(AT_FDCWD, scratch.path + "/file", &old, 0) == 0)
    let guest = scratch.guest()
    let (address, count) = guest.path("file")
    #expect(guest.call("path_filestat_get", 3, 0, address, count, 256) == .success)
    #expect(guest.u64(256 + 40) == 0 && guest.u64(256 + 48) == 0)
    let file = try guest.open("file").get()
    #expect(guest.call("fd_filestat_get", file, 256) == .success)
    #expect(guest.u64(256 + 48) == 0)
  }
}
