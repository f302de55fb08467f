extension IRFunction {
  /// Checks every rule that ``IRFunction`` states; the first violation, or `nil`.
  borrowing func verify() -> String? {
    do throws(Violation) {
      let verifier = try Verifier(self)
      for block in blocks.indices { try verifier.check(block, of: self) }
      return nil
    } catch {
      return "function \(name): \(error.text)"
    }
  }

  struct Violation: Error {
    var text: String
  }
}

private struct Verifier {
  /// By value: the block that it is in.
  var blockOf: ContiguousArray<BlockID>
  var dominators: Dominators

  typealias Violation = IRFunction.Violation

  /// Checks the shape of the graph.
  init(_ function: borrowing IRFunction) throws(Violation) {
    blockOf = ContiguousArray(repeating: .none, count: function.instructions.count)
    guard !function.blocks.isEmpty else { throw Violation(text: "no blocks") }
    guard function.sources.count == function.instructions.count else {
      throw Violation(text: "\(function.sources.count) sources")
    }
    var position = 0
    for (index, block) in function.blocks.enumerated() {
      guard Int(block.start) == position, block.end > block.start,
        Int(block.end) <= function.instructions.count
      else { throw Violation(text: "block\(index) is not the next run of instructions") }
      for value in block.range { blockOf[value] = BlockID(index) }
      position = Int(block.end)
    }
    guard position == function.instructions.count else {
      throw Violation(text: "instructions after the last block")
    }
    try Self.checkEdges(function)
    dominators = Dominators(of: function)
    try Self.checkLoops(function)
  }

  private static func checkEdges(_ function: borrowing IRFunction) throws(Violation) {
    var uses = ContiguousArray(repeating: 0, count: function.edges.count)
    for (index, block) in function.blocks.enumerated() {
      let end = function.instructions[Int(block.end) - 1]
      guard end.op.isTerminator else { throw Violation(text: "block\(index) has no terminator") }
      guard end.op.hasEdges else { continue }
      guard end.b == end.edgeCount, end.c >= 0, Int(end.c + end.b) <= function.edges.count else {
        throw Violation(text: "block\(index): the terminator's edges")
      }
      for edge in Int(end.c)..<Int(end.c + end.b) {
        guard function.edges[edge].from == BlockID(index) else {
          throw Violation(text: "edge \(edge) is not block\(index)'s")
        }
        uses[edge] += 1
      }
    }
    var arrivals = ContiguousArray(repeating: 0, count: function.edges.count)
    for (index, block) in function.blocks.enumerated() {
      var isEntered = index == 0 && block.predecessors.count == 0
      for position in block.predecessors.range {
        let edge = Int(function.pool[position])
        guard edge >= 0, edge < function.edges.count, function.edges[edge].to == BlockID(index)
        else { throw Violation(text: "a predecessor of block\(index) leads elsewhere") }
        arrivals[edge] += 1
        if function.edges[edge].from < BlockID(index) { isEntered = true }
      }
      guard isEntered else { throw Violation(text: "block\(index) is not in reverse post-order") }
    }
    for edge in function.edges.indices where uses[edge] != 1 || arrivals[edge] != 1 {
      throw Violation(
        text: "edge \(edge) leaves \(uses[edge]) times, arrives \(arrivals[edge]) times")
    }
  }

  private static func checkLoops(_ function: borrowing IRFunction) throws(Violation) {
    var open: ContiguousArray<BlockID> = []
    for (index, block) in function.blocks.enumerated() {
      while let last = open.last, function.blocks[last.position].loopEnd.position <= index {
        open.removeLast()
      }
      if !block.loopEnd.isNone {
        if let outer = open.last, block.loopEnd > function.blocks[outer.position].loopEnd {
          throw Violation(text: "loop block\(index) ends outside of the loop around it")
        }
        open.append(BlockID(index))
      }
      guard block.loop == open.last ?? .none, Int(block.loopDepth) == min(open.count, 65535) else {
        throw Violation(text: "block\(index)'s loop")
      }
    }
    for edge in function.edges where edge.to <= edge.from {
      guard function.blocks[edge.to.position].loopEnd > edge.from else {
        throw Violation(text: "a back edge to block\(edge.to.id) from outside its loop")
      }
    }
  }

