import CSeccomp
import Foundation
import SeededRandom
import Testing

@testable import SwasmLockdown

extension Role {
  fileprivate var isGuest: Bool { if case .guest = self { true } else { false } }
  /// What processes of the role bind.
  fileprivate var pollLimit: Int { isGuest ? 64 : 3 }
}

/// A template, made by libseccomp now.
private struct Compiled {
  let name: String
  let role: Role
  let template: FilterTemplate

  static let roles: [(name: String, role: Role)] = [
    ("pure", .guest(.pure)), ("strict", .guest(.strict)), ("standard", .guest(.standard)),
    ("network", .guest(.network)), ("compiler", .compiler), ("broker", .broker),
  ]

  init(_ name: String, _ role: Role) throws {
    self.name = name
    self.role = role
    let isGuest = role.isGuest
    let standIn = FilterTemplate.StandIn.descriptor
    let bindings = FilterBindings(
      memories: isGuest ? [FilterTemplate.StandIn.memory] : [],
      channels: role == .compiler ? [] : [standIn],
      statusDescriptor: role == .compiler ? standIn : nil, pollLimit: role.pollLimit)
    let program = try FilterProgram(
      compiling: try FilterPolicy(FilterRequest(role: role, bindings: bindings))
    ).instructions
    let rows = SystemCallTable.rows(for: role)
    template = FilterTemplate(
      instructions: program,
      calls: Self.numberComparisons(program).map { position in
        let number = Int32(bitPattern: UInt32(program[position] >> 32))
        let held = rows.filter { $0.call.number == number }
        let needs = held.compactMap(\.need)
        return FilterTemplate.Call(
          at: position, need: needs.count < held.count ? nil : KernelNeeds(needs),
          isDivided: Self.areForDifferentValues(held))
      },
      memory: Self.comparisons(program, FilterTemplate.StandIn.memory.base >> 32),
      descriptor: Self.comparisons(program, UInt64(UInt32(bitPattern: standIn))),
      pollLimit: bindings.pollLimit)
  }

  /// Two rows of a call, each for one value of the first argument: neither holds what the other does.
  private static func areForDifferentValues(_ rows: [SystemCallRow]) -> Bool {
    rows.count > 1
      && rows.allSatisfy { row in
        if case .equals = row.arguments.first?.constraint { true } else { false }
      }
  }

  private static func isEquality(_ instruction: UInt64) -> Bool { instruction & 0xffff == 0x15 }

  private static func comparisons(_ program: [UInt64], _ constant: UInt64) -> [Int] {
    program.indices.filter { isEquality(program[$0]) && program[$0] >> 32 == constant }
  }

  /// Where the accumulator is the call's number and compared with that of a call: all ways through the program are
  /// followed.
  private static func numberComparisons(_ program: [UInt64]) -> [Int] {
    var found: Set<Int> = []
    var seen: Set<[Int]> = []
    var open = [[0, 0]]
    while let state = open.popLast() {
      guard seen.insert(state).inserted else { continue }
      let (at, isNumber) = (state[0], state[1])
      let word = program[at]
      switch word & 0xffff {
      case 0x20: open.append([at + 1, word >> 32 == 0 ? 1 : 0])
      case 0x54: open.append([at + 1, 0])
      case 0x05: open.append([at + 1 + Int(word >> 32), isNumber])
      case 0x06: break
      default:
        // The number −1 that a tracer may leave is no call's.
        if isEquality(word), isNumber == 1, word >> 32 != 0xffff_ffff { found.insert(at) }
        open.append([at + 1 + Int(word >> 16 & 0xff), isNumber])
        open.append([at + 1 + Int(word >> 24 & 0xff), isNumber])
      }
    }
    return found.sorted()
  }

  /// The template as a member of `PrecompiledFilters`.
  var source: String {
    func list(_ positions: [Int]) -> String { positions.map { "\($0)" }.joined(separator: ", ") }
    var text =
      "  /// `\(role.name)`.\n  static let \(name) = FilterTemplate(\n    instructions: [\n"
    for start in stride(from: 0, to: template.instructions.count, by: 5) {
      let line = template.instructions[start..<min(start + 5, template.instructions.count)]
      text += "      " + line.map { "0x" + Self.hex($0) + "," }.joined(separator: " ") + "\n"
    }
    text += "    ],\n    calls: [\n"
    for call in template.calls {
      let need = call.need.map { ", need: KernelNeeds(rawValue: \($0.rawValue))" } ?? ""
      let divided = call.isDivided ? ", isDivided: true" : ""
      text += "      Call(at: \(call.at)\(need)\(divided)),\n"
    }
    text +=
      "    ],\n    memory: [\(list(template.memory))], descriptor: [\(list(template.descriptor))],"
    return text + " pollLimit: \(template.pollLimit))\n"
  }

