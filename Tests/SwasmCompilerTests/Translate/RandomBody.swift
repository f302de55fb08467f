import ModuleBytes
import SeededRandom
import SwasmModule

@testable import SwasmCompiler

/// A valid module with one function of random structure: nested constructs that assign many locals and
/// branch everywhere, and expressions full of the patterns that fold rules look for.
///
/// The function is `f: [i32 i64 f32 f64] -> [i64]`; its result depends on all locals. Every loop counts down.
struct RandomBody {
  private var random: SeededGenerator
  private var code: [UInt8] = []
  /// Types of the locals; the parameters first, the last one counts loops down.
  private var locals: [ValueType] = [.i32, .i64, .f32, .f64]
  /// What a branch to each open label carries; loops carry nothing.
  private var labels: [ValueType?] = []
  private var budget: Int

  private static let types: [ValueType] = [.i32, .i64, .f32, .f64]
  private static let results: [ValueType: [Opcode]] = {
    var table: [ValueType: [Opcode]] = [:]
    // The interpreters know no vectors.
    let features = Features.translated.subtracting([.simd, .relaxedSIMD])
    for opcode in Opcode.allCases where features.isSuperset(of: opcode.feature) {
      guard opcode.immediate == .none, let (operands, result) = opcode.signature, let result,
        !operands.isEmpty
      else { continue }
      table[result, default: []].append(opcode)
    }
    return table
  }()

  init(seed: UInt64, size: Int = 120) {
    random = SeededGenerator(state: seed)
    budget = size
    for _ in 0..<Int.random(in: 3...12, using: &random) {
      locals.append(Bool.random(using: &random) ? .i32 : Self.types.randomElement(using: &random)!)
    }
    locals.append(.i32)
  }

  /// The module's bytes.
  mutating func module() -> [UInt8] {
    emit(.i32Const, [40])
    emit(.localSet, leb(locals.count - 1))
    while budget > 0 { statement(4) }
    emit(.i64Const, [0])
    for (index, type) in locals.enumerated() {
      emit(.i64Const, [7])
      emit(.i64Rotl)
      emit(.localGet, leb(index))
      switch type {
      case .i32: emit(.i64ExtendI32U)
      case .f32:
        emit(.i32ReinterpretF32)
        emit(.i64ExtendI32S)
      case .f64: emit(.i64ReinterpretF64)
      default: break
      }
      emit(.i64Xor)
    }
    emit(.end)
    let declared = locals.dropFirst(4).flatMap { [1, $0.code] as [UInt8] }
    let body = leb(locals.count - 4) + declared + code
    return ModuleBytes.module(
      section(1, "01 60 04 7f 7e 7d 7c 01 7e"), section(3, "01 00"), section(5, "01 00 01"),
      section(7, "01 01 66 00 00"), [10] + sized([1] + sized(body)))
  }

  private mutating func emit(_ opcode: Opcode, _ immediates: [UInt8] = []) {
    code += opcode.bytes + immediates
  }

  private mutating func chance(_ percent: Int) -> Bool {
    Int.random(in: 0..<100, using: &random) < percent
  }

  // MARK: Statements

  private mutating func statement(_ depth: Int) {
    budget -= 1
    switch Int.random(in: 0..<(depth > 0 ? 14 : 6), using: &random) {
    case 0...3:
      let local = Int.random(in: 0..<(locals.count - 1), using: &random)
      expression(locals[local], 3)
      emit(.localSet, leb(local))
    case 4:
      address()
      expression(.i32, 2)
      emit([.i32Store, .i32Store8, .i32Store16].randomElement(using: &random)!, [0, 4])
    case 5:
      address()
      expression(.i64, 2)
      emit([.i64Store, .i64Store8, .i64Store32].randomElement(using: &random)!, [0, 9])
    case 6, 7:
      emit(.block, [0x40])
      statements(nil, depth)
      emit(.end)
    case 8, 9: loop(depth)
    case 10, 11:
      expression(.i32, 2)
      emit(.if, [0x40])
      statements(nil, depth)
      if chance(60) {
        emit(.else)
        statements(nil, depth)
      }
      emit(.end)
    default: branch()
    }
  }

  /// The inside of a construct; it may end in a branch.
  private mutating func statements(_ label: ValueType?, _ depth: Int, isLoop: Bool = false) {
    labels.append(isLoop ? nil : label)
    for _ in 0..<Int.random(in: 1...4, using: &random) where budget > 0 { statement(depth - 1) }
    if chance(15), let target = labels.indices.randomElement(using: &random) {
      leave(to: target)
    } else if let label {
      expression(label, 2)
    }
    labels.removeLast()
  }

  private mutating func loop(_ depth: Int) {
    let counter = leb(locals.count - 1)
    emit(.loop, [0x40])
    labels.append(nil)
    emit(.localGet, counter)
    emit(.i32Const, [1])
    emit(.i32Sub)
    emit(.localTee, counter)
    emit(.i32Const, [0])
    emit(.i32GtS)
    emit(.if, [0x40])
    statements(nil, depth)
    emit(.br, [1])
    emit(.end)
    labels.removeLast()
    emit(.end)
  }

