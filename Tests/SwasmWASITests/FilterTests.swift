import CSwasm
import Glibc
import SwasmLockdown
import SwasmRuntime
import Testing

@testable import SwasmWASI

/// Every function under the filter of every level, in a process of its own: one that allocated,
/// locked or made any call but the level's would be killed.
@Suite struct FilterTests {
  /// A call that waits in raw memory, so that making it needs nothing else.
  struct Prepared {
    var pointer: HostFunctionPointer
    var context: UnsafeMutableRawPointer?
    var arguments: Arguments
  }
  typealias Arguments = (
    UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64
  )

  static func prepare(_ guest: Guest, _ functions: [WASIFunction])
    -> UnsafeMutableBufferPointer<Prepared>
  {
    // Descriptors that are open and not, good and bad addresses, small and large lengths.
    let values: [UInt64] = [0, 1, 2, 3, 4, 64, 1024, 65535, 0xffff_ffff]
    // Subscriptions: at 0 to a clock, due at once; at 64 to one due in a while; at 1024 to standard
    // input.
    guest.put(UInt32(1), 64 + 16)
    guest.put(UInt64(1_000_000), 64 + 24)
    guest.put(UInt8(1), 1024 + 8)
    var calls: [Prepared] = []
    for function in functions where function.name != "proc_exit" {
      let bound = guest.function(function.name)
      for first in values {
        for rest in values {
          let shapes: [Arguments] = [
            (first, rest, rest, 1, rest, rest, rest, 0, 1024),
            (first, 16, 1, rest, 4, 2, 3, 0, 1024),
          ]
          for arguments in shapes {
            calls.append(
              Prepared(
                pointer: bound.pointer, context: bound.context, arguments: arguments))
          }
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

  /// Runs calls in a child under a filter, with `/dev/null` for its standard streams; gives the
  /// child's status.
  static func status(
    of calls: UnsafeMutableBufferPointer<Prepared>, _ guest: Guest, under policy: FilterPolicy
  ) throws -> Int32 {
    let instructions = try FilterProgram(compiling: policy).instructions
    let program = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: instructions.count)
    _ = program.initialize(from: instructions)
    defer { program.deallocate() }
    let (slots, data) = (guest.slots, guest.data)
    let null = open("/dev/null", O_RDWR)
    defer { close(null) }
    // The generic code of this test gets its metadata before the fork.
    run(.init(rebasing: calls[0..<1]), slots, data)
    let child = pid_t(swasm_wasi_syscall6(57 /* fork */, 0, 0, 0, 0, 0, 0))
    if child == 0 {
      var number = 0
      while number < 3 {
        _ = swasm_wasi_syscall6(33 /* dup2 */, Int(null), number, 0, 0, 0, 0)
        number += 1
      }
      install(program)
      run(calls, slots, data)
      swasm_wasi_exit(42)
    }
    var status: Int32 = 0
    #expect(waitpid(child, &status, 0) == child)
    return status
  }

  static let survived: Int32 = 42 << 8
  static let grants: [(level: Level, needs: WASINeeds)] = [
    (.pure, .pure), (.strict, .strict), (.standard, .standard),
    (.network, .network),
  ]

  /// A guest of a level, with a directory (3) and a file (4) where the level has any.
  private func guest(_ level: Level, _ scratch: Scratch) throws -> (Guest, channel: Int32) {
    var channel: Int32 = -1
    let directories =
      level >= .standard ? [(guestPath: "/data", path: scratch.path, isReadOnly: false)] : []
    let guest = Guest(directories: directories) {
      $0.standardStreams = [true, true, true]
      $0.pollLimit = 3
      $0.allowed = Self.grants.first { $0.level == level }!.needs
      channel = $0.channel
    }
    if level >= .standard { #expect(try guest.open("file").get() == 4) }
    return (guest, channel)
  }

  private func policy(_ level: Level, _ channel: Int32, _ needs: KernelNeeds) throws
    -> FilterPolicy
  {
    try FilterPolicy(
      FilterRequest(
        role: .guest(level), needs: needs,
        bindings: FilterBindings(channels: channel < 0 ? [3] : [channel])))
  }

  @Test(arguments: Level.allCases)
  func staysWithinTheLevel(level: Level) throws {
    let scratch = Scratch()
    let (guest, channel) = try guest(level, scratch)
    let calls = Self.prepare(guest, WASITable.functions)
    defer { calls.deallocate() }
    let all = KernelNeeds.all.subtracting(.growMemory)
    let status = try Self.status(of: calls, guest, under: policy(level, channel, all))
    #expect(status == Self.survived)
  }

  /// A function alone, under a filter that holds what its row says it needs: shows that the rows
  /// say enough.
  @Test(arguments: MarshallingTests.names)
  func needsNoMoreThanItsRowSays(name: String) throws {
    let scratch = Scratch()
    let (guest, channel) = try guest(.standard, scratch)
    let calls = Self.prepare(guest, WASITable.functions.filter { $0.name == name })
    defer { calls.deallocate() }
    let needs = WASITable.needs(ofImport: name)
    let wanted = Self.pairs.filter { needs.contains($0.0) }.map(\.1)
    let status = try Self.status(
      of: calls, guest, under: policy(.standard, channel, KernelNeeds(wanted)))
    #expect(status == Self.survived)
  }

  /// The tests above can fail.
  @Test func aFilterWithoutTheCallKills() throws {
    let scratch = Scratch()
    let (guest, channel) = try guest(.standard, scratch)
    let calls = Self.prepare(guest, WASITable.functions.filter { $0.name == "random_get" })
    defer { calls.deallocate() }
    let status = try Self.status(of: calls, guest, under: policy(.standard, channel, []))
    #expect(status & 0x7f == SIGSYS)
  }

  static let pairs: [(WASINeeds, KernelNeeds)] = [
    (.read, .read), (.write, .write), (.sleep, .sleep), (.poll, .poll), (.random, .random),
    (.seek, .seek), (.status, .status), (.close, .close), (.synchronize, .synchronize),
    (.resize, .resize), (.openPaths, .openPaths), (.sockets, .sockets),
  ]

  /// Where the calls are for the standard streams alone, the needs are by stream.
  private static let streams: [KernelNeeds: KernelNeeds] = [
    .read: .readInput, .write: .writeOutput,
  ]

  /// The levels' grants are those of the system-call table.
  @Test func grantsAgreeWithTheTable() {
    for (level, granted) in Self.grants {
      let rows = SystemCallTable.rows(
        for: .guest(level))
      for (need, kernel) in Self.pairs {
        #expect(
          rows.contains { [kernel, Self.streams[kernel] ?? kernel].contains($0.need) }
            == granted.contains(need),
          "\(level) \(kernel)")
      }
    }
  }
}