  private static func hex(_ word: UInt64) -> String {
    let digits = String(word, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

extension LockdownTests {
  @Suite struct PrecompiledFilter {
    private static let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/SwasmLockdown/PrecompiledFilters.swift")

    /// The versions of libseccomp differ in the order of comparisons, not in what they mean.
    private static let library: String = {
      let version = seccomp_version().pointee
      return "\(version.major).\(version.minor).\(version.micro)"
    }()

    @Test func isWhatLibseccompMakes() throws {
      var text = """
        // Made from the table by libseccomp \(Self.library). Not to be edited: `make bless` makes it anew.
        // swift-format-ignore-file

        /// The filters of the roles, see ``FilterTemplate``.
        enum PrecompiledFilters {
          private typealias Call = FilterTemplate.Call


        """
      let members = try Compiled.roles.map { try Compiled($0.name, $0.role).source }
      text += members.joined(separator: "\n") + "}\n"
      if ProcessInfo.processInfo.environment["SWASM_BLESS"] == "1" {
        try text.write(to: Self.file, atomically: true, encoding: .utf8)
        return
      }
      let found = try String(contentsOf: Self.file, encoding: .utf8)
      let first = found.prefix { $0 != "\n" }
      guard first.contains("libseccomp \(Self.library).") else {
        print("NOT TESTED: the precompiled filters are another libseccomp's than \(Self.library)")
        return
      }
      #expect(
        found == text,
        "PrecompiledFilters.swift is not what the table says; SWASM_BLESS=1 rewrites it")
    }

    /// Whatever a process needs: the template, filled in, permits what the table does.
    @Test(arguments: Compiled.roles.map(\.role))
    func agreesWithTheTable(_ role: Role) throws {
      let seed = UInt64.random(in: .min ... .max)
      var generator = SeededGenerator(state: seed)
      let isGuest = role.isGuest
      for round in 0..<200 {
        let needs =
          round == 0
          ? .all
          : KernelNeeds(
            rawValue: UInt32.random(in: 0...KernelNeeds.all.rawValue, using: &generator))
        var bindings = Fixture.bindings
        bindings.pollLimit = role.pollLimit
        if !needs.contains(.openPaths), isGuest { bindings.channels = [] }
        if !needs.contains(.growMemory) || !isGuest { bindings.memories = [] }
        let request = FilterRequest(role: role, needs: needs, bindings: bindings)
        guard let program = FilterTemplate.template(for: request)?.program(request) else {
          // One of the two streams that are written to, which is rare.
          #expect(isGuest && needs.contains(.writeOutput) != needs.contains(.writeErrors))
          continue
        }
        try compare(program, try FilterPolicy(request), seed, &generator)
      }
    }

    private func compare(
      _ program: [UInt64], _ policy: FilterPolicy, _ seed: UInt64,
      _ generator: inout SeededGenerator
    ) throws {
      let machine = FilterMachine(instructions: program)
      for call in SystemCall.allCases {
        let allowed = policy.allowed.filter { $0.call == call }
        for _ in 0..<8 {
          var arguments = (0..<6).map { _ in UInt64.random(in: 0...70, using: &generator) }
          for comparison in allowed.randomElement(using: &generator)?.comparisons ?? [] {
            arguments[comparison.position] = comparison.value
          }
          let touched = Int.random(in: 0..<6, using: &generator)
          switch Int.random(in: 0..<3, using: &generator) {
          case 0: arguments[touched] &+= 1
          case 1: arguments[touched] ^= 1 << UInt64.random(in: 0..<64, using: &generator)
          default: break
          }
          let expected = policy.permits(call.number, arguments)
          try #require(
            machine.run(call.number, arguments)
              == (expected ? FilterMachine.allow : FilterMachine.kill),
            "seed \(seed): \(policy.role.name) \(call) \(arguments)")
        }
      }
      for number in Int32(-1)...500
      where !policy.allowed.contains(where: { $0.call.number == number }) {
        try #require(
          machine.run(number, [0, 0, 0, 0, 0, 0]) == FilterMachine.kill, "number \(number)")
      }
      try #require(
        machine.run(Int32(FilterTemplate.StandIn.noCall), [0, 0, 0, 0, 0, 0]) == FilterMachine.kill)
    }

    /// The start of a guest meets no libseccomp.
    @Test(arguments: Compiled.roles.map(\.role))
    func isUsed(_ role: Role) throws {
      var bindings = Fixture.bindings
      bindings.pollLimit = role.pollLimit
      let request = FilterRequest(role: role, bindings: bindings)
      #expect(FilterTemplate.template(for: request)?.program(request) != nil)
    }

    /// What a template has no place for is left to libseccomp.
    @Test func leavesTheRestToLibseccomp() throws {
      let two = [MemoryReservation(base: 1 << 40), MemoryReservation(base: 1 << 41)]
      let small = [MemoryReservation(base: 1 << 40, bits: 20)]
      for memories in [two, small, []] {
        let request = FilterRequest(
          role: .guest(.pure), bindings: FilterBindings(memories: memories, pollLimit: 64))
        #expect(FilterTemplate.template(for: request)?.program(request) == nil)
      }
      let without = FilterRequest(
        role: .guest(.standard), needs: [.openPaths], bindings: FilterBindings(pollLimit: 64))
      #expect(FilterTemplate.template(for: without)?.program(without) == nil)
    }
  }
}
