import SwasmArtifact
import SwasmModule

@testable import SwasmCompiler

/// Runs one function body as the specification describes it, operand stack and all: the reference for
/// what the SSA form computes. Calls, tables and globals are left to the specification's suite.
struct StackInterpreter {
  private struct Label {
    /// Where a branch goes on: a loop's first instruction, or behind the `end`.
    var target: Int
    var height: Int
    var arity: Int
    var isLoop: Bool
  }

  let rows = OperatorRow.table()
  var reader: BodyReader
  var locals: [UInt64]
  var memory: [UInt8]
  private var stack: [UInt64] = []
  private var types: [IRType] = []
  private var labels: [Label] = []
  private var steps = 0

  init(_ module: Module, function: Int, _ arguments: [UInt64]) {
    let body = module.bodies[function]
    reader = BodyReader(module.source, at: body.code.lowerBound)
    locals = arguments
    for run in body.locals { locals += Array(repeating: 0, count: Int(run.count)) }
    memory = Array(repeating: 0, count: 1 << 16)
    labels = [Label(target: body.code.upperBound, height: 0, arity: 1, isLoop: false)]
    localTypes = module.functionType(FunctionIndex(function))!.parameters.map(IRType.init)
    for run in body.locals {
      localTypes += Array(repeating: IRType(run.type), count: Int(run.count))
    }
  }
  private var localTypes: [IRType]

  /// The result, or `nil` when it takes too long.
  mutating func run() throws -> UInt64? {
    while !labels.isEmpty {
      steps += 1
      if steps > 200_000 { return nil }
      try step()
    }
    return stack.last
  }

  private mutating func push(_ value: UInt64, _ type: IRType) {
    stack.append(value)
    types.append(type)
  }

  private mutating func pop() -> UInt64 {
    types.removeLast()
    return stack.removeLast()
  }

  private mutating func branch(_ depth: Int) {
    let index = labels.count - 1 - depth
    let label = labels[index]
    let (carried, kinds) = (stack.suffix(label.arity), types.suffix(label.arity))
    stack = Array(stack.prefix(label.height) + carried)
    types = Array(types.prefix(label.height) + kinds)
    labels.removeLast(labels.count - index - (label.isLoop ? 1 : 0))
    reader.position = label.target
  }

  /// Behind the `end` (or `else`) of the construct that the reader is in.
  private func delimiter(stopsAtElse: Bool) -> (position: Int, isElse: Bool) {
    var ahead = reader
    var depth = 0
    while true {
      let row = rows[ahead.opcode()]
      switch row.shape {
      case .block, .loop, .if: depth += 1
      case .end:
        if depth == 0 { return (ahead.position, false) }
        depth -= 1
      case .else:
        if depth == 0 && stopsAtElse { return (ahead.position, true) }
      default: break
      }
      ahead.skipImmediates(row.shape)
    }
  }

  private mutating func construct(_ shape: OperatorShape) {
    let code = reader.s64()
    let arity = code == -64 ? 0 : 1
    let isTaken = shape == .if ? pop() != 0 : true
    let end = delimiter(stopsAtElse: false).position
    let start = reader.position
    if shape == .loop {
      labels.append(Label(target: start, height: stack.count, arity: 0, isLoop: true))
      return
    }
    labels.append(Label(target: end, height: stack.count, arity: arity, isLoop: false))
    if !isTaken {
      let other = delimiter(stopsAtElse: true)
      reader.position = other.position
      if !other.isElse { labels.removeLast() }
    }
  }

