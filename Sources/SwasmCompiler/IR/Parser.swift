import SwasmArtifact
import SwasmModule

extension IRFunction {
  /// Reads the text that ``printed()`` writes. Comments (`;` to the end of the line) don't count; predecessors,
  /// loops and cold blocks are computed. Values may have any numbers; they are renumbered.
  init(parsing text: String) throws(IRParseError) {
    self.init(name: FunctionIndex(0), parameters: [], results: [])
    var parser = IRParser()
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      do throws(IRParseError) {
        try parser.parse(line, into: &self)
      } catch {
        throw IRParseError(line: number + 1, text: error.text)
      }
    }
    try parser.finish(&self)
  }
}

/// Why a text is no function in SSA form.
struct IRParseError: Error {
  var line = 0
  var text: String
}

struct IRParser {
  private var rest: [Substring] = []
  /// By number in the text.
  private var values: [Int32: Int32] = [:]
  /// Places to fill in when all values are known: uses come before their definition in loops.
  private var uses: [(place: Place, value: Int32)] = []

  enum Place {
    case a(Int), b(Int), c(Int), pool(Int)
  }

  private static let operations: [String: Operation] = {
    var table: [String: Operation] = [:]
    var code: UInt8 = 0
    while let operation = Operation(rawValue: code) {
      table["\(operation)"] = operation
      code += 1
    }
    return table
  }()

  mutating func parse(_ line: Substring, into function: inout IRFunction) throws(IRParseError) {
    let code = line.prefix { $0 != ";" }
    rest = code.split { " ,:=+()".contains($0) }
    guard let first = rest.first else { return }
    if first == "function" {
      rest.removeFirst()
      let name = try number()
      function.name = FunctionIndex(UInt32(truncatingIfNeeded: name))
      let arrow = rest.firstIndex(of: "->") ?? rest.endIndex
      function.parameters = try types(rest[..<arrow])
      function.results = try types(rest[arrow...].dropFirst())
    } else if first.hasPrefix("block") && code.contains(":") {
      try block(&function)
    } else {
      try instruction(&function)
    }
  }

  private func types(_ names: ArraySlice<Substring>) throws(IRParseError) -> [IRType] {
    var types: [IRType] = []
    for name in names { types.append(try type(name)) }
    return types
  }

  private func type(_ name: Substring) throws(IRParseError) -> IRType {
    for type: IRType in [.i32, .i64, .f32, .f64, .v128] where type.name == name { return type }
    throw IRParseError(text: "unknown type \(name)")
  }

  mutating func word() throws(IRParseError) -> Substring {
    guard !rest.isEmpty else { throw IRParseError(text: "the line ends early") }
    return rest.removeFirst()
  }

  private func number(_ word: Substring, _ prefix: String) throws(IRParseError) -> Int64 {
    guard word.hasPrefix(prefix), let number = Int64(word.dropFirst(prefix.count)) else {
      throw IRParseError(text: "expected \(prefix)N, found \(word)")
    }
    return number
  }

  mutating func number(_ prefix: String = "") throws(IRParseError) -> Int64 {
    try number(word(), prefix)
  }

  /// A field with a prefix: `mem0`, `g3`, `block2`.
  mutating func index(_ prefix: String) throws(IRParseError) -> Int32 {
    Int32(truncatingIfNeeded: try number(prefix))
  }

  mutating func use(_ place: Place) throws(IRParseError) {
    uses.append((place, try index("v")))
  }

  private mutating func block(_ function: inout IRFunction) throws(IRParseError) {
    let id = try index("block")
    guard Int(id) == function.blocks.count else { throw IRParseError(text: "blocks out of order") }
    close(&function)
    let start = Int32(function.instructions.count)
    let list = Int32(function.pool.count)
    while !rest.isEmpty {
      let value = try index("v")
      let type = try type(word())
      let position = Int32(function.instructions.count)
      values[value] = position
      function.pool.append(position)
      append(Instruction(.param, type, a: id, b: position - start), &function)
    }
    function.blocks.append(
      Block(
        start: start, end: start,
        parameters: PoolRun(start: list, count: Int32(function.pool.count) - list),
        predecessors: .empty, loop: .none, loopEnd: .none, loopDepth: 0, isCold: false))
  }

  private func append(_ instruction: Instruction, _ function: inout IRFunction) {
    function.instructions.append(instruction)
    function.sources.append(0)
  }

  private func close(_ function: inout IRFunction) {
    guard !function.blocks.isEmpty else { return }
    function.blocks[function.blocks.count - 1].end = Int32(function.instructions.count)
  }

  private mutating func instruction(_ function: inout IRFunction) throws(IRParseError) {
    let position = function.instructions.count
    if rest.count > 1, rest[0].hasPrefix("v"), let value = Int32(rest[0].dropFirst()) {
      values[value] = Int32(position)
      rest.removeFirst()
    }
    let name = try word().split(separator: ".")
    guard let op = Self.operations[String(name[0])] else {
      throw IRParseError(text: "unknown operation \(name[0])")
    }
    var x = Instruction(op, name.count > 1 ? try type(name[1]) : .none)
    if op == .icmp || op == .fcmp { x.type = .i32 }
    try fields(&x, position, &function)
    append(x, &function)
  }