  private mutating func carry(_ target: Int) {
    if let type = labels[target] { expression(type, 1) }
  }

  private func depth(of target: Int) -> [UInt8] { leb(labels.count - 1 - target) }

  /// An unconditional branch. One back to a loop also counts.
  private mutating func leave(to target: Int) {
    carry(target)
    emit(.br, depth(of: target))
  }

  private mutating func branch() {
    guard let target = labels.indices.randomElement(using: &random) else { return }
    // The labels of loops are only branched back to where the counter is checked.
    carry(target)
    if labels[target] == nil && chance(30) {
      let others = labels.indices.filter { labels[$0] == nil }
      emit(.block, [0x40])
      labels.append(nil)
      expression(.i32, 1)
      let chosen = (0..<Int.random(in: 1...5, using: &random)).map { _ in
        others.randomElement(using: &random)!
      }
      emit(.brTable, leb(chosen.count - 1) + chosen.flatMap { depth(of: $0) })
      labels.removeLast()
      emit(.end)
      return
    }
    expression(.i32, 2)
    emit(.brIf, depth(of: target))
    if labels[target] != nil { emit(.drop) }
  }

  // MARK: Expressions

  private mutating func address() {
    expression(.i32, 1)
    emit(.i32Const, leb(0x3f))
    emit(.i32And)
  }

  private mutating func constant(_ type: ValueType) {
    let small: [Int64] = [0, 1, 2, -1, 7, 8, 16, 24, 31, 32, 33, 48, 56, 63, 64, 255, 65535, 128]
    let wide: [Int64] = [
      0x7fff_ffff, -0x8000_0000, 0xffff_ffff, 0xffff_0000, 0xff00, .max, .min, 0x8000, 1 << 40,
    ]
    switch type {
    case .i32, .i64:
      var value = (chance(75) ? small : wide).randomElement(using: &random)!
      if chance(10) { value = Int64(bitPattern: random.next()) >> Int64.random(in: 0...60) }
      if type == .i32 { value = Int64(Int32(truncatingIfNeeded: value)) }
      emit(type == .i32 ? .i32Const : .i64Const, signedLEB(value))
    case .f32:
      let values: [Float] = [
        0, -0.0, 1, 2, 0.5, -8, .infinity, .nan, 1e30, 3.5, 4.2e9, .leastNonzeroMagnitude,
      ]
      emit(.f32Const, bytes(UInt64(values.randomElement(using: &random)!.bitPattern), 4))
    default:
      let values: [Double] = [
        0, -0.0, 1, 2, 0.25, -16, .infinity, .nan, 1e300, 2.5, 1e19, .leastNonzeroMagnitude,
      ]
      emit(.f64Const, bytes(values.randomElement(using: &random)!.bitPattern, 8))
    }
  }

  private func bytes(_ bits: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: bits >> UInt64(8 * $0)) }
  }

  private func signedLEB(_ value: Int64) -> [UInt8] {
    var (rest, bytes): (Int64, [UInt8]) = (value, [])
    while rest < -64 || rest > 63 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(truncatingIfNeeded: rest) & 0x7f]
  }

  private mutating func expression(_ type: ValueType, _ depth: Int) {
    budget -= 1
    let choice =
      depth > 0 ? Int.random(in: 0..<20, using: &random) : Int.random(in: 0..<6, using: &random)
    switch choice {
    case 0...1: constant(type)
    case 2...5:
      let known = locals.indices.filter { locals[$0] == type }
      if let local = known.randomElement(using: &random) {
        emit(.localGet, leb(local))
      } else {
        constant(type)
      }
    case 6...14: operation(type, depth)
    case 15:
      expression(type, depth - 1)
      expression(type, depth - 1)
      expression(.i32, depth - 1)
      emit(.select)
    case 16:
      address()
      load(type)
    case 17 where budget > 0:
      emit(.block, [type.code])
      statements(type, min(depth, 2))
      emit(.end)
    case 18 where budget > 0:
      expression(.i32, depth - 1)
      emit(.if, [type.code])
      statements(type, min(depth, 2))
      emit(.else)
      statements(type, min(depth, 2))
      emit(.end)
    default:
      expression(type, depth - 1)
      if let local = locals.indices.dropLast().filter({ locals[$0] == type })
        .randomElement(using: &random)
      {
        emit(.localTee, leb(local))
      }
    }
  }

  private mutating func operation(_ type: ValueType, _ depth: Int) {
    let opcode = Self.results[type]!.randomElement(using: &random)!
    let operands = opcode.signature!.operands
    expression(operands[0], depth - 1)
    if operands.count == 2 {
      if chance(50) { constant(operands[1]) } else { expression(operands[1], depth - 1) }
    }
    emit(opcode)
  }

  private mutating func load(_ type: ValueType) {
    switch type {
    case .i32:
      emit([.i32Load, .i32Load8S, .i32Load8U, .i32Load16U].randomElement(using: &random)!, [0, 3])
    case .i64:
      emit(
        [.i64Load, .i64Load8S, .i64Load32U, .i64Load32S].randomElement(using: &random)!, [0, 5])
    case .f32: emit(.f32Load, [0, 0])
    default: emit(.f64Load, [0, 7])
    }
  }
}
