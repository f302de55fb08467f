/// Storage of the translator's last step.
struct Assembly {
  /// By value: used by something that stays.
  var live: ContiguousArray<Bool> = []
  var worklist: ContiguousArray<Int32> = []
  /// By parameter: the only value that it ever has, or −1.
  var replacement: ContiguousArray<Int32> = []
  /// By value: its number in the finished function.
  var renamed: ContiguousArray<Int32> = []
  /// By block: its number in the finished function.
  var target: ContiguousArray<Int32> = []
  /// By constant: the finished block that has it already.
  var constantBlock: ContiguousArray<Int32> = []
  /// Uses of parameters as arguments: by parameter the first and last use, by argument the next use and
  /// the parameter that the argument is for.
  var firstUse: ContiguousArray<Int32> = []
  var lastUse: ContiguousArray<Int32> = []
  var nextUse: ContiguousArray<Int32> = []
  var user: ContiguousArray<Int32> = []
}

extension ContiguousArray {
  /// Makes this an array of `count` equal elements in the same storage.
  mutating func refill(_ element: Element, count: Int) {
    removeAll(keepingCapacity: true)
    append(contentsOf: repeatElement(element, count: count))
  }
}

/// Which values stay. What a loop's parameters receive is determined here, for those that are used only.
extension Translator {
  /// Marks all values that something with an effect depends on.
  mutating func markLive() {
    assembly.live.refill(false, count: values.instructions.count)
    var position = values.count
    while position > 0 {
      position -= 1
      let instruction = values[position]
      guard assembly.live[Int(position)] || instruction.op.isPinned else { continue }
      assembly.live[Int(position)] = true
      markOperands(instruction, above: position)
      while let value = assembly.worklist.popLast() {
        markOperands(values[value], above: position)
      }
    }
  }

  /// Marks a value; those above `position` are put on the worklist, the scan comes to the others.
  @inline(__always)
  private mutating func mark(_ value: Int32, above position: Int32) {
    if assembly.live[Int(value)] { return }
    assembly.live[Int(value)] = true
    if value > position { assembly.worklist.append(value) }
  }

  private mutating func markOperands(_ instruction: Instruction, above position: Int32) {
    let uses = instruction.op.uses
    if uses.contains(.a) { mark(instruction.a, above: position) }
    if uses.contains(.b) { mark(instruction.b, above: position) }
    if uses.contains(.c) { mark(instruction.c, above: position) }
    if uses.contains(.run) {
      for index in instruction.a..<(instruction.a + instruction.b) {
        mark(pool[Int(index)], above: position)
      }
    }
    if instruction.op == .param { markArguments(Int(instruction.b), above: position) }
  }

  private mutating func markArguments(_ index: Int, above position: Int32) {
    let parameter = graph.parameters[index]
    let count = graph.blocks[Int(parameter.block)].edgeCount
    var base = parameter.arguments
    if base < 0 {
      base = graph.reserveArguments(count)
      graph.parameters[index].arguments = base
      if parameter.local >= 0 {
        locals.resolve(parameter, into: base, &values, &graph)
        while assembly.live.count < values.instructions.count { assembly.live.append(false) }
      } else {
        graph.fillArguments(of: parameter, into: base)
      }
    }
    for argument in base..<(base + count) {
      mark(graph.arguments[Int(argument)], above: position)
    }
  }
}

extension ConstructionGraph {
  /// The arguments of a parameter that receives an operand.
  mutating func fillArguments(of parameter: Parameter, into base: Int32) {
    var edge = blocks[Int(parameter.block)].firstEdge
    var argument = Int(base)
    while edge >= 0 {
      let state = edges[Int(edge)]
      arguments[argument] = operands[Int(state.operands + parameter.origin)]
      argument += 1
      edge = state.next
    }
  }
}
