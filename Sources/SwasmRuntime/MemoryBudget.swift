import CSwasm
import SwasmArtifact
import SwasmModule

/// What the modules of a store may take together. Everything that a module can ask for more of is counted before it
/// is made: memories and tables with what they grow by (in C), element lists, and what the runtime keeps for
/// an instance. The kernel's limit stands behind it, for what is not worth counting.
struct MemoryBudget: ~Copyable {
  /// Where `memory.grow` and `table.grow` count.
  let raw: UnsafeMutablePointer<swasm_budget>
  /// Bytes of address space that is kept for tables to grow into: accessible from the start, it counts against the kernel's
  /// limit, but takes nothing before a table grows.
  private var tableRoom: UInt64

  enum Item: String {
    case memories, tables, elements = "element segments", instances
    case program = "compiled code"
  }

  /// Page tables and records of a reservation.
  private static let reservationCost: UInt64 = 16 << 10
  /// Records of an instance, page tables and areas of its mapping.
  private static let instanceCost: UInt64 = 8 << 10

  init(_ limits: RuntimeLimits) {
    raw = .allocate(capacity: 1)
    let (sum, overflow) = limits.memoryBytes.addingReportingOverflow(RuntimeLimits.otherBytes)
    raw.initialize(
      to: swasm_budget(
        memory_limit: limits.memoryBytes, memory_used: 0, limit: overflow ? .max : sum, used: 0))
    tableRoom = limits.tableRoomBytes
  }

  deinit { raw.deallocate() }

  /// Bytes by which memories may still grow.
  var left: UInt64 {
    min(
      raw.pointee.memory_limit - raw.pointee.memory_used, raw.pointee.limit - raw.pointee.used)
  }

  func take(_ item: Item, _ bytes: UInt64) throws(InstantiationFailure) {
    let budget = raw.pointee
    guard bytes <= budget.limit - budget.used else {
      throw .overBudget(item.rawValue, total: Self.sum(budget.used, bytes), limit: budget.limit)
    }
    raw.pointee.used += bytes
  }

  func takeMemory(_ bytes: UInt64) throws(InstantiationFailure) {
    let budget = raw.pointee
    guard bytes <= budget.memory_limit - budget.memory_used else {
      throw .overBudget(
        Item.memories.rawValue, total: Self.sum(budget.memory_used, bytes),
        limit: budget.memory_limit)
    }
    try take(.memories, Self.sum(bytes, Self.reservationCost))
    raw.pointee.memory_used += bytes
  }

  /// - Parameter most: elements that the table may have at all.
  /// - Returns: the elements that it may grow to; half of the room that is left at most.
  mutating func takeTable(_ type: TableType, most: UInt64) throws(InstantiationFailure) -> UInt64 {
    let size = UInt64(TableEntry.size)
    let length = type.limits.minimum
    guard length <= most else { throw .tableLimit(elements: length, allowed: most) }
    try take(.tables, roundedToPage(length * size) + Self.reservationCost)
    let wanted = max(length, min(type.limits.maximum ?? .max, most)) - length
    let more = min(wanted, tableRoom / 2 / size)
    tableRoom -= more * size
    return length + more
  }

  func takeInstance(of module: LoadedModule) throws(InstantiationFailure) {
    let artifact = module.module
    var bytes = Self.instanceCost + roundedToPage(UInt64(artifact.layout.size))
    // Of the page tables a part is the text's.
    bytes += UInt64(module.module.text.count) >> 9
    // A word or two in a list for each item that is made, and what each kind takes by itself.
    bytes += 32 * UInt64(artifact.initializers.count)
    let perFunction =
      MemoryLayout<FunctionValue>.stride + MemoryLayout<swasm_function_reference>.size
    bytes += UInt64(artifact.functionTypes.count * perFunction)
    bytes += 128 * UInt64(artifact.globals.count)
    bytes += 64 * UInt64(artifact.exports.count + artifact.tags.count)
    bytes += 32 * UInt64(artifact.elements.count + artifact.data.count)
    try take(.instances, bytes)
  }

  private static func sum(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? .max : sum
  }
}