  func check(_ index: Int, of function: borrowing IRFunction) throws(Violation) {
    let block = function.blocks[index]
    for (number, position) in block.parameters.range.enumerated() {
      let value = Value(function.pool[position])
      guard block.range.contains(value.position) else {
        throw Violation(text: "parameter \(number) of block\(index) is elsewhere")
      }
      let instruction = function.instructions[value.position]
      guard instruction.op == .param, instruction.a == Int32(index), instruction.b == Int32(number)
      else { throw Violation(text: "v\(value.id) is not parameter \(number) of block\(index)") }
    }
    if index == 0 {
      let types = block.parameters.range.map { function.instructions[Int(function.pool[$0])].type }
      guard types == function.parameters else { throw Violation(text: "the entry's parameters") }
    }
    for position in block.range {
      let instruction = function.instructions[position]
      guard instruction.op.isTerminator == (position == Int(block.end) - 1) else {
        throw Violation(text: "v\(position): a terminator inside a block")
      }
      try checkOperands(instruction, Value(position), function)
      try checkTypes(instruction, Value(position), function)
    }
    let end = function.instructions[Int(block.end) - 1]
    guard end.op.hasEdges else { return }
    if end.op == .invoke { try checkInvoke(block, end, function) }
    for edge in Int(end.c)..<Int(end.c + end.b) {
      try checkArguments(function.edges[edge], Value(Int(block.end) - 1), function)
    }
  }

  private func checkArguments(
    _ edge: Edge, _ end: Value, _ function: borrowing IRFunction
  ) throws(Violation) {
    let parameters = function.blocks[edge.to.position].parameters
    guard parameters.count == edge.arguments.count else {
      throw Violation(text: "v\(end.id) gives block\(edge.to.id) \(edge.arguments.count) arguments")
    }
    for (parameter, argument) in zip(parameters.range, edge.arguments.range) {
      let value = Value(function.pool[argument])
      try checkUse(value, at: end, function)
      let expected = function.instructions[Int(function.pool[parameter])].type
      guard function.instructions[value.position].type == expected else {
        throw Violation(text: "v\(end.id) gives v\(value.id) to block\(edge.to.id): type")
      }
    }
  }

  private func checkUse(
    _ value: Value, at user: Value, _ function: borrowing IRFunction
  ) throws(Violation) {
    guard value.id >= 0, value.position < function.instructions.count,
      function.instructions[value.position].op != .nop
    else { throw Violation(text: "v\(user.id) uses v\(value.id), which is nothing") }
    let (from, to) = (blockOf[value.position], blockOf[user.position])
    var isBefore = from == to ? value < user : dominators.dominates(from, to)
    if from != to, let next = block(invokedBy: value, function) {
      isBefore = dominators.dominates(next, to)
    }
    guard isBefore else { throw Violation(text: "v\(user.id) uses v\(value.id) before it is made") }
  }

  private func checkOperands(
    _ instruction: Instruction, _ value: Value, _ function: borrowing IRFunction
  ) throws(Violation) {
    let uses = instruction.op.uses
    let (a, b, c) = instruction.value
    if uses.contains(.a) { try checkUse(a, at: value, function) }
    if uses.contains(.b) { try checkUse(b, at: value, function) }
    if uses.contains(.c) { try checkUse(c, at: value, function) }
    if uses.contains(.run) {
      guard instruction.a >= 0, instruction.b >= 0,
        Int(instruction.a + instruction.b) <= function.pool.count
      else { throw Violation(text: "v\(value.id): its list") }
      for position in Int(instruction.a)..<Int(instruction.a + instruction.b) {
        try checkUse(Value(function.pool[position]), at: value, function)
      }
    }
  }

