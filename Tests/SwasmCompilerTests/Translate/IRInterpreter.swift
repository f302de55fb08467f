import SwasmArtifact
import SwasmDecoder
import SwasmModule
import SwasmValidator

@testable import SwasmCompiler

/// Runs functions in SSA form, so that translation can be judged by what programs compute. One module at a time, with
/// the imports of the specification's `spectest`. Iterative; slow is fine.
struct IRInterpreter: ~Copyable {
  struct Trap: Error {
    var kind: TrapKind
  }
  enum Failure: Error {
    case unsupported(String)
  }

  /// An ``IRFunction`` that can be kept in an array.
  struct Code {
    var instructions: ContiguousArray<Instruction> = []
    var blocks: ContiguousArray<Block> = []
    var edges: ContiguousArray<Edge> = []
    var pool: ContiguousArray<Int32> = []
  }

  private struct Activation {
    var function: Int
    var values: [UInt64]
    var position: Int
  }

  let module: ValidatedModule
  var codes: [Code?] = []
  var memory: [UInt8] = []
  var pages: UInt64 = 0
  var globals: [UInt64] = []
  /// References: 0 is null, a function's is its index + 1, a host's its number + 1.
  var tables: [[UInt64]] = []
  var elements: [[UInt64]] = []
  var droppedData: Set<Int> = []
  var translator: Translator
  var steps = 0

  /// Instantiates a module whose imports are those of `spectest`.
  static func instantiate(_ bytes: [UInt8], foldsValues: Bool = true) throws -> IRInterpreter {
    var types = TypeTables()
    let module = try validateAll(
      try decode(bytes, features: .translated), types: &types, features: .translated)
    var interpreter = IRInterpreter(module, foldsValues: foldsValues)
    try interpreter.initialize()
    return interpreter
  }

  private init(_ validated: ValidatedModule, foldsValues: Bool) {
    module = validated
    translator = Translator(
      TranslationContext(validated.module, types: validated.canonicalTypes))
    if !foldsValues { translator.values.depth = ValueBuilder.depthLimit }
  }

  private mutating func initialize() throws {
    let source = module.module
    codes = Array(repeating: nil, count: source.functions.count)
    try importItems()
    for (index, type) in source.memories.enumerated() where index >= source.importedMemoryCount {
      pages = type.limits.minimum
    }
    if source.memories.count > 1 { throw Failure.unsupported("memories") }
    memory = Array(repeating: 0, count: Int(pages) << 16)
    for table in source.tables.dropFirst(source.importedTableCount) {
      tables.append(Array(repeating: 0, count: Int(table.limits.minimum)))
    }
    for (initializer, table) in zip(source.tableInitializers, source.importedTableCount...) {
      guard let initializer else { continue }
      tables[table] = Array(repeating: evaluate(initializer), count: tables[table].count)
    }
    for initializer in source.globalInitializers { globals.append(evaluate(initializer)) }
    try runSegments()
    if let start = source.start { _ = try call(start.value, []) }
  }

  private mutating func importItems() throws {
    for item in module.module.imports {
      guard item.module == "spectest" else { throw Failure.unsupported("import \(item.module)") }
      switch item.item {
      case .function: break
      case .global(let type):
        switch type.value {
        case .f32: globals.append(UInt64(Float(666.6).bitPattern))
        case .f64: globals.append(666.6.bitPattern)
        default: globals.append(666)
        }
      case .memory: pages = 1
      case .table: tables.append(Array(repeating: 0, count: 10))
      case .tag, .module, .instance: throw Failure.unsupported("linked import \(item.module)")
      }
    }
  }

  private mutating func runSegments() throws {
    let source = module.module
    for segment in source.elements {
      let items: [UInt64] =
        switch segment.items {
        case .functions(let functions): functions.map { UInt64($0.rawValue) + 1 }
        case .expressions(let expressions): expressions.map { evaluate($0) }
        }
      elements.append(items)
      let index = elements.count - 1
      if case .active(let table, let offset) = segment.mode {
        try copyElements(
          to: table.position, from: index, UInt32(truncatingIfNeeded: evaluate(offset)), 0,
          UInt32(items.count))
      }
      if case .passive = segment.mode { continue }
      elements[index] = []
    }
    for (index, segment) in source.dataSegments.enumerated() {
      guard case .active(_, let offset) = segment.mode else { continue }
      try initializeMemory(
        index, UInt32(truncatingIfNeeded: evaluate(offset)), 0, UInt32(segment.bytes.count))
      droppedData.insert(index)
    }
  }

