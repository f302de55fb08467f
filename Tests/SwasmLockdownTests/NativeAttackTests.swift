import CLockdownProbe
import CSwasm
import Glibc
import Testing

@testable import SwasmLockdown

/// One system call of an attacker's native code in a guest.
struct NativeAttack: Sendable, CustomStringConvertible {
  let description: String
  let number: Int
  var arguments: [UInt64] = []
  /// What still holds when the filter is off: the layer, and the kernel's answer. nil: nothing does.
  let behind: (layer: String, answer: Int32)?

  init(
    _ description: String, _ number: Int, _ arguments: [UInt64] = [],
    behind: (layer: String, answer: Int32)?
  ) {
    self.description = description
    self.number = number
    self.arguments = arguments
    self.behind = behind
  }

  private static let here = UInt64(bitPattern: -100)  // AT_FDCWD
  private static func text(_ text: String) -> UInt64 { UInt64(UInt(bitPattern: strdup(text))) }
  private static func bytes(_ list: [UInt8]) -> UInt64 {
    let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: list.count)
    copy.initialize(from: list, count: list.count)
    return UInt64(UInt(bitPattern: copy))
  }
  /// A file that everybody may change, in a directory that everybody may change.
  private static let directory: String = {
    var template = Array("/tmp/swasm-attack-XXXXXX".utf8CString)
    let path = String(cString: mkdtemp(&template))
    chmod(path, 0o777)
    let file = open(path + "/file", O_CREAT | O_WRONLY, 0o666)
    fchmod(file, 0o666)
    close(file)
    return path
  }()
  private static let file = text(directory + "/file")
  private static let fresh = text(directory + "/fresh")
  private static let parent = UInt64(getpid())
  /// 127.0.0.1, port 10000.
  private static let address = bytes(
    [2, 0, 0x27, 0x10, 127, 0, 0, 1] + [UInt8](repeating: 0, count: 8))

  /// Of 16 bytes.
  private static let vector: UInt64 = {
    let vector = UnsafeMutablePointer<iovec>.allocate(capacity: 1)
    vector.initialize(to: iovec(iov_base: calloc(16, 1), iov_len: 16))
    return UInt64(UInt(bitPattern: vector))
  }()

  private static let landlock: (layer: String, answer: Int32) = ("landlock", EACCES)
  private static let privilege: (layer: String, answer: Int32) = ("no capabilities", EPERM)

  static let files: [NativeAttack] = [
    .init("read a file", 257, [here, file, 0], behind: landlock),
    .init("write a file", 257, [here, file, 1], behind: landlock),
    .init("make a file", 257, [here, fresh, 0o101, 0o600], behind: landlock),
    .init("list a directory", 257, [here, text("/tmp"), 0o200000], behind: landlock),
    .init(
      "open its own memory as a file", 257, [here, text("/proc/self/mem"), 2], behind: landlock),
    .init("open by the old call", 2, [file, 0], behind: landlock),
    .init("make a directory", 83, [fresh, 0o700], behind: landlock),
    .init("remove a file", 87, [file], behind: landlock),
    .init("remove a directory", 84, [text(directory + "/.")], behind: nil),
    .init("rename a file", 82, [file, fresh], behind: landlock),
    .init("link a file", 86, [file, fresh], behind: landlock),
    .init("make a symbolic link", 88, [text("/etc/passwd"), fresh], behind: landlock),
    .init("make a FIFO", 133, [fresh, 0o010600, 0], behind: landlock),
    .init("truncate a file", 76, [file, 0], behind: landlock),
    .init("run a program", 59, [text("/bin/true"), 0, 0], behind: landlock),
    .init("open by handle", 304, [here, text(String(repeating: "h", count: 64)), 0], behind: nil),
  ]
  static let processes: [NativeAttack] = [
    .init("fork", 57, behind: ("rlimits", EAGAIN)),
    .init("vfork", 58, behind: ("rlimits", EAGAIN)),
    .init("clone", 56, [17, 0, 0, 0, 0], behind: ("rlimits", EAGAIN)),
    .init("signal the launcher", 62, [parent, 0], behind: ("landlock or another user", EPERM)),
    .init("signal the group", 62, [0, 19], behind: nil),
    .init("leave the group", 109, [0, 0], behind: nil),
    .init("leave the session", 112, behind: nil),
    .init("trace the launcher", 101, [16, parent], behind: ("not dumpable", EPERM)),
    .init(
      "read the launcher's memory", 310, [parent, vector, 1, vector, 1, 0],
      behind: ("not dumpable", EPERM)),
    .init(
      "more processes", 302, [0, 6, bytes([UInt8](repeating: 0xff, count: 16)), 0],
      behind: ("no capabilities", EPERM)),
    .init("real-time priority", 144, [0, 1, bytes([1, 0, 0, 0])], behind: privilege),
    .init("a better priority", 141, [0, 0, UInt64(bitPattern: -10)], behind: ("rlimits", EACCES)),
  ]
  static let privileges: [NativeAttack] = [
    .init("become root", 105, [0], behind: privilege),
    .init("root's group", 106, [0], behind: privilege),
    .init("groups", 116, [1, bytes([0, 0, 0, 0])], behind: privilege),
    .init("mount", 165, [text("none"), text("/tmp"), text("tmpfs"), 0, 0], behind: privilege),
    .init("unmount", 166, [text("/tmp"), 0], behind: privilege),
    .init("chroot", 161, [text("/")], behind: privilege),
    .init("load a module", 175, [bytes([0]), 1, text("")], behind: privilege),
    .init("set the clock", 164, [bytes([UInt8](repeating: 0, count: 16)), 0], behind: privilege),
    .init("set the host's name", 170, [text("x"), 1], behind: privilege),
    .init("reboot", 169, [0xfee1_dead, 672_274_793, 0, 0], behind: privilege),
    .init("swap", 167, [file, 0], behind: privilege),
    .init("port access", 172, [3], behind: privilege),
    .init("accounting", 163, [0], behind: privilege),
    .init("set-user-id by capset", 126, [1, 1], behind: ("–", EFAULT)),
  ]
  static let memory: [NativeAttack] = [
    .init(
      "memory that is writable and executable", 9, [0, 4096, 7, 0x22, UInt64.max, 0],
      behind: ("mdwe", EACCES)),
    .init(
      "code made writable", 10, [LockdownTests.Layers.code, 4096, 7], behind: ("mdwe", EACCES)),
    .init(
      "data made executable", 10, [LockdownTests.Layers.code, 4096, 5], behind: ("mdwe", EACCES)),
    .init(
      "a sealed mapping unmapped", 11, [LockdownTests.Layers.sealedPage, 4096],
      behind: ("mseal", EPERM)),
    .init(
      "a sealed mapping moved", 25, [LockdownTests.Layers.sealedPage, 4096, 8192, 1],
      behind: ("mseal", EPERM)),
    .init(
      "a sealed mapping made writable", 10, [LockdownTests.Layers.sealedPage, 4096, 3],
      behind: ("mseal", EPERM)),
    .init(
      "a mapping over a sealed one", 9,
      [LockdownTests.Layers.sealedPage, 4096, 3, 0x32, UInt64.max, 0], behind: ("mseal", EPERM)),
    .init("locked memory", 149, [Fixture.memory.base, 4096], behind: ("rlimits", EPERM)),
  ]
  static let network: [NativeAttack] = [
    .init("connect", 42, [0, address, 16], behind: landlock),
    .init("listen on a port", 49, [0, address, 16], behind: landlock),
    .init("a socket", 41, [2, 1, 0], behind: nil),
    .init("a message to anybody", 44, [0, text("x"), 1, 0, address, 16], behind: nil),
    .init("asynchronous calls by the ring", 425, [1, 1], behind: ("–", EFAULT)),
    .init("a program for the kernel", 321, [0, 0, 0], behind: nil),
  ]
  /// A guest is in the session of its launcher's terminal, and the terminal may be its standard input.
  static let terminal: [NativeAttack] = [
    .init("open the terminal", 257, [here, text("/dev/tty"), 2], behind: landlock),
    .init("type into the terminal", 16, [0, 0x5412 /* TIOCSTI */, text("x")], behind: nil),
    .init(
      "paste into the terminal", 16, [0, 0x541c /* TIOCLINUX */, bytes([3])], behind: nil),
    .init("take the terminal", 16, [0, 0x540e /* TIOCSCTTY */, 1], behind: nil),
    .init("give the terminal away", 16, [0, 0x5422 /* TIOCNOTTY */], behind: nil),
    .init(
      "bring itself to the foreground", 16, [0, 0x5410 /* TIOCSPGRP */, bytes([1, 0, 0, 0])],
      behind: nil),
    .init(
      "change the terminal's settings", 16,
      [0, 0x5402 /* TCSETS */, bytes([UInt8](repeating: 0, count: 64))], behind: nil),
    .init("make the terminal non-blocking", 72, [0, 4, 0o4000], behind: nil),
    .init("hang the terminal up", 153, behind: privilege),
  ]
  static let all = files + terminal + processes + privileges + memory + network
}

