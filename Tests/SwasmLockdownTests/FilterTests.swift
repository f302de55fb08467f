import Glibc
import SeededRandom
import Testing

@testable import SwasmLockdown

/// Runs a filter as the kernel does, for the instructions that libseccomp emits.
struct FilterMachine {
  static let native: UInt32 = 0xc000_003e
  static let i386: UInt32 = 0x4000_0003
  static let allow: UInt32 = 0x7fff_0000
  static let kill: UInt32 = 0x8000_0000

  let instructions: [UInt64]

  func run(_ number: Int32, _ arguments: [UInt64], architecture: UInt32 = native) -> UInt32? {
    var data = [UInt32(bitPattern: number), architecture, 0, 0]
    for argument in arguments {
      data += [UInt32(truncatingIfNeeded: argument), UInt32(truncatingIfNeeded: argument >> 32)]
    }
    var accumulator: UInt32 = 0
    var next = 0
    while next < instructions.count {
      let word = instructions[next]
      let (code, constant) = (word & 0xffff, UInt32(word >> 32))
      let (ifTrue, ifFalse) = (Int(word >> 16 & 0xff), Int(word >> 24 & 0xff))
      next += 1
      switch code {
      case 0x20: accumulator = data[Int(constant) / 4]
      case 0x54: accumulator &= constant
      case 0x05: next += Int(constant)
      case 0x15: next += accumulator == constant ? ifTrue : ifFalse
      case 0x25: next += accumulator > constant ? ifTrue : ifFalse
      case 0x35: next += accumulator >= constant ? ifTrue : ifFalse
      case 0x06: return constant
      default: return nil
      }
    }
    return nil
  }
}

extension LockdownTests {
  @Suite struct Filter {
    /// The BPF and the table agree on calls around every boundary that the table knows.
    /// A program that fills the limit on files may have been longer.
    @Test(arguments: [(504, 512, true), (512, 512, false), (520, 512, false), (512, .max, true)])
    func takesNoProgramThatMayBeCut(_ size: Int, _ limit: UInt64, _ isWhole: Bool) {
      #expect(FilterProgram.isWhole(size, limit: rlim_t(limit)) == isWhole)
    }

    @Test(arguments: Role.all)
    func agreesWithTheTable(_ role: Role) throws {
      let seed = UInt64.random(in: .min ... .max)
      var generator = SeededGenerator(state: seed)
      let policy = try Fixture.policy(role)
      let machine = FilterMachine(instructions: try FilterProgram(compiling: policy).instructions)
      let corners: [UInt64] = [
        0, 1, 2, 3, 1 << 31, 1 << 32, 1 << 32 | 1, 1 << 33, .max, 0xffff_ff9c,
      ]
      let values = policy.allowed.flatMap(\.comparisons).map(\.value)
      var permitted = 0
      for _ in 0..<20_000 {
        let allowed = policy.allowed.randomElement(using: &generator)!
        var arguments = (0..<6).map { _ in (values + corners).randomElement(using: &generator)! }
        for comparison in allowed.comparisons where Int.random(in: 0..<8, using: &generator) > 0 {
          arguments[comparison.position] = comparison.value
        }
        let touched = Int.random(in: 0..<6, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: arguments[touched] &+= 1
        case 1: arguments[touched] &-= 1
        case 2: arguments[touched] ^= 1 << UInt64.random(in: 0..<64, using: &generator)
        default: break
        }
        let expected = policy.permits(allowed.call.number, arguments)
        permitted += expected ? 1 : 0
        let answer = machine.run(allowed.call.number, arguments)
        try #require(
          answer == (expected ? FilterMachine.allow : FilterMachine.kill),
          "seed \(seed): \(allowed.call) \(arguments)")
      }
      #expect(permitted > 500, "the random calls hardly meet the table")
    }

    /// Streams are for one direction each, whatever the upper half says, which the kernel does not look at.
    @Test(
      arguments: [
        (.preadv2, [1, 2], [0, 3, 63]), (.pwritev2, [0], [1, 2, 3]),
        (.ftruncate, [0, 1, 2], [3]), (.recvfrom, [0, 1, 2], [3]), (.accept4, [0, 1, 2], [3]),
        (.shutdown, [0, 1, 2], [3]),
      ] as [(SystemCall, [UInt64], [UInt64])])
    func streamsHaveOneDirection(_ call: SystemCall, _ refused: [UInt64], _ allowed: [UInt64])
      throws
    {
      let machine = FilterMachine(
        instructions: try FilterProgram(Fixture.request(.guest(.network))).instructions)
      let made = FilterMachine(
        instructions: try FilterProgram(compiling: Fixture.policy(.guest(.network))).instructions)
      let rest: [UInt64] = call == .accept4 ? [0, 0, 0x80000, 0, 0] : [0, 0, 0, 0, 0]
      for machine in [machine, made] {
        for descriptor in refused + refused.map({ $0 | 1 << 32 }) {
          #expect(machine.run(call.number, [descriptor] + rest) == FilterMachine.kill)
        }
        for descriptor in allowed {
          #expect(machine.run(call.number, [descriptor] + rest) == FilterMachine.allow)
        }
      }
    }

    @Test(arguments: Role.all)
    func killsEveryOtherNumberAndArchitecture(_ role: Role) throws {
      let policy = try Fixture.policy(role)
      let machine = FilterMachine(instructions: try FilterProgram(compiling: policy).instructions)
      let held = Set(policy.allowed.map(\.call.number))
      let arguments: [UInt64] = [0, 0, 0, 0, 0, 0]
      for number in Int32(-1)...1000 {
        if !held.contains(number) {
          #expect(machine.run(number, arguments) == FilterMachine.kill, "number \(number)")
        }
        #expect(machine.run(number | 0x4000_0000, arguments) == FilterMachine.kill)
        #expect(
          machine.run(number, arguments, architecture: FilterMachine.i386) == FilterMachine.kill)
      }
    }

    @Test(arguments: Role.all)
    func staysSmall(_ role: Role) throws {
      let clock = ContinuousClock()
      var count = 0
      let time = try clock.measure {
        count = try FilterProgram(compiling: Fixture.policy(role)).instructions.count
      }
      print("filter \(role.name): \(count) instructions, made in \(time)")
      #expect(count < 256)
    }
  }
}