  private func evaluate(_ expression: ConstantExpression) -> UInt64 {
    var stack: [UInt64] = []
    for instruction in expression.instructions {
      switch instruction {
      case .i32Const(let value): stack.append(UInt64(UInt32(bitPattern: value)))
      case .i64Const(let value): stack.append(UInt64(bitPattern: value))
      case .f32Const(let bits): stack.append(UInt64(bits))
      case .f64Const(let bits): stack.append(bits)
      case .globalGet(let index): stack.append(globals[index.position])
      case .v128Const: preconditionFailure("vectors are not translated")
      case .refNull: stack.append(0)
      case .refFunc(let index): stack.append(UInt64(index.rawValue) + 1)
      case .i32Add, .i64Add, .i32Sub, .i64Sub, .i32Mul, .i64Mul:
        let b = stack.removeLast()
        let a = stack.removeLast()
        switch instruction {
        case .i32Add: stack.append((a &+ b) & 0xffff_ffff)
        case .i64Add: stack.append(a &+ b)
        case .i32Sub: stack.append((a &- b) & 0xffff_ffff)
        case .i64Sub: stack.append(a &- b)
        case .i32Mul: stack.append((a &* b) & 0xffff_ffff)
        default: stack.append(a &* b)
        }
      }
    }
    return stack[0]
  }

  // MARK: Running

  mutating func invoke(_ name: String, _ arguments: [UInt64]) throws -> [UInt64] {
    guard
      let export = module.module.exports.first(where: {
        $0.name.utf8.elementsEqual(name.utf8)
      })
    else {
      throw Failure.unsupported("export \(name)")
    }
    return try call(FunctionIndex(export.index), arguments)
  }

  private mutating func code(_ function: Int) throws -> Code {
    if let code = codes[function] { return code }
    var ir = IRFunction(name: FunctionIndex(function), parameters: [], results: [])
    translator.translate(FunctionIndex(function), into: &ir)
    if let violation = ir.verify() { throw Failure.unsupported(violation + "\n" + ir.printed()) }
    let code = Code(
      instructions: ir.instructions, blocks: ir.blocks, edges: ir.edges, pool: ir.pool)
    codes[function] = code
    return code
  }

  mutating func call(_ index: FunctionIndex, _ arguments: [UInt64]) throws -> [UInt64] {
    var stack: [Activation] = []
    var results: [UInt64]? = try enter(index.position, arguments, &stack)
    while let activation = stack.last {
      if let returned = results {
        // A call has come back: its results go to the call or the `result`s behind it.
        let position = activation.position
        let code = try code(activation.function)
        if code.instructions[position].type != .none {
          stack[stack.count - 1].values[position] = returned[0]
        }
        for (number, value) in returned.enumerated()
        where code.instructions[position].type == .none {
          stack[stack.count - 1].values[position + 1 + number] = value
        }
        stack[stack.count - 1].position += 1
      }
      results = try run(&stack)
    }
    return results ?? []
  }

  /// Begins a call; the results at once when it is an imported function.
  private mutating func enter(
    _ function: Int, _ arguments: [UInt64], _ stack: inout [Activation]
  ) throws -> [UInt64]? {
    if function < module.module.importedFunctionCount { return [] }
    if stack.count > 2000 { throw Trap(kind: .stackOverflow) }
    let code = try code(function)
    var values = [UInt64](repeating: 0, count: code.instructions.count)
    for (position, argument) in zip(code.blocks[0].parameters.range, arguments) {
      values[Int(code.pool[position])] = argument
    }
    stack.append(Activation(function: function, values: values, position: 0))
    return nil
  }

  /// Runs the innermost call until it calls or returns; the results of what returned.
  private mutating func run(_ stack: inout [Activation]) throws -> [UInt64]? {
    var activation = stack.removeLast()
    let code = try code(activation.function)
    while true {
      steps += 1
      if steps > 50_000_000 { throw Failure.unsupported("too long") }
      let x = code.instructions[activation.position]
      func list(_ start: Int32, _ count: Int32) -> [UInt64] {
        code.pool[Int(start)..<Int(start + count)].map { activation.values[Int($0)] }
      }
      func follow(_ edge: Int32) -> Int {
        let edge = code.edges[Int(edge)]
        let arguments = list(edge.arguments.start, edge.arguments.count)
        let block = code.blocks[edge.to.position]
        for (position, argument) in zip(block.parameters.range, arguments) {
          activation.values[Int(code.pool[position])] = argument
        }
        return Int(block.start)
      }
      switch x.op {
      case .jump: activation.position = follow(x.c)
      case .branch:
        let isTaken = activation.values[Int(x.a)] != 0
        activation.position = follow(isTaken ? x.c : x.c + 1)
      case .branchTable:
        let index = Int32(min(activation.values[Int(x.a)], UInt64(x.b) - 1))
        activation.position = follow(x.c + index)
      case .return: return list(x.a, x.b)
      case .trap: throw Trap(kind: TrapKind(rawValue: UInt8(x.flags))!)
      case .call, .callIndirect:
        var arguments = list(x.a, x.b)
        var callee = Int(x.c)
        if x.op == .callIndirect {
          let index = arguments.removeLast()
          let table = tables[Int(x.flags)]
          guard index < table.count else { throw Trap(kind: .undefinedElement) }
          callee = Int(table[Int(index)]) - 1
          guard callee >= 0 else { throw Trap(kind: .uninitializedElement) }
          let type = module.canonicalType(of: FunctionIndex(callee))
          guard type.rawValue == UInt32(x.c) else { throw Trap(kind: .indirectCallTypeMismatch) }
        }
        stack.append(activation)
        return try enter(callee, arguments, &stack)
      case .nop, .param, .result: activation.position += 1
      default:
        activation.values[activation.position] = try execute(x, activation.values, code)
        activation.position += 1
      }
    }
  }

