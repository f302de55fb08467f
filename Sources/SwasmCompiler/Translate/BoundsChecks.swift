import SwasmArtifact
import SwasmModule

/// How an access to a memory is kept inside.
enum BoundsCheck: UInt8, Sendable {
  /// The reservation is larger than any address: the processor faults.
  case none
  /// The index is compared with the length; what the offset adds stays within the guard behind the memory.
  case index
  /// The end of the access is compared with the length: the memory's length is no multiple of the processor's pages, or
  /// there is no guard.
  case end
}

/// Accesses to memories that are checked by compiled code.
extension Translator {
  /// Bytes of inaccessible address space behind a memory.
  private static let guardSize: UInt64 = 2 << 30
  /// No memory is as long.
  private static let longest: UInt64 = 1 << 48

  /// The checked address of an access, index and offset; `nil` when it traps whatever the index is.
  mutating func checkedAddress(
    _ memory: Int, offset: UInt64, bytes: UInt8, at position: Int
  ) -> (address: Int32, offset: UInt32)? {
    let plan = context.memories[memory]
    var index = pop()
    if values[index].type == .i32 { index = values.unary(.extendU, .i64, index, source: 0) }
    let (end, isHuge) = offset.addingReportingOverflow(UInt64(bytes))
    guard !isHuge, end < Self.longest else {
      trap(.memoryOutOfBounds, at: position)
      return nil
    }
    if plan.check == .index, end <= Self.guardSize {
      checkBounds(index, of: memory, at: position)
      return (index, UInt32(offset))
    }
    let sum = values.constant(.i64, end)
    let last = values.binary(.add, .i64, index, sum, source: 0)
    if plan.is64 {
      trapIf(values.compare(.ltU, last, sum), .memoryOutOfBounds, at: position)
    }
    checkBounds(last, of: memory, at: position)
    if offset < 1 << 31 { return (index, UInt32(offset)) }
    return (values.binary(.add, .i64, index, values.constant(.i64, offset), source: 0), 0)
  }

  /// Traps when a position is behind the memory's end, unless that is known: a memory never shrinks.
  private mutating func checkBounds(_ value: Int32, of memory: Int, at position: Int) {
    let slot = Int(truncatingIfNeeded: value &* 31 &+ Int32(memory)) & (checks.count - 1)
    let known = checks[slot]
    if known.value == value, known.memory == Int32(memory), values.scopes.dominates(known.point) {
      return
    }
    let length = values.append(Instruction(.memoryLength, .i64, flags: UInt16(memory)))
    trapIf(values.compare(.gtU, value, length), .memoryOutOfBounds, at: position)
    checks[slot] = KnownBound(value: value, memory: Int32(memory), point: values.count - 1)
  }

  /// Traps when the condition is not 0.
  mutating func trapIf(_ condition: Int32, _ kind: TrapKind, at position: Int) {
    if values[condition].op == .constant, values[condition].constantBits == 0 { return }
    values.append(
      Instruction(.trapIf, flags: UInt16(kind.rawValue), a: condition),
      source: UInt32(truncatingIfNeeded: position))
  }
}

/// A check that has been made: `value` is not behind the end of `memory` since the instruction at `point`.
struct KnownBound {
  var value: Int32 = -1
  var memory: Int32 = -1
  var point: Int32 = 0
}
