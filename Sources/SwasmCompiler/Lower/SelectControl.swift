import SwasmArtifact

extension Selector {
  /// Makes the blocks and edges; runs before selection, so that arguments of edges are asked for by the time their
  /// definitions are reached.
  mutating func prepareEdges() {
    for block in ir.blocks.indices {
      let source = ir.blocks[block]
      code.blocks.append(
        MachineBlock(
          start: 0, end: 0, parameters: .empty, predecessors: .empty,
          terminator: terminator(ir.instructions[Int(source.end) - 1]), loop: source.loop,
          loopEnd: source.loopEnd, loopDepth: source.loopDepth, isCold: source.isCold))
    }
    for edge in ir.edges {
      code.edges.append(MachineEdge(from: edge.from, to: edge.to, arguments: .empty))
    }
    demandParameters()
  }

  private func terminator(_ i: Instruction) -> Terminator {
    let kind: Terminator.Kind =
      switch i.op {
      case .jump: .jump
      case .branch: .branch
      case .branchTable: .table
      case .invoke: .invoke
      default: .leave
      }
    return Terminator(
      kind: kind, condition: .notEqual, edge: i.c, count: kind == .leave ? 0 : i.b)
  }

  /// Every parameter of a block (none is unused after the front half's clean-up) and every argument of an edge is
  /// used by the moves on edges.
  private mutating func demandParameters() {
    for block in ir.blocks.indices where block != 0 {
      let start = Int32(truncatingIfNeeded: code.pool.count)
      for i in ir.blocks[block].parameters.range {
        code.pool.append(demand(Value(ir.pool[i])))
      }
      code.blocks[block].parameters = PoolRun(
        start: start, count: ir.blocks[block].parameters.count)
    }
    for edge in ir.edges.indices {
      let start = Int32(truncatingIfNeeded: code.pool.count)
      let run = ir.edges[edge].arguments
      for i in run.range { code.pool.append(movable(Value(ir.pool[i]))) }
      code.edges[edge].arguments = PoolRun(start: start, count: run.count)
    }
  }

  /// Predecessor lists, copied once the blocks stand.
  mutating func connectEdges() {
    for block in ir.blocks.indices {
      let start = Int32(truncatingIfNeeded: code.pool.count)
      let run = ir.blocks[block].predecessors
      for i in run.range { code.pool.append(Register(ir.pool[i])) }
      code.blocks[block].predecessors = PoolRun(start: start, count: run.count)
    }
  }

  mutating func selectBranch(_ i: Instruction) {
    let test = selectCondition(Value(i.a))
    let block = Int(currentBlock)
    code.blocks[block].terminator.condition = test.condition
    guard test.parity else { return }
    code.blocks[block].terminator.kind = .branchEqualFloat
  }

  /// A jump through a table of offsets; the index is first limited to the default's.
  mutating func selectBranchTable(_ i: Instruction) {
    let last = i.b - 1
    let index = register(Value(i.a))
    let limit = temporary()
    emit(loadConstant(UInt64(UInt32(bitPattern: last)), into: limit))
    emit(MachineInstruction(.cmp, .ri, width: 4, r0: index, immediate: last))
    let chosen = temporary()
    var move = MachineInstruction(
      .cmovcc, .tr, width: 4, condition: .below, r0: chosen, r1: limit)
    move.r2 = index
    emit(move)
    let table = temporary()
    let number = Int32(truncatingIfNeeded: code.jumpTables.count)
    code.jumpTables.append(PoolRun(start: i.c, count: i.b))
    emit(
      MachineInstruction(
        .lea, .dm, width: 8, r0: table,
        memory: MemoryOperand(base: .jumpTable, displacement: number)))
    let offset = temporary()
    emit(
      MachineInstruction(
        .movsx64, .dm, width: 4, r0: offset,
        memory: MemoryOperand(base: table, index: chosen, flags: .scale(2), displacement: 0)))
    let target = temporary()
    emit(MachineInstruction(.add, .tr, width: 8, r0: target, r1: offset, base: table))
    emit(MachineInstruction(.jmpIndirect, .r, r0: target))
  }

  mutating func selectTrap(_ i: Instruction) {
    emitTraced(
      MachineInstruction(.ud2, .none, width: 1, immediate: Int32(i.flags)))
  }
}
