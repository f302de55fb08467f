/// Parameters that have one value only: all their arguments are that value or the parameter itself.
extension Translator {
  /// Finds them; they may make others trivial.
  mutating func replaceTrivialParameters() {
    let count = graph.parameters.count
    assembly.replacement.refill(-1, count: count)
    assembly.worklist.removeAll(keepingCapacity: true)
    for index in 0..<count where isCandidate(index) && onlyArgument(index) >= 0 {
      assembly.worklist.append(Int32(truncatingIfNeeded: index))
    }
    guard !assembly.worklist.isEmpty else { return }
    findUses()
    while let index = assembly.worklist.popLast() {
      guard assembly.replacement[Int(index)] < 0 else { continue }
      let only = onlyArgument(Int(index))
      if only >= 0 { replace(index, by: only) }
    }
  }

  private func isCandidate(_ index: Int) -> Bool {
    let parameter = graph.parameters[index]
    return assembly.live[Int(parameter.value)]
      && graph.blocks[Int(parameter.block)].edgeCount > 0
  }

  /// What stands for a value in the finished function.
  func resolved(_ value: Int32) -> Int32 {
    var value = value
    while true {
      let instruction = values[value]
      guard instruction.op == .param else { return value }
      let next = assembly.replacement[Int(instruction.b)]
      if next < 0 { return value }
      value = next
    }
  }

  /// The value of a parameter that has only one, else −1.
  private func onlyArgument(_ index: Int) -> Int32 {
    let parameter = graph.parameters[index]
    let count = graph.blocks[Int(parameter.block)].edgeCount
    var only: Int32 = -1
    for position in parameter.arguments..<(parameter.arguments + count) {
      let value = resolved(graph.arguments[Int(position)])
      if value == parameter.value || value == only { continue }
      if only >= 0 && !values.isSameConstant(only, value) { return -1 }
      only = value
    }
    return only
  }

  private mutating func findUses() {
    assembly.firstUse.refill(-1, count: graph.parameters.count)
    assembly.lastUse.refill(-1, count: graph.parameters.count)
    assembly.nextUse.refill(-1, count: graph.arguments.count)
    assembly.user.refill(-1, count: graph.arguments.count)
    for index in 0..<graph.parameters.count where isCandidate(index) {
      let parameter = graph.parameters[index]
      let count = graph.blocks[Int(parameter.block)].edgeCount
      for position in parameter.arguments..<(parameter.arguments + count) {
        let argument = values[graph.arguments[Int(position)]]
        guard argument.op == .param else { continue }
        assembly.user[Int(position)] = Int32(truncatingIfNeeded: index)
        assembly.append(position, position, toUsesOf: Int(argument.b))
      }
    }
  }

  private mutating func replace(_ index: Int32, by only: Int32) {
    assembly.replacement[Int(index)] = only
    var use = assembly.firstUse[Int(index)]
    while use >= 0 {
      assembly.worklist.append(assembly.user[Int(use)])
      use = assembly.nextUse[Int(use)]
    }
    if values[only].op == .param && assembly.firstUse[Int(index)] >= 0 {
      assembly.append(
        assembly.firstUse[Int(index)], assembly.lastUse[Int(index)],
        toUsesOf: Int(values[only].b))
    }
  }
}

extension Assembly {
  /// Adds a list of uses to those of a parameter.
  mutating func append(_ first: Int32, _ last: Int32, toUsesOf parameter: Int) {
    if lastUse[parameter] < 0 {
      firstUse[parameter] = first
    } else {
      nextUse[Int(lastUse[parameter])] = first
    }
    lastUse[parameter] = last
  }
}
