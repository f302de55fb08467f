/// Puts moves that happen at once into an order, and breaks cycles. Nothing it emits touches the flags.
///
/// xmm15 is its scratch register; general registers in a cycle are exchanged.
struct MoveResolver {
  private var moves: ContiguousArray<PendingMove> = []
  private var isGeneral: ContiguousArray<Bool> = []
  /// By place (registers, then slots): how many pending moves read it, and which one writes it.
  private var readers: ContiguousArray<Int32> = []
  private var writers: ContiguousArray<Int32> = []
  private var ready: ContiguousArray<Int32> = []
  /// The scratch register holds a value of a cycle.
  private var scratchIsTaken = false

  static var scratch: Register { .xmm(15) }

  mutating func prepare(slots: Int) {
    let count = 32 + slots
    while readers.count < count {
      readers.append(0)
      writers.append(-1)
    }
  }

  var isEmpty: Bool { moves.isEmpty }

  mutating func add(_ move: PendingMove, isGeneral: Bool) {
    if move.source == move.destination { return }
    moves.append(move)
    self.isGeneral.append(isGeneral)
  }

  private static func place(_ location: Location) -> Int {
    switch location.kind {
    case .register: Int(location.index)
    case .slot: 32 + Int(location.index)
    case .template, .constant: -1
    }
  }

  /// Emits the collected moves.
  mutating func resolve(
    _ code: borrowing MachineFunction, into output: inout AllocatedFunction
  ) {
    if moves.isEmpty { return }
    if moves.count == 1 {
      emit(0, code, &output)
    } else {
      order(code, &output)
    }
    moves.removeAll(keepingCapacity: true)
    isGeneral.removeAll(keepingCapacity: true)
  }

  private mutating func order(
    _ code: borrowing MachineFunction, _ output: inout AllocatedFunction
  ) {
    var left = 0
    for i in moves.indices {
      let source = MoveResolver.place(moves[i].source)
      if source < 0 { continue }
      readers[source] += 1
      writers[MoveResolver.place(moves[i].destination)] = Int32(truncatingIfNeeded: i)
      left += 1
    }
    ready.removeAll(keepingCapacity: true)
    for i in moves.indices where MoveResolver.place(moves[i].source) >= 0 {
      if readers[MoveResolver.place(moves[i].destination)] == 0 {
        ready.append(Int32(truncatingIfNeeded: i))
      }
    }
    var next = 0
    while left > 0 {
      while let i = ready.popLast() {
        finish(Int(i), code, &output)
        left -= 1
      }
      if left == 0 { break }
      // Only cycles are left, and every place in one has a single reader.
      while !isPending(next) { next += 1 }
      left -= breakCycle(at: next, code, &output)
    }
    // What depends on nothing comes last: it may use the scratch register.
    for i in moves.indices where MoveResolver.place(moves[i].source) < 0 { emit(i, code, &output) }
  }

  /// Is this a move from place to place that hasn't happened yet?
  private func isPending(_ i: Int) -> Bool {
    MoveResolver.place(moves[i].source) >= 0
      && writers[MoveResolver.place(moves[i].destination)] == Int32(truncatingIfNeeded: i)
  }

  private mutating func finish(
    _ i: Int, _ code: borrowing MachineFunction, _ output: inout AllocatedFunction
  ) {
    emit(i, code, &output)
    writers[MoveResolver.place(moves[i].destination)] = -1
    let source = MoveResolver.place(moves[i].source)
    if source == MoveResolver.scratch.position {
      scratchIsTaken = false
      return
    }
    readers[source] -= 1
    if readers[source] == 0, writers[source] >= 0 { ready.append(writers[source]) }
  }

  /// Makes the first move of a cycle possible. Returns how many moves are done by that.
  private mutating func breakCycle(
    at first: Int, _ code: borrowing MachineFunction, _ output: inout AllocatedFunction
  ) -> Int {
    let destination = moves[first].destination
    // The move that reads what the first one overwrites.
    var reader = first
    var exchanges = true
    while true {
      let move = moves[reader]
      if move.destination.kind != .register || move.destination.index >= 16 { exchanges = false }
      if move.source == destination { break }
      reader = Int(writers[MoveResolver.place(move.source)])
    }
    if exchanges {
      let source = moves[first].source
      output.append(
        MachineInstruction(
          .xchg, .rr, width: 8, r0: Register(destination.index), r1: Register(source.index)))
      writers[MoveResolver.place(destination)] = -1
      readers[MoveResolver.place(destination)] -= 1
      if reader == first { return 1 }
      if moves[reader].destination == source {
        // A swap: both are done.
        writers[MoveResolver.place(source)] = -1
        readers[MoveResolver.place(source)] -= 1
        return 2
      }
      // `source` now holds what `destination` held; its reader count stays at one.
      moves[reader].source = source
      return 1
    }
    emitMove(
      from: destination, to: .physical(MoveResolver.scratch), isGeneral: isGeneral[reader],
      value: moves[reader].value, code, &output)
    scratchIsTaken = true
    readers[MoveResolver.place(destination)] -= 1
    moves[reader].source = .physical(MoveResolver.scratch)
    ready.append(Int32(truncatingIfNeeded: first))
    return 0
  }