  private mutating func execute(
    _ x: Instruction, _ values: [UInt64], _ code: Code
  ) throws -> UInt64 {
    func value(_ id: Int32) -> UInt64 { values[Int(id)] }
    switch x.op {
    case .constant: return x.constantBits
    case .select: return value(x.c) != 0 ? value(x.a) : value(x.b)
    case .icmp:
      let type = code.instructions[Int(x.a)].type
      return x.condition.holds(value(x.a), value(x.b), type: type) ? 1 : 0
    case .fcmp:
      let type = code.instructions[Int(x.a)].type
      return ConstantFolding.compareFloats(x.condition, type, value(x.a), value(x.b)) ? 1 : 0
    case .load: return try load(x, value(x.a))
    case .store:
      try store(x, value(x.a), value(x.b), code.instructions[Int(x.b)].type)
      return 0
    case .memorySize: return pages
    case .globalGet: return globals[Int(x.c)]
    case .globalSet:
      globals[Int(x.c)] = value(x.a)
      return 0
    case .tableGet:
      let table = tables[Int(x.flags)]
      guard value(x.a) < table.count else { throw Trap(kind: .tableOutOfBounds) }
      return table[Int(value(x.a))]
    case .tableSize: return UInt64(tables[Int(x.flags)].count)
    case .refFunc: return UInt64(x.c) + 1
    case .libcall:
      let arguments = code.pool[Int(x.a)..<Int(x.a + x.b)].map {
        UInt32(truncatingIfNeeded: value($0))
      }
      let last = code.pool[Int(x.a)..<Int(x.a + x.b)].map { value($0) }
      return try libcall(Libcall(rawValue: UInt8(x.flags))!, arguments, last)
    default: return try compute(x, values, code)
    }
  }

  private func compute(_ x: Instruction, _ values: [UInt64], _ code: Code) throws -> UInt64 {
    let a = values[Int(x.a)]
    if x.op.uses == .a {
      let from = code.instructions[Int(x.a)].type
      if let bits = ConstantFolding.unary(x.op, x.type, from, a) { return bits }
      switch x.op {
      case .truncS, .truncU:
        let isNaN =
          from == .f32 ? Float(bitPattern: UInt32(a)).isNaN : Double(bitPattern: a).isNaN
        throw Trap(kind: isNaN ? .invalidConversionToInteger : .integerOverflow)
      default: return x.type == .f32 ? 0x7fc0_0000 : 0x7ff8_0000_0000_0000
      }
    }
    let b = values[Int(x.b)]
    if x.op == .copysign {
      let sign: UInt64 = 1 << UInt64(x.type.width - 1)
      return a & ~sign | b & sign
    }
    if x.type.isFloat {
      return ConstantFolding.floatBinary(x.op, x.type, a, b)
        ?? (x.type == .f32 ? 0x7fc0_0000 : 0x7ff8_0000_0000_0000)
    }
    if let bits = ConstantFolding.binary(x.op, x.type, a, b) { return bits }
    throw Trap(kind: b == 0 ? .integerDivideByZero : .integerOverflow)
  }

  // MARK: Memory and tables

  private func load(_ x: Instruction, _ address: UInt64) throws -> UInt64 {
    let start = (address & 0xffff_ffff) + UInt64(x.offset)
    let (size, isSigned) = Self.shape(x.access, x.type)
    guard start + UInt64(size) <= memory.count else { throw Trap(kind: .memoryOutOfBounds) }
    var bits: UInt64 = 0
    for i in 0..<size { bits |= UInt64(memory[Int(start) + i]) << UInt64(8 * i) }
    if isSigned && size < 8 {
      let shift = Int64(64 - 8 * size)
      bits = UInt64(bitPattern: (Int64(bitPattern: bits) << shift) >> shift) & x.type.mask
    }
    return bits
  }