  private mutating func step() throws {
    let row = rows[reader.opcode()]
    switch row.shape {
    case .block, .loop, .if: construct(row.shape)
    case .else: branch(0)
    case .end: labels.removeLast()
    case .br: branch(Int(reader.u32()))
    case .brIf:
      let depth = Int(reader.u32())
      if pop() != 0 { branch(depth) }
    case .brTable:
      let depths = (0...Int(reader.u32())).map { _ in Int(reader.u32()) }
      branch(depths[Int(min(pop(), UInt64(depths.count - 1)))])
    case .drop: _ = pop()
    case .select:
      let condition = pop()
      let type = types.last!
      let b = pop()
      let a = pop()
      push(condition != 0 ? a : b, type)
    case .localGet:
      let index = Int(reader.u32())
      push(locals[index], localTypes[index])
    case .localSet: locals[Int(reader.u32())] = pop()
    case .localTee: locals[Int(reader.u32())] = stack.last!
    case .integerConstant: push(UInt64(bitPattern: reader.s64()) & row.type.mask, row.type)
    case .f32Constant: push(reader.fixed(4), .f32)
    case .f64Constant: push(reader.fixed(8), .f64)
    default: try compute(row)
    }
  }

  private mutating func compute(_ row: OperatorRow) throws {
    switch row.shape {
    case .eqz: push(pop() == 0 ? 1 : 0, .i32)
    case .icmp:
      let type = types.last!
      let b = pop()
      let a = pop()
      push(row.condition.holds(a, b, type: type) ? 1 : 0, .i32)
    case .fcmp:
      let type = types.last!
      let b = pop()
      let a = pop()
      push(ConstantFolding.compareFloats(row.condition, type, a, b) ? 1 : 0, .i32)
    case .unary: try unary(row)
    case .binary: try binary(row)
    case .load, .store: access(row)
    default: preconditionFailure("\(row.shape)")
    }
  }

  private mutating func unary(_ row: OperatorRow) throws {
    let from = types.last!
    let a = pop()
    if let bits = ConstantFolding.unary(row.operation, row.type, from, a) {
      return push(bits, row.type)
    }
    switch row.operation {
    case .truncS, .truncU:
      let isNaN = from == .f32 ? Float(bitPattern: UInt32(a)).isNaN : Double(bitPattern: a).isNaN
      throw IRInterpreter.Trap(kind: isNaN ? .invalidConversionToInteger : .integerOverflow)
    default: push(row.type == .f32 ? 0x7fc0_0000 : 0x7ff8_0000_0000_0000, row.type)
    }
  }

  private mutating func binary(_ row: OperatorRow) throws {
    let b = pop()
    let a = pop()
    if row.operation == .copysign {
      let sign: UInt64 = 1 << UInt64(row.type.width - 1)
      return push(a & ~sign | b & sign, row.type)
    }
    if row.type.isFloat {
      let nan: UInt64 = row.type == .f32 ? 0x7fc0_0000 : 0x7ff8_0000_0000_0000
      return push(ConstantFolding.floatBinary(row.operation, row.type, a, b) ?? nan, row.type)
    }
    guard let bits = ConstantFolding.binary(row.operation, row.type, a, b) else {
      throw IRInterpreter.Trap(kind: b == 0 ? .integerDivideByZero : .integerOverflow)
    }
    push(bits, row.type)
  }

  /// All addresses that random bodies compute are in the memory.
  private mutating func access(_ row: OperatorRow) {
    _ = reader.u32()
    let offset = Int(reader.u32())
    let access = Access(rawValue: UInt8(row.flags >> 8))!
    let size =
      switch access {
      case .u8, .s8: 1
      case .u16, .s16: 2
      case .u32, .s32: 4
      case .full: Int(row.type.width) / 8
      }
    if row.shape == .store {
      let value = pop()
      let address = Int(pop()) + offset
      for i in 0..<size {
        memory[address + i] = UInt8(truncatingIfNeeded: value >> UInt64(8 * i))
      }
      return
    }
    let address = Int(pop()) + offset
    var bits: UInt64 = 0
    for i in 0..<size { bits |= UInt64(memory[address + i]) << UInt64(8 * i) }
    if access == .s8 || access == .s16 || access == .s32 {
      let shift = Int64(64 - 8 * size)
      bits = UInt64(bitPattern: (Int64(bitPattern: bits) << shift) >> shift) & row.type.mask
    }
    push(bits, row.type)
  }
}
