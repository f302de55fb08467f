import SwasmLockdown
import SwasmRuntime
import SwasmWASI
import Testing

@testable import SwasmSandbox

/// Plans and reports pass between processes as bytes, and a report may be hostile.
@Suite struct MessageTests {
  private static let guest = GuestPlan(
    program: "a.wasm", arguments: ["a", "", "ü"], environment: ["K=V"],
    directories: ["/d", "\u{10ffff}"], level: .standard,
    grantedNeeds: .standard, standardStreams: [true, false, true],
    entry: .function("f", [.i32(1), .i64(.max), .f32(2), .f64(3)]),
    limits: GuestLimits(
      memoryBytes: 1, stackBytes: 2, fileBytes: 3, cpuMilliseconds: 4, openFiles: 5))
  private static let compiler = CompilerPlan(
    task: .dump([.ir, .allocated], function: 7),
    modules: [
      .init(name: "lib", label: "l", size: 5), .init(name: nil, label: "app", size: 6),
    ], workers: 2, memoryLimit: 8,
    cpuMilliseconds: 9)
  private static let broker = BrokerPlan(
    directories: [
      .init(isReadOnly: true),
      .init(
        isReadOnly: false,
        inner: [
          .init(path: [0x61, 0xff], identity: .init(device: 1, inode: 2), directory: 0),
          .init(path: [0x62], identity: .init(device: 3, inode: 4), directory: nil),
        ]),
    ], openFiles: 10, fileBytes: 11)

  @Test func plansSurviveTheWay() throws {
    var reader = MessageReader(Self.guest.message.bytes)
    #expect(try GuestPlan(&reader) == Self.guest)
    reader = MessageReader(Self.compiler.message.bytes)
    #expect(try CompilerPlan(&reader) == Self.compiler)
    reader = MessageReader(Self.broker.message.bytes)
    #expect(try BrokerPlan(&reader) == Self.broker)
  }

  @Test(arguments: [
    CompilerReport.done(5), .rejected(module: 1, reason: "no"), .tooLarge(1 << 40),
  ]) func reportsSurviveTheWay(_ report: CompilerReport) throws {
    #expect(try CompilerReport(report.message.bytes) == report)
  }

  /// Every message cut anywhere is refused; damaged ones are refused or understood, and never a trap.
  @Test func damage() {
    let messages = [Self.guest.message, Self.compiler.message, Self.broker.message].map(\.bytes)
    let report = CompilerReport.rejected(module: 0, reason: "why").message.bytes
    var random = SystemRandomNumberGenerator()
    func read(_ bytes: [UInt8]) -> Int {
      var refused = 0
      var reader = MessageReader(bytes)
      if (try? GuestPlan(&reader)) == nil { refused += 1 }
      reader = MessageReader(bytes)
      if (try? CompilerPlan(&reader)) == nil { refused += 1 }
      reader = MessageReader(bytes)
      if (try? BrokerPlan(&reader)) == nil { refused += 1 }
      if (try? CompilerReport(bytes)) == nil { refused += 1 }
      return refused
    }
    for bytes in messages {
      for count in 0..<bytes.count { #expect(read(Array(bytes[..<count])) >= 3) }
    }
    for bytes in messages + [report] {
      for _ in 0..<2000 {
        var damaged = bytes
        for _ in 0..<3 {
          damaged[Int.random(in: damaged.indices, using: &random)] =
            [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &random)!
        }
        _ = read(damaged)
      }
    }
  }
}