  private func emit(
    _ i: Int, _ code: borrowing MachineFunction, _ output: inout AllocatedFunction
  ) {
    emitMove(
      from: moves[i].source, to: moves[i].destination, isGeneral: isGeneral[i],
      value: moves[i].value, code, &output)
  }

  /// One move. `isGeneral`: the value belongs in general registers (it may still pass through the scratch one).
  private func emitMove(
    from source: Location, to destination: Location, isGeneral: Bool, value: Int32,
    _ code: borrowing MachineFunction, _ output: inout AllocatedFunction
  ) {
    let width: UInt8 =
      value >= 0 && code.virtuals[Int(value)].kind == .vector ? 16 : 8
    if destination.kind == .slot {
      store(source, toSlot: destination.index, width, code, &output)
      return
    }
    let target = Register(destination.index)
    switch source.kind {
    case .register:
      output.append(MoveResolver.copy(Register(source.index), to: target, width))
    case .slot:
      output.append(
        MachineInstruction(
          target.isVector ? .movf : .mov, .dm, width: width, r0: target,
          memory: MemoryOperand(base: .spillSlot, displacement: source.index)))
    case .template:
      var instruction = code.templates[Int(source.index)]
      instruction.r0 = target
      output.append(instruction)
    case .constant:
      output.append(MoveResolver.load(constant: source.index, into: target, width, code))
    }
  }

  private static func copy(
    _ source: Register, to target: Register, _ width: UInt8
  ) -> MachineInstruction {
    let op: MachineOperation =
      switch (source.isVector, target.isVector) {
      case (false, false): .mov
      case (true, true): .movf
      case (false, true): .movdToVector
      case (true, false): .movdToGeneral
      }
    return MachineInstruction(op, .dr, width: width, r0: target, r1: source)
  }

  private static func load(
    constant: Int32, into target: Register, _ width: UInt8, _ code: borrowing MachineFunction
  ) -> MachineInstruction {
    let bits = code.constants[Int(constant)]
    guard target.isVector else {
      return MachineInstruction(loading: UInt64(truncatingIfNeeded: bits), into: target)
    }
    if bits == 0 { return MachineInstruction(.zero, .d, width: 16, r0: target) }
    if bits == .max { return MachineInstruction(.ones, .d, width: 16, r0: target) }
    return MachineInstruction(
      .movf, .dm, width: width, r0: target,
      memory: MemoryOperand(base: .constantPool, displacement: constant))
  }

  private func store(
    _ source: Location, toSlot slot: Int32, _ width: UInt8, _ code: borrowing MachineFunction,
    _ output: inout AllocatedFunction
  ) {
    let memory = MemoryOperand(base: .spillSlot, displacement: slot)
    func put(_ register: Register) -> MachineInstruction {
      MachineInstruction(
        register.isVector ? .movf : .mov, .mr, width: width, r0: register, memory: memory)
    }
    switch source.kind {
    case .register: output.append(put(Register(source.index)))
    case .slot:
      if width == 16, !scratchIsTaken {
        output.append(
          MachineInstruction(
            .movf, .dm, width: 16, r0: MoveResolver.scratch,
            memory: MemoryOperand(base: .spillSlot, displacement: source.index)))
        output.append(put(MoveResolver.scratch))
        return
      }
      for half in 0..<Int32(width / 8) {
        let from = MemoryOperand(base: .spillSlot, displacement: source.index + half)
        let to = MemoryOperand(base: .spillSlot, displacement: slot + half)
        output.append(MachineInstruction(.push, .m, memory: from))
        output.append(MachineInstruction(.pop, .m, memory: to))
      }
    case .constant:
      let bits = Int64(truncatingIfNeeded: code.constants[Int(source.index)])
      if width == 8, let small = Int32(exactly: bits) {
        output.append(
          MachineInstruction(.mov, .mi, width: 8, memory: memory, immediate: small))
      } else {
        output.append(
          MoveResolver.load(constant: source.index, into: MoveResolver.scratch, width, code))
        output.append(put(MoveResolver.scratch))
      }
    case .template:
      var template = code.templates[Int(source.index)]
      precondition(template.isPlainLoad, "no way to store this template")
      template.op = .movf
      template.r0 = MoveResolver.scratch
      output.append(template)
      output.append(put(MoveResolver.scratch))
    }
  }
}

extension MachineInstruction {
  /// A load of a whole value, which a user may make itself.
  var isPlainLoad: Bool { form == .dm && (op == .mov || op == .movf) }

  /// The shortest move of a constant into a general register that doesn't touch the flags.
  init(loading bits: UInt64, into register: Register) {
    let signed = Int64(bitPattern: bits)
    if bits <= UInt64(UInt32.max) {
      self.init(.mov, .di, width: 4, r0: register, immediate: Int32(truncatingIfNeeded: signed))
    } else if let small = Int32(exactly: signed) {
      self.init(.mov, .di, width: 8, r0: register, immediate: small)
    } else {
      self.init(
        .movabs, .di, width: 8, r0: register,
        displacement: Int32(truncatingIfNeeded: signed >> 32),
        immediate: Int32(truncatingIfNeeded: signed))
    }
  }
}
