import SwasmArtifact
import SwasmDecoder
import SwasmModule
import SwasmText
import SwasmValidator
import Testing

@testable import SwasmCompiler

/// The checker finds nothing in what the allocator makes, and something in nearly everything that is made of it
/// by leaving out a move or confusing two registers.
struct AllocationCheckerTests {
  @Test(arguments: BackEndGoldenTests.names, [nil, 6, 4])
  func rightAllocationsPass(name: String, limit: Int?) throws {
    try withAllocation(name, limit) { code, allocated in
      let violation = AllocationChecker.check(allocated, of: code)
      #expect(violation == nil, "\(violation as Any)")
    }
  }

  @Test func missingMovesAreFound() throws {
    let (found, count) = try damage { allocated, k in
      let isMove = allocated.origins[k] < 0
      if isMove { allocated.instructions[k] = Self.noMove }
      return isMove
    }
    #expect(count > 100)
    #expect(found == count)
  }

  @Test func wrongSourcesAreFound() throws {
    let (found, count) = try damage { allocated, k in
      let i = allocated.instructions[k]
      let isRead = i.roles.contains(.r1Read) && !i.roles.contains(.r1Tied) && i.r1.id >= 0
      // One of the same class that is seldom used.
      if isRead { allocated.instructions[k].r1 = i.r1.isVector ? .xmm(14) : .r14 }
      return isRead
    }
    #expect(count > 100)
    #expect(found == count)
  }

  @Test func registersThatAreNotSavedAreFound() throws {
    let (found, count) = try damage { allocated, k in
      let i = allocated.instructions[k]
      let isWritten =
        i.roles.contains(.r0Written) && i.r0.id >= 0
        && i.r0.bit & Allocator.calleeSaved & allocated.usedRegisters != 0
      if isWritten { allocated.usedRegisters &= ~i.r0.bit }
      return isWritten
    }
    #expect(count > 20)
    #expect(found == count)
  }

  @Test func changedInstructionsAreFound() throws {
    let (found, count) = try damage { allocated, k in
      let isOriginal = allocated.origins[k] >= 0
      if isOriginal { allocated.instructions[k].immediate ^= 1 }
      return isOriginal
    }
    #expect(count > 150)
    #expect(found == count)
  }

  @Test func halvedVectorsAreFound() throws {
    let (found, count) = try damage { allocated, k in
      let i = allocated.instructions[k]
      let isVector = allocated.origins[k] < 0 && i.base == .spillSlot && i.width == 16
      if isVector { allocated.instructions[k].width = 8 }
      return isVector
    }
    #expect(count > 5)
    #expect(found == count)
  }

  /// An exception passes by its handler if the call does not say where it throws to, or is not the last thing that its
  /// block does.
  @Test(arguments: ["try-constants", "try-in-loop"])
  func callsThatThrowElsewhereAreFound(name: String) throws {
    var count = 0
    try withSelection(name) { code in
      for i in code.instructions.indices where code.instructions[i].throwsToHandler {
        count += 1
        code.instructions[i].address.remove(.mayThrow)
        #expect(Self.violation(in: code).contains("is missing"))
        code.instructions[i].address.insert(.mayThrow)
      }
      for block in code.blocks.indices where code.blocks[block].terminator.kind == .invoke {
        count += 1
        code.blocks[block].terminator.kind = .branch
        #expect(Self.violation(in: code).contains("inside a block"))
        code.blocks[block].terminator.kind = .invoke
      }
    }
    #expect(count >= 2)
  }

  private static func violation(in code: borrowing MachineFunction) -> String {
    var allocator = Allocator(registerLimit: nil)
    allocator.allocate(code)
    return AllocationChecker.check(allocator.output, of: code)?.description ?? "nothing"
  }

  private static let noMove = MachineInstruction(.mov, .dr, width: 8, r0: .xmm(15), r1: .xmm(15))

  /// Damages each instruction of each allocation in turn; counts those damaged and those found out.
  private func damage(
    _ change: (inout AllocatedFunction, Int) -> Bool
  ) throws -> (found: Int, count: Int) {
    var (found, count) = (0, 0)
    for name in BackEndGoldenTests.names {
      try withAllocation(name, 6) { code, allocated in
        for k in allocated.instructions.indices {
          var damaged = allocated
          guard change(&damaged, k) else { continue }
          count += 1
          if AllocationChecker.check(damaged, of: code) != nil {
            found += 1
          } else {
            print("not found in \(name): \(allocated.instructions[k])")
          }
        }
      }
    }
    return (found, count)
  }

  private func withAllocation(
    _ name: String, _ limit: Int?,
    _ body: (borrowing MachineFunction, AllocatedFunction) throws -> Void
  ) throws {
    try withSelection(name) { code in
      var allocator = Allocator(registerLimit: limit)
      allocator.allocate(code)
      try body(code, allocator.output)
    }
  }

  private func withSelection(
    _ name: String, _ body: (inout MachineFunction) throws -> Void
  ) throws {
    let text = try GoldenFiles.read("Lower", name + ".wat")
    var types = TypeTables()
    let module = try validate(decode(encode(text: Array(text.utf8))), types: &types)
    let options = CompilerOptions(features: [.sse41, .popcnt, .fsgsbase])
    let plan = ModulePlan(
      module, types.functionTypes.map(CallingConvention.init), options, mayUseGS: true)
    var translator = Translator(TranslationContext(module.module, types: module.canonicalTypes))
    var selector = Selector(plan: plan)
    var validator = FunctionValidator()
    try validator.validate(function: 0, in: module)
    translator.translate(module.functionIndex(defined: 0), into: &selector.ir)
    selector.select()
    try body(&selector.code)
  }
}
