import CSwasm
import Foundation
import Glibc
import Testing

@testable import SwasmSandbox
@testable import SwasmWASI

/// Four threads swap names under a broker that is asked for paths: a directory for a symbolic link that leads out, a
/// file for one, a directory moved out of the tree and back. What is opened must never be outside.
@Suite(.serialized) struct PathRaceTests {
  private struct Tree: Sendable {
    let root: String
    var granted: String { root + "/granted" }

    init(_ root: String) {
      self.root = root
      for path in [
        "/granted", "/granted/a", "/granted/a/b", "/outside", "/outside/b", "/granted/c",
      ] {
        mkdir(root + path, 0o755)
      }
      for path in ["/granted/a/file", "/granted/a/b/file", "/granted/c/file"] {
        write("inside", path)
      }
      for path in ["/outside/file", "/outside/b/file", "/file"] { write("OUTSIDE", path) }
      symlink("../outside", granted + "/link")
      symlink("../../outside/file", granted + "/flink")
    }

    private func write(_ text: String, _ path: String) {
      try? Data(text.utf8).write(to: URL(fileURLWithPath: root + path))
    }

    /// What attackers do, over and over.
    func attack(_ number: Int) {
      switch number {
      case 0:
        // A directory becomes a link that leads out, at once.
        rename(granted + "/a", granted + "/a2", exchangingWith: granted + "/link")
      case 1:
        rename(granted + "/c/file", granted + "/c/file", exchangingWith: granted + "/flink")
      case 2:
        // Out of the tree and back: `..` beneath it leads elsewhere meanwhile.
        Glibc.rename(granted + "/c", root + "/c")
        Glibc.rename(root + "/c", granted + "/c")
      default:
        unlink(granted + "/d")
        symlink("..", granted + "/d")
        unlink(granted + "/d")
        mkdir(granted + "/d", 0o755)
        rmdir(granted + "/d")
      }
    }

    /// RENAME_EXCHANGE of two names.
    private func rename(_ first: String, _: String, exchangingWith second: String) {
      _ = first.withCString { first in
        second.withCString { second in
          swasm_syscall6(
            316 /* renameat2 */, -100, Int(bitPattern: first), -100, Int(bitPattern: second), 2, 0)
        }
      }
    }
  }

  private static let paths = [
    "a/file", "a/b/file", "a/b/../file", "a/../a/file", "link/file", "link/b/file", "flink",
    "c/file",
    "c/../a/file", "c/../../file", "d/file", "d/../file", "a/b/../../../file", "link/../file",
  ]

  /// SWASM_PATHS=1000000 for the full number.
  @Test func nothingOutsideIsReached() throws {
    let count = ProcessInfo.processInfo.environment["SWASM_PATHS"].flatMap { Int($0) } ?? 20_000
    let scratch = Scratch()
    let tree = Tree(scratch.path)
    let guest = Guest(directories: [("/data", tree.granted, false)])
    let done = Lock(false)
    let attackers = (0..<4).map { number in
      Thread { while !done.withLock({ $0 }) { tree.attack(number) } }
    }
    attackers.forEach { $0.start() }
    defer {
      done.withLock { $0 = true }
      while !attackers.allSatisfy(\.isFinished) { usleep(200) }
    }
    var (opened, refused, escaped) = (0, 0, 0)
    for index in 0..<count {
      let path = Self.paths[index % Self.paths.count]
      guard let descriptor = try? guest.open(path).get() else {
        refused += 1
        continue
      }
      opened += 1
      let vector = guest.vector(address: 8192, count: 16)
      guest.call("fd_read", UInt64(descriptor), vector, 1, 32)
      if guest.text(8192, 7) == "OUTSIDE" { escaped += 1 }
      guest.memory.storeBytes(of: 0, toByteOffset: 8192, as: UInt64.self)
      guest.call("fd_close", UInt64(descriptor))
    }
    print("paths: \(opened) opened, \(refused) refused, \(escaped) escaped")
    #expect(escaped == 0)
    #expect(opened > 0 && refused > 0, "the attackers hardly met the guest")
  }
}
