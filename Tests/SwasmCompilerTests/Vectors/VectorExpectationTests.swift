import SwasmArtifact
import SwasmModule
import Testing

@testable import SwasmCompiler

/// Golden/Vectors/operations.expect: what V8 makes of every vector operation but the relaxed ones, on some operands, in
/// the form that `Tests/Fuzz/vectors.mjs` writes.
struct VectorExpectationTests {
  private struct Row {
    var operation: VectorOperation
    var lane: Int32
    /// Three vectors and a count.
    var operands: [UInt128]
    var result: UInt128

    init?(_ line: Substring) {
      let words = line.split(separator: " ")
      guard words.count == 7, let number = UInt16(words[0]),
        let operation = VectorOperation(rawValue: number), let lane = Int32(words[1])
      else { return nil }
      let values = words[2...].compactMap { UInt128($0, radix: 16) }
      guard values.count == 5 else { return nil }
      self.operation = operation
      self.lane = lane
      operands = Array(values[..<4])
      result = values[4]
    }
  }

  private static let rows: [Row] = {
    let text = (try? GoldenFiles.read("Vectors", "operations.expect")) ?? ""
    return text.split(separator: "\n").compactMap(Row.init)
  }()

  @Test func everyOperationIsThere() {
    #expect(Set(Self.rows.map(\.operation)).count == 212)
  }

  @Test(arguments: VectorModeTests.modes.indices)
  func operationsComputeTheSame(mode: Int) throws {
    let mode = VectorModeTests.modes[mode]
    let options = CompilerOptions(features: mode.features, registerLimit: mode.registers)
    for row in Self.rows {
      let text = VectorModeTests.body(row.operation, row.lane, nil, scalarLane: 0)
      let isScalar = [.vtest, .extractLane].contains(row.operation.operation)
      let type: ValueType =
        switch isScalar ? row.operation.laneType : .v128 {
        case .i64: .i64
        case .f32: .f32
        case .f64: .f64
        case .v128: .v128
        default: .i32
        }
      let function = try VectorFunction(
        text + "return v100", parameters: [.v128, .v128, .v128, .i32], results: [type], options)
      let (a, b, c) = (row.operands[0], row.operands[1], row.operands[2])
      let found = function(a, b, c, row.operands[3])[0] & Self.mask(type)
      #expect(
        VectorModeTests.agree(row.operation, found, row.result),
        "\(mode.name): \(row), found \(String(found, radix: 16))")
    }
  }

  private static func mask(_ type: ValueType) -> UInt128 {
    switch type {
    case .v128: .max
    case .i64, .f64: UInt128(UInt64.max)
    default: 0xffff_ffff
    }
  }
}