  private mutating func fields(
    _ x: inout Instruction, _ position: Int, _ function: inout IRFunction
  ) throws(IRParseError) {
    switch x.op {
    case .constant:
      let word = try word()
      let bits = word.hasPrefix("0x") ? UInt64(word.dropFirst(2), radix: 16) : nil
      let value: UInt64
      if let bits { value = bits } else { value = UInt64(bitPattern: try number(word, "")) }
      x = .constant(x.type, value & x.type.mask)
    case .icmp, .fcmp:
      x.flags = UInt16(try named(Condition.init(rawValue:)))
      try use(.a(position))
      try use(.b(position))
    case .select:
      try use(.c(position))
      try use(.a(position))
      try use(.b(position))
    case .load, .store:
      x.flags = UInt16(try index("mem"))
      x.flags |= UInt16(try named(Access.init(rawValue:))) << 8
      try use(.a(position))
      x.c = Int32(truncatingIfNeeded: try number())
      if x.op == .store { try use(.b(position)) }
    case .vconst, .vunary, .vbinary, .vternary, .vshift, .splat, .extractLane, .replaceLane, .vtest,
      .shuffle, .vload, .loadLane, .storeLane:
      try vectorFields(&x, position, &function)
    case .memorySize, .memoryLength: x.flags = UInt16(try index("mem"))
    case .globalGet, .globalSet:
      x.c = try index("g")
      if x.op == .globalSet { try use(.a(position)) }
    case .tableGet, .tableSize:
      x.flags = UInt16(try index("table"))
      if x.op == .tableGet { try use(.a(position)) }
    case .refFunc: x.c = try index("f")
    case .libcall:
      x.flags = UInt16(try named(Libcall.init(rawValue:)))
      try list(&x.a, &x.b, &function)
    case .call, .returnCall:
      x.c = try index("f")
      try list(&x.a, &x.b, &function)
    case .callRef, .returnCallRef:
      x.c = try index("type")
      try list(&x.a, &x.b, &function)
    case .callIndirect, .returnCallIndirect:
      x.c = try index("type")
      x.flags = UInt16(try index("table"))
      try list(&x.a, &x.b, &function)
    case .result:
      try use(.a(position))
      x.c = try index("")
    case .return: try list(&x.a, &x.b, &function)
    case .tagAddress: x.c = try index("tag")
    case .caught:
      x.c = Int32(try named { CaughtField(rawValue: Int32($0)) })
    case .payloadLoad, .payloadStore:
      try use(.a(position))
      x.c = try index("")
      if x.op == .payloadStore { try use(.b(position)) }
    case .trapIf:
      x.flags = UInt16(try named(TrapKind.init(rawValue:)))
      try use(.a(position))
    case .trap: x.flags = UInt16(try named(TrapKind.init(rawValue:)))
    case .jump, .branch, .branchTable, .invoke:
      if x.op != .jump { try use(.a(position)) }
      try edges(&x, &function)
    default:
      if x.op.uses.contains(.a) { try use(.a(position)) }
      if x.op.uses.contains(.b) { try use(.b(position)) }
    }
    guard rest.isEmpty else { throw IRParseError(text: "unexpected \(rest[0])") }
  }

  /// The raw value of the case that is named next.
  private mutating func named<Named>(
    _ make: (UInt8) -> Named?
  ) throws(IRParseError) -> UInt8 {
    let word = try word()
    for code in UInt8.min...UInt8.max {
      if let named = make(code), "\(named)" == word { return code }
    }
    throw IRParseError(text: "unknown name \(word)")
  }

  /// The values up to the end of the line or the next word that is none.
  private mutating func list(
    _ start: inout Int32, _ count: inout Int32, _ function: inout IRFunction
  ) throws(IRParseError) {
    start = Int32(function.pool.count)
    while let next = rest.first, next.hasPrefix("v") {
      function.pool.append(-1)
      try use(.pool(function.pool.count - 1))
    }
    count = Int32(function.pool.count) - start
  }

  private mutating func edges(
    _ x: inout Instruction, _ function: inout IRFunction
  ) throws(IRParseError) {
    x.c = Int32(function.edges.count)
    while !rest.isEmpty {
      let target = try index("block")
      var run = PoolRun.empty
      try list(&run.start, &run.count, &function)
      function.edges.append(
        Edge(from: BlockID(function.blocks.count - 1), to: BlockID(target), arguments: run))
    }
    x.b = Int32(function.edges.count) - x.c
  }

  func finish(_ function: inout IRFunction) throws(IRParseError) {
    close(&function)
    for (place, value) in uses {
      guard let known = values[value] else { throw IRParseError(text: "no value v\(value)") }
      switch place {
      case .a(let position): function.instructions[position].a = known
      case .b(let position): function.instructions[position].b = known
      case .c(let position): function.instructions[position].c = known
      case .pool(let position): function.pool[position] = known
      }
    }
    for edge in function.edges where !(0..<function.blocks.count).contains(edge.to.position) {
      throw IRParseError(text: "no block\(edge.to.id)")
    }
    guard !function.blocks.isEmpty, !function.blocks.contains(where: { $0.start == $0.end }) else {
      throw IRParseError(text: "an empty block")
    }
    function.linkPredecessors()
    function.findLoops()
    function.findColdBlocks()
  }
}