  private mutating func store(
    _ x: Instruction, _ address: UInt64, _ value: UInt64, _ type: IRType
  ) throws {
    let start = (address & 0xffff_ffff) + UInt64(x.offset)
    let (size, _) = Self.shape(x.access, type)
    guard start + UInt64(size) <= memory.count else { throw Trap(kind: .memoryOutOfBounds) }
    for i in 0..<size {
      memory[Int(start) + i] = UInt8(truncatingIfNeeded: value >> UInt64(8 * i))
    }
  }

  private static func shape(_ access: Access, _ type: IRType) -> (Int, Bool) {
    switch access {
    case .u8: (1, false)
    case .s8: (1, true)
    case .u16: (2, false)
    case .s16: (2, true)
    case .u32: (4, false)
    case .s32: (4, true)
    case .full: (Int(type.width) / 8, false)
    }
  }

  private mutating func libcall(
    _ callee: Libcall, _ a: [UInt32], _ wide: [UInt64]
  ) throws -> UInt64 {
    func check(_ start: UInt32, _ length: UInt32, _ count: Int, _ kind: TrapKind) throws {
      guard UInt64(start) + UInt64(length) <= count else { throw Trap(kind: kind) }
    }
    switch callee {
    case .exceptionMake, .exceptionThrow, .memoryWait: preconditionFailure("in no random body")
    case .memoryGrow:
      let old = pages
      let isImported = module.module.importedMemoryCount > 0
      let most = isImported ? 2 : module.module.memories[0].limits.maximum ?? 65536
      guard pages + UInt64(a[1]) <= min(most, 1024) else { return 0xffff_ffff }
      pages += UInt64(a[1])
      memory += Array(repeating: 0, count: Int(a[1]) << 16)
      return old
    case .memoryFill:
      try check(a[1], a[3], memory.count, .memoryOutOfBounds)
      for i in 0..<Int(a[3]) { memory[Int(a[1]) + i] = UInt8(truncatingIfNeeded: a[2]) }
    case .memoryCopy:
      try check(a[2], a[4], memory.count, .memoryOutOfBounds)
      try check(a[3], a[4], memory.count, .memoryOutOfBounds)
      let bytes = Array(memory[Int(a[3])..<Int(a[3]) + Int(a[4])])
      memory.replaceSubrange(Int(a[2])..<Int(a[2]) + Int(a[4]), with: bytes)
    case .memoryInit: try initializeMemory(Int(a[1]), a[2], a[3], a[4])
    case .dataDrop: droppedData.insert(Int(a[0]))
    case .tableGrow:
      let table = Int(a[0])
      let old = UInt64(tables[table].count)
      let most = module.module.tables[table].limits.maximum ?? UInt64(UInt32.max)
      guard old + UInt64(a[2]) <= min(most, 1 << 20) else { return 0xffff_ffff }
      tables[table] += Array(repeating: wide[1], count: Int(a[2]))
      return old
    case .tableFill:
      try check(a[1], a[3], tables[Int(a[0])].count, .tableOutOfBounds)
      for i in 0..<Int(a[3]) { tables[Int(a[0])][Int(a[1]) + i] = wide[2] }
    case .tableCopy:
      try check(a[2], a[4], tables[Int(a[0])].count, .tableOutOfBounds)
      try check(a[3], a[4], tables[Int(a[1])].count, .tableOutOfBounds)
      let items = Array(tables[Int(a[1])][Int(a[3])..<Int(a[3]) + Int(a[4])])
      tables[Int(a[0])].replaceSubrange(Int(a[2])..<Int(a[2]) + Int(a[4]), with: items)
    case .tableInit: try copyElements(to: Int(a[0]), from: Int(a[1]), a[2], a[3], a[4])
    case .elementDrop: elements[Int(a[0])] = []
    case .tableSet:
      try check(a[1], 1, tables[Int(a[0])].count, .tableOutOfBounds)
      tables[Int(a[0])][Int(a[1])] = wide[2]
    }
    return 0
  }

  private mutating func copyElements(
    to table: Int, from segment: Int, _ to: UInt32, _ from: UInt32, _ count: UInt32
  ) throws {
    guard UInt64(to) + UInt64(count) <= tables[table].count,
      UInt64(from) + UInt64(count) <= elements[segment].count
    else { throw Trap(kind: .tableOutOfBounds) }
    for i in 0..<Int(count) { tables[table][Int(to) + i] = elements[segment][Int(from) + i] }
  }

  private mutating func initializeMemory(
    _ segment: Int, _ to: UInt32, _ from: UInt32, _ count: UInt32
  ) throws {
    let bytes = module.module.dataSegments[segment].bytes
    let available = droppedData.contains(segment) ? 0 : bytes.count
    guard UInt64(to) + UInt64(count) <= memory.count, UInt64(from) + UInt64(count) <= available
    else { throw Trap(kind: .memoryOutOfBounds) }
    for i in 0..<Int(count) {
      memory[Int(to) + i] = module.module.source[bytes.lowerBound + Int(from) + i]
    }
  }
}
