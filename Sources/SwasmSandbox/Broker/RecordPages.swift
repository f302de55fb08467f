import SwasmWASI

/// The pages in which a broker tells its launcher what paths were used: a ``PathTable``.
///
///     0 u64 entries     8 u64 not found     16 u64 names     24 u64 largest file     32 u64 table was full
///     4096… entries of 1296 bytes: u32 granted directory, u8 write, u8 operation, u16 length, u16 length of the
///     name, then directory and name
struct RecordPages {
  private static let header = 4096
  private static let entrySize = 12 + PathTable.directoryLimit + 260
  static let size = header + entrySize * PathTable.capacity

  private let bytes: UnsafeMutableRawBufferPointer

  /// - Parameter bytes: ``size`` of them, zero at first.
  init(_ bytes: UnsafeMutableRawBufferPointer) {
    precondition(bytes.count >= Self.size, "room for the whole table")
    self.bytes = bytes
  }

  /// - Parameter changed: the entries that are new or other than before; nil for all.
  func write(_ table: PathTable, changed: Range<Int>?) {
    for number in changed ?? table.entries.indices { write(table.entries[number], number) }
    write(table.totals)
    bytes.storeBytes(of: UInt64(table.entries.count), as: UInt64.self)
  }

  func write(_ totals: PathTable.Totals) {
    bytes.storeBytes(of: totals.notFound, toByteOffset: 8, as: UInt64.self)
    bytes.storeBytes(of: totals.names, toByteOffset: 16, as: UInt64.self)
    bytes.storeBytes(of: totals.largestFile, toByteOffset: 24, as: UInt64.self)
    bytes.storeBytes(of: totals.wasFull ? 1 : 0, toByteOffset: 32, as: UInt64.self)
  }

  private func write(_ entry: PathTable.Entry, _ number: Int) {
    let start = Self.header + Self.entrySize * number
    bytes.storeBytes(of: UInt32(entry.root), toByteOffset: start, as: UInt32.self)
    bytes.storeBytes(of: entry.isWrite ? 1 : 0, toByteOffset: start + 4, as: UInt8.self)
    bytes.storeBytes(
      of: UInt8(entry.operation.rawValue), toByteOffset: start + 5, as: UInt8.self)
    bytes.storeBytes(
      of: UInt16(entry.directory.count), toByteOffset: start + 6, as: UInt16.self)
    bytes.storeBytes(of: UInt16(entry.name.count), toByteOffset: start + 8, as: UInt16.self)
    let text = start + 12
    for (offset, byte) in (entry.directory + entry.name).enumerated() {
      bytes[text + offset] = byte
    }
  }

  /// What a broker wrote, which is checked: it may have been taken over.
  ///
  /// - Parameter roots: granted directories.
  static func read(_ bytes: UnsafeRawBufferPointer, roots: Int) -> (
    entries: [PathTable.Entry], totals: PathTable.Totals
  ) {
    func number(_ offset: Int) -> UInt64 { bytes.load(fromByteOffset: offset, as: UInt64.self) }
    let totals = PathTable.Totals(
      notFound: number(8), names: number(16), largestFile: number(24), wasFull: number(32) != 0)
    let count = Int(min(number(0), UInt64(PathTable.capacity)))
    return ((0..<count).compactMap { entry(bytes, $0, roots: roots) }, totals)
  }

  private static func entry(_ bytes: UnsafeRawBufferPointer, _ number: Int, roots: Int)
    -> PathTable.Entry?
  {
    let start = header + entrySize * number
    let root = Int(bytes.load(fromByteOffset: start, as: UInt32.self))
    let length = Int(bytes.load(fromByteOffset: start + 6, as: UInt16.self))
    let nameLength = Int(bytes.load(fromByteOffset: start + 8, as: UInt16.self))
    guard root < roots, length <= PathTable.directoryLimit, nameLength <= PathTable.nameLimit,
      let operation = BrokerOperation(rawValue: UInt32(bytes[start + 5]))
    else { return nil }
    let text = start + 12
    let directory = Array(bytes[text..<text + length])
    let components = directory.split(
      separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let isPlain = components.allSatisfy { component in
      !component.isEmpty && !component.contains(0) && !component.elementsEqual([0x2e])
        && !component.elementsEqual([0x2e, 0x2e])
    }
    guard directory.isEmpty || isPlain else { return nil }
    return PathTable.Entry(
      root: root, directory: directory, isWrite: bytes[start + 4] != 0, operation: operation,
      name: Array(bytes[text + length..<text + length + nameLength]))
  }
}
