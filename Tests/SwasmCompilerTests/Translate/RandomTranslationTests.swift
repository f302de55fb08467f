import Foundation
import SwasmDecoder
import SwasmModule
import Testing

@testable import SwasmCompiler

/// Random bodies compute the same on the specification's stack machine and in SSA form, folded or not.
///
/// SWASM_SEED runs one seed, SWASM_BODIES another number of bodies.
struct RandomTranslationTests {
  private static let seeds: Range<UInt64> = {
    let environment = ProcessInfo.processInfo.environment
    if let seed = environment["SWASM_SEED"].flatMap(UInt64.init) { return seed..<(seed + 1) }
    return 0..<(environment["SWASM_BODIES"].flatMap(UInt64.init) ?? 400)
  }()

  private static let arguments: [[UInt64]] = [
    [0, 0, 0, 0],
    [1, 1, 0x3f80_0000, 0x3ff0_0000_0000_0000],
    [0xffff_ffff, .max, 0xbf80_0000, 0xc00c_0000_0000_0000],
    [0x8000_0000, 1 << 63, 0x7f80_0000, 0x41e0_0000_0000_0000],
    [0x1234_5678, 0xfedc_ba98_7654_3210, 0x4b7f_ffff, 0x43e0_0000_0000_0000],
    [255, 0x8000_8080, 0x7fc0_0000, 0x8000_0000_0000_0000],
  ]

  private enum Outcome: Equatable {
    case value(UInt64, memory: Int)
    case trap(String)
    case tooLong
  }

  @Test func bodiesComputeTheSame() throws {
    var finished = 0
    for seed in Self.seeds {
      var generator = RandomBody(seed: seed)
      let bytes = generator.module()
      let module = try decode(bytes)
      for arguments in Self.arguments {
        let expected = Self.reference(module, arguments)
        if case .value = expected { finished += 1 }
        guard expected != .tooLong else { continue }
        for foldsValues in [true, false] {
          let found = try Self.translated(bytes, arguments, foldsValues)
          guard found == expected else {
            Issue.record(
              """
              seed \(seed), arguments \(arguments), folds \(foldsValues): \(found), not \(expected)
              """)
            return
          }
        }
      }
    }
    // Most bodies must come to an end without a trap, or little is tested.
    #expect(finished > Self.seeds.count * Self.arguments.count / 4)
  }

  private static func reference(_ module: Module, _ arguments: [UInt64]) -> Outcome {
    var interpreter = StackInterpreter(module, function: 0, arguments)
    do {
      guard let value = try interpreter.run() else { return .tooLong }
      return .value(value, memory: interpreter.memory.hashValue)
    } catch {
      return .trap("\(error)")
    }
  }

  private static func translated(
    _ bytes: [UInt8], _ arguments: [UInt64], _ foldsValues: Bool
  ) throws -> Outcome {
    var interpreter = try IRInterpreter.instantiate(bytes, foldsValues: foldsValues)
    do {
      let results = try interpreter.invoke("f", arguments)
      return .value(results[0], memory: interpreter.memory.hashValue)
    } catch let trap as IRInterpreter.Trap {
      return .trap("\(trap)")
    }
  }
}