extension LockdownTests {
  /// Attacks of native code in a guest: the filter stops each at every level, and with the filter off the next
  /// layer does.
  @Suite(.enabled(if: kernelTakesFilters, needsFilters)) struct NativeAttacks {
    private static let nobody = Identity.change(user: 65534, group: 65534, required: false)

    private func padded(_ attack: NativeAttack) -> [UInt64] {
      attack.arguments + [UInt64](repeating: 0, count: 6 - attack.arguments.count)
    }

    @Test(arguments: NativeAttack.all)
    func filterStops(_ attack: NativeAttack) throws {
      for level in Level.allCases {
        let policy = try Fixture.policy(.guest(level))
        if policy.permits(Int32(attack.number), padded(attack)) { continue }
        let plan = try Fixture.plan(.guest(level), identity: Self.nobody)
        let (ending, record) = probe(
          PROBE_CALL, number: attack.number, padded(attack), plan: plan)
        #expect(record.locked == 1 && ending == .killed(SIGSYS), "\(level.name): \(attack)")
      }
    }

    @Test(arguments: NativeAttack.all.filter { $0.behind != nil })
    func nextLayerStops(_ attack: NativeAttack) throws {
      let behind = try #require(attack.behind)
      guard kernelHas([behind.layer]) else { return }
      let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(socket) }
      let plan = try Layers.unfilteredPlan(Self.nobody)
      let (_, record) = probe(
        PROBE_CALL, number: attack.number, padded(attack), plan: plan, input: socket)
      #expect(record.locked == 1, "\(LockdownError(record.failure))")
      // A call that this kernel does not have needs no second layer.
      if record.value == -Int(ENOSYS) { return }
      #expect(record.value == -Int(behind.answer), "\(attack): \(behind.layer)")
    }

    /// There are as many as they seem, and they are different.
    @Test func attacksAreDistinct() {
      #expect(NativeAttack.all.count >= 50)
      #expect(Set(NativeAttack.all.map(\.description)).count == NativeAttack.all.count)
    }
  }
}