  private func checkTypes(
    _ x: Instruction, _ value: Value, _ function: borrowing IRFunction
  ) throws(Violation) {
    func type(_ operand: Int32) -> IRType { function.instructions[Int(operand)].type }
    let isRight: Bool =
      switch x.op {
      case .nop: x.type == .none
      case .param: x.type != .none
      case .vconst, .vunary, .vbinary, .vternary, .vshift, .splat, .extractLane, .replaceLane,
        .vtest, .shuffle, .vload, .loadLane, .storeLane:
        x.hasVectorTypes(in: function)
      case .constant: x.type != .none && x.type != .v128 && (x.type.mask == .max || x.b == 0)
      case .add, .sub, .mul, .and, .or, .xor, .shl, .shrS, .shrU, .rotl, .rotr, .divS, .divU, .remS,
        .remU:
        x.type.isInteger && type(x.a) == x.type && type(x.b) == x.type
      case .clz, .ctz, .popcnt, .extend8S, .extend16S: x.type.isInteger && type(x.a) == x.type
      case .extend32S: x.type == .i64 && type(x.a) == .i64
      case .wrap: x.type == .i32 && type(x.a) == .i64
      case .extendS, .extendU: x.type == .i64 && type(x.a) == .i32
      case .icmp: x.type == .i32 && type(x.a).isInteger && type(x.a) == type(x.b)
      case .fcmp: x.type == .i32 && type(x.a).isFloat && type(x.a) == type(x.b)
      case .fadd, .fsub, .fmul, .fdiv, .fmin, .fmax, .copysign:
        x.type.isFloat && type(x.a) == x.type && type(x.b) == x.type
      case .fabs, .fneg, .ceil, .floor, .trunc, .nearest, .sqrt:
        x.type.isFloat && type(x.a) == x.type
      case .promote: x.type == .f64 && type(x.a) == .f32
      case .demote: x.type == .f32 && type(x.a) == .f64
      case .truncS, .truncU, .truncSatS, .truncSatU: x.type.isInteger && type(x.a).isFloat
      case .convertS, .convertU: x.type.isFloat && type(x.a).isInteger
      case .reinterpret:
        x.type.width == type(x.a).width && x.type.isInteger != type(x.a).isInteger
      case .select: type(x.c) == .i32 && type(x.a) == x.type && type(x.b) == x.type
      case .load: x.type != .none && type(x.a).isInteger
      case .store: x.type == .none && type(x.a).isInteger && type(x.b) != .none
      case .mulHighS, .mulHighU: x.type == .i64 && type(x.a) == .i64 && type(x.b) == .i64
      case .memorySize, .tableSize: x.type.isInteger
      case .memoryLength, .tagAddress, .caught: x.type == .i64
      case .payloadLoad: x.type != .none && type(x.a) == .i64
      case .payloadStore: x.type == .none && type(x.a) == .i64 && type(x.b) != .none
      case .globalGet: x.type != .none && x.c >= 0
      case .globalSet: x.type == .none && type(x.a) != .none && x.c >= 0
      case .tableGet: x.type == .i64 && type(x.a).isInteger
      case .refFunc: x.type == .i64
      case .libcall, .call, .returnCall: true
      case .callIndirect, .callRef, .returnCallIndirect, .returnCallRef:
        x.b > 0 && type(function.pool[Int(x.a + x.b - 1)]).isInteger
      case .result: isResult(x, value, function)
      case .jump, .invoke, .trap: x.type == .none
      case .branch, .branchTable, .trapIf: type(x.a) == .i32
      case .return: returns(x, function)
      }
    guard isRight else { throw Violation(text: "v\(value.id) \(x.op): types") }
  }

  private func isResult(
    _ x: Instruction, _ value: Value, _ function: borrowing IRFunction
  ) -> Bool {
    let call = function.instructions[Int(x.a)]
    let next = block(invokedBy: Value(x.a), function)
    let first = next.map { function.blocks[$0.position].start } ?? x.a + 1
    return call.op.isCall && call.type == .none && x.c >= 0 && value.id == first + x.c
      && x.type != .none
  }

  /// The block that a call returns to, if the call ends its own block with an `invoke`.
  private func block(invokedBy call: Value, _ function: borrowing IRFunction) -> BlockID? {
    let end = function.instructions[Int(function.blocks[blockOf[call.position].position].end) - 1]
    return end.invokedCall == call.id ? function.edges[Int(end.c)].to : nil
  }

  /// The call is the last thing that the block does: only constants, which are made where they are used, may
  /// come between. What it returns begins the next block, which is reached in no other way, and is nothing that
  /// its handler knows.
  private func checkInvoke(
    _ block: Block, _ end: Instruction, _ function: borrowing IRFunction
  ) throws(Violation) {
    let (call, next) = (end.a, function.edges[Int(end.c)].to)
    guard block.range.contains(Int(call)),
      function.instructions[Int(call)].op.isCall || function.instructions[Int(call)].op == .libcall
    else { throw Violation(text: "v\(call): an invoke of what is no call of its block") }
    for position in (Int(call) + 1)..<(Int(block.end) - 1) {
      guard function.instructions[position].op.isConstant else {
        throw Violation(text: "v\(position) stands between v\(call) and its invoke")
      }
    }
    guard function.blocks[next.position].start == block.end,
      function.blocks[next.position].predecessors.count == 1
    else { throw Violation(text: "v\(call): its results are elsewhere") }
    let throwing = function.edges[Int(end.c) + 1]
    guard !throwing.arguments.range.contains(where: { function.pool[$0] == call }) else {
      throw Violation(text: "v\(call): its handler wants what it returns")
    }
    let handler = function.blocks[throwing.to.position]
    let first = handler.range.first { function.instructions[$0].op != .param }
    guard let first, function.instructions[first].op == .caught else {
      throw Violation(text: "v\(call): a handler that catches nothing")
    }
  }

  private func returns(_ x: Instruction, _ function: borrowing IRFunction) -> Bool {
    guard Int(x.b) == function.results.count else { return false }
    for (index, type) in function.results.enumerated() {
      let value = function.pool[Int(x.a) + index]
      if function.instructions[Int(value)].type != type { return false }
    }
    return true
  }
}
