import SwasmArtifact
import SwasmModule

/// Atomic accesses. A guest has one thread, so a load, a computation and a store are atomic together; what is left to do
/// is to check the alignment.
extension Translator {
  /// Where an atomic access goes, once it is known to be aligned and, where that is checked, inside.
  private struct Place {
    var memory: UInt16
    var address: Int32
    var offset: UInt32
  }

  mutating func atomic(_ row: OperatorRow, at position: Int) {
    switch row.shape {
    case .atomicFence: _ = reader.byte()
    case .atomicNotify: notify(at: position)
    case .atomicWait: wait(row, at: position)
    case .atomicLoad:
      guard let place = place(row, at: position) else { return }
      push(load(row, place, at: position))
    case .atomicStore:
      let value = pop()
      guard let place = place(row, at: position) else { return }
      store(value, row, place, at: position)
    case .atomicExchange, .atomicModify:
      let value = pop()
      guard let place = place(row, at: position) else { return }
      let old = load(row, place, at: position)
      let new =
        row.shape == .atomicExchange
        ? value : values.binary(row.operation, row.type, old, value, source: 0)
      store(new, row, place, at: position)
      push(old)
    default: compareExchange(row, at: position)
    }
  }

  private mutating func compareExchange(_ row: OperatorRow, at position: Int) {
    let replacement = pop()
    let expected = pop()
    guard let place = place(row, at: position) else { return }
    let old = load(row, place, at: position)
    let isEqual = values.compare(.eq, old, wrapped(expected, row))
    store(values.select(isEqual, replacement, old), row, place, at: position)
    push(old)
  }

  /// The low bits of an operand, as many as the access has.
  private mutating func wrapped(_ operand: Int32, _ row: OperatorRow) -> Int32 {
    let bits = 8 * UInt64(row.access.bytes(of: row.type))
    if bits == UInt64(row.type.width) { return operand }
    return values.binary(
      .and, row.type, operand, values.constant(row.type, 1 << bits - 1), source: 0)
  }

  /// Nobody else ever waits.
  private mutating func notify(at position: Int) {
    stack.removeLast()
    let row = OperatorRow(.atomicNotify, .load, .i32, flags: UInt16(Access.full.rawValue) << 8)
    guard let place = place(row, at: position) else { return }
    _ = load(row, place, at: position)
    push(values.constant(.i32, 0))
  }

  /// Nobody else ever notifies: a wait ends at once, when its time is over, or not at all.
  private mutating func wait(_ row: OperatorRow, at position: Int) {
    let timeout = pop()
    let expected = pop()
    guard let place = place(row, at: position) else { return }
    guard context.memories[Int(place.memory)].isShared else {
      return trap(.expectedSharedMemory, at: position)
    }
    let found = load(row, place, at: position)
    let isEqual = values.compare(.eq, found, expected)
    let outcome = libcall(.memoryWait, [isEqual, timeout], .i32, at: position)
    let isEndless = values.compare(.eq, outcome, values.constant(.i32, 3))
    trapIf(isEndless, .endlessWait, at: position)
    push(outcome)
  }

  // MARK: Places

  /// `nil` when the access traps in any case.
  private mutating func place(_ row: OperatorRow, at position: Int) -> Place? {
    let (memory, offset) = memoryArgument()
    let bytes = row.access.bytes(of: row.type)
    if bytes > 1 { checkAlignment(of: stack[stack.count - 1], offset, bytes, at: position) }
    guard let (address, rest) = address(memory, offset, bytes: bytes, at: position) else {
      return nil
    }
    return Place(memory: memory, address: address, offset: rest)
  }

  private mutating func checkAlignment(
    of address: Int32, _ offset: UInt64, _ bytes: UInt8, at position: Int
  ) {
    let type = values[address].type
    let mask = UInt64(bytes) - 1
    let sum = values.binary(
      .add, type, address, values.constant(type, offset & mask), source: 0)
    let low = values.binary(.and, type, sum, values.constant(type, mask), source: 0)
    let isAligned = values.isZero(low)
    trapIf(values.isZero(isAligned), .unalignedAtomic, at: position)
  }

  private mutating func load(_ row: OperatorRow, _ place: Place, at position: Int) -> Int32 {
    values.append(
      Instruction(
        .load, row.type, flags: row.flags | place.memory, a: place.address,
        c: Int32(bitPattern: place.offset)),
      source: UInt32(truncatingIfNeeded: position))
  }

  private mutating func store(
    _ value: Int32, _ row: OperatorRow, _ place: Place, at position: Int
  ) {
    let (stored, width) = values.stored(value, row.access)
    values.append(
      Instruction(
        .store, flags: UInt16(width.rawValue) << 8 | place.memory, a: place.address, b: stored,
        c: Int32(bitPattern: place.offset)),
      source: UInt32(truncatingIfNeeded: position))
  }
}

extension OperatorRow {
  /// Of an opcode with prefix 0xfe. From 0x10 on they come in groups of seven, the same seven widths in each.
  init(atomic number: UInt32) {
    switch number {
    case 0x00: self.init(.atomicNotify)
    case 0x01: self.init(.atomicWait, .load, .i32, flags: UInt16(Access.full.rawValue) << 8)
    case 0x02: self.init(.atomicWait, .load, .i64, flags: UInt16(Access.full.rawValue) << 8)
    case 0x03: self.init(.atomicFence)
    default:
      let widths: [(IRType, Access)] = [
        (.i32, .full), (.i64, .full), (.i32, .u8), (.i32, .u16), (.i64, .u8), (.i64, .u16),
        (.i64, .u32),
      ]
      let groups: [(OperatorShape, Operation)] = [
        (.atomicLoad, .load), (.atomicStore, .store), (.atomicModify, .add), (.atomicModify, .sub),
        (.atomicModify, .and), (.atomicModify, .or), (.atomicModify, .xor),
        (.atomicExchange, .store), (.atomicCompareExchange, .store),
      ]
      let (group, width) = (Int(number - 0x10) / 7, Int(number - 0x10) % 7)
      let (type, access) = widths[width]
      self.init(groups[group].0, groups[group].1, type, flags: UInt16(access.rawValue) << 8)
    }
  }
}
