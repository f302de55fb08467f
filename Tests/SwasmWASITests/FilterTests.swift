import CSwasm
import Glibc
import SwasmLockdown
import SwasmRuntime
import Testing

@testable import SwasmWASI

/// Every function under the filter of every level, in a process of its own: one that allocated, locked or made any
/// call but the level's would be killed.
@Suite struct FilterTests {
  /// A call that waits in raw memory, so that making it needs nothing else.
  struct Prepared {
    var pointer: HostFunctionPointer
    var context: UnsafeMutableRawPointer?
    var arguments: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)
  }

  static func prepare(_ guest: Guest) -> UnsafeMutableBufferPointer<Prepared> {
    // As many bytes as a slot's number times 16 apart: valid pointers, small lengths, descriptors 0 to 4.
    let values: [UInt64] = [0, 1, 2, 3, 4, 64, 1024, 65535, 0xffff_ffff]
    var calls: [Prepared] = []
    for function in WASITable.functions where function.name != "proc_exit" {
      let bound = guest.function(function.name)
      for first in values {
        for rest in values {
          let a = first, b = rest
          // The last one is the flags of poll_oneoff's events: sleeping must end.
          if function.name == "poll_oneoff", b > 1024 || b == 0 { continue }
          calls.append(
            Prepared(
              pointer: bound.pointer, context: bound.context, arguments: (a, b, b, 1, b, b, b, 0, 1024)))
          calls.append(
            Prepared(
              pointer: bound.pointer, context: bound.context, arguments: (a, 16, 1, b, 4, 2, 3, 0, 1024)))
        }
      }
    }
    let buffer = UnsafeMutableBufferPointer<Prepared>.allocate(capacity: calls.count)
    _ = buffer.initialize(from: calls)
    return buffer
  }

  static func run(
    _ calls: UnsafeMutableBufferPointer<Prepared>, _ slots: UnsafeMutableRawPointer,
    _ data: UnsafeMutableRawPointer
  ) {
    var index = 0
    while index < calls.count {
      withUnsafeBytes(of: &calls[index].arguments) {
        var argument = 0
        while argument < 9 {
          let value = ($0.baseAddress! + 8 * argument).load(as: UInt64.self)
          (slots + 16 * argument).storeBytes(of: value, as: UInt64.self)
          argument += 1
        }
      }
      _ = calls[index].pointer(calls[index].context, slots, data)
      index += 1
    }
  }

  /// Installs a filter with nothing but raw calls.
  static func install(_ program: UnsafeMutableBufferPointer<UInt64>) {
    struct Program {
      var count: UInt16
      var instructions: UnsafeMutablePointer<UInt64>?
    }
    var head = Program(count: UInt16(program.count), instructions: program.baseAddress)
    _ = swasm_wasi_syscall6(157 /* prctl */, 38 /* NO_NEW_PRIVS */, 1, 0, 0, 0, 0)
    let installed = withUnsafeMutablePointer(to: &head) {
      swasm_wasi_syscall6(317 /* seccomp */, 1, 0, Int(bitPattern: $0), 0, 0, 0)
    }
    if installed != 0 { swasm_wasi_exit(99) }
  }

  @Test(arguments: Level.allCases)
  func staysWithinTheLevel(level: Level) throws {
    let scratch = Scratch()
    let directories =
      level == .standard ? [("/data", scratch.path, false)] : [(String, String, Bool)]()
    var channel: Int32 = -1
    var standard: [Int32] = [-1, -1]
    #expect(pipe(&standard) == 0)
    let guest = Guest(directories: directories.map { (guestPath: $0.0, path: $0.1, isReadOnly: $0.2) }) {
      $0.standardStreams = [true, true, true]
      $0.pollLimit = 3
      $0.allowed = [Level.pure: .pure, .strict: .strict, .standard: .standard][level]!
      channel = $0.channel
    }
    let policy = try FilterPolicy(
      role: .guest(level), capabilities: Set(Capability.allCases).subtracting([.growMemory]),
      bindings: FilterBindings(channels: channel < 0 ? [3] : [channel]))
    let instructions = try FilterProgram(policy).instructions
    let program = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: instructions.count)
    _ = program.initialize(from: instructions)
    let calls = Self.prepare(guest)
    defer {
      calls.deallocate()
      program.deallocate()
    }
    let (slots, data) = (guest.slots, guest.data)
    let null = open("/dev/null", O_RDWR)
    // Generic code of the test's own gets its metadata before the fork.
    Self.run(.init(rebasing: calls[0..<2]), slots, data)
    let child = pid_t(swasm_wasi_syscall6(57 /* fork */, 0, 0, 0, 0, 0, 0))
    if child == 0 {
      for number: Int32 in 0...2 { _ = swasm_wasi_syscall6(33 /* dup2 */, Int(null), Int(number), 0, 0, 0, 0) }
      Self.install(program)
      Self.run(calls, slots, data)
      swasm_wasi_exit(42)
    }
    for number in standard + [null] { close(number) }
    var status: Int32 = 0
    #expect(waitpid(child, &status, 0) == child)
    #expect(status == 42 << 8, "ended with status \(status)")
  }

  /// The levels' grants are those of the system-call table.
  @Test func grantsAgreeWithTheTable() {
    let names: [(WASINeeds, Capability)] = [
      (.read, .read), (.write, .write), (.sleep, .sleep), (.poll, .poll), (.random, .random),
      (.seek, .seek), (.status, .status), (.close, .close), (.synchronize, .synchronize),
      (.resize, .resize), (.openPaths, .openPaths),
    ]
    let grants: [(Level, WASINeeds)] = [
      (.pure, .pure), (.strict, .strict), (.standard, .standard),
    ]
    for (level, granted) in grants {
      let rows = SystemCallTable.rows(
        for: .guest(level), capabilities: Set(Capability.allCases))
      for (need, capability) in names {
        #expect(
          rows.contains { $0.need == capability } == granted.contains(need),
          "\(level) \(capability)")
      }
    }
  }
}
