import SwasmModule

/// Sections in the order in which items are added: items of one section in a row share it.
struct ModuleWriter {
  /// The ids of the sections that linking uses.
  enum Section: UInt8 {
    case type = 1
    case `import` = 2
    case export = 7
    case start = 8
    case module = 14
    case instance = 15
    case alias = 16
  }

  private(set) var bytes: [UInt8] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
  private var section = Section.type
  private var count = 0
  private var items: [UInt8] = []

  mutating func add(_ section: Section, _ item: [UInt8]) {
    if section != self.section { endSection() }
    self.section = section
    count += 1
    items += item
  }

  /// The start section, which is not a list.
  mutating func addStart(function: Int) {
    endSection()
    bytes.append(Section.start.rawValue)
    bytes.appendVector(Self.number(function))
  }

  mutating func endSection() {
    guard count > 0 else { return }
    let prefix = Self.number(count)
    bytes.append(section.rawValue)
    bytes.appendNumber(prefix.count + items.count)
    bytes += prefix
    bytes += items
    count = 0
    items = []
  }

  private static func number(_ value: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendNumber(value)
    return bytes
  }
}

extension [UInt8] {
  /// LEB128, unsigned.
  mutating func appendNumber(_ value: some BinaryInteger) {
    var rest = UInt64(value)
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }

  /// Bytes after their count.
  mutating func appendVector(_ bytes: [UInt8]) {
    appendNumber(bytes.count)
    self += bytes
  }

  private mutating func appendTypes(_ types: [ValueType]) {
    appendNumber(types.count)
    for type in types { append(type) }
  }

  /// A type that names no type of a module.
  private mutating func append(_ type: ValueType) {
    if type.isReference, !type.isNullable { append(0x64) }
    append(type.code)
  }

  mutating func appendFunctionType(_ type: FunctionType) {
    append(0x60)
    appendTypes(type.parameters)
    appendTypes(type.results)
  }

  private mutating func appendLimits(_ limits: Limits, flags: UInt8) {
    append((limits.maximum == nil ? 0 : 1) | flags)
    appendNumber(limits.minimum)
    if let maximum = limits.maximum { appendNumber(maximum) }
  }

  /// A kind and a type.
  ///
  /// - Parameter types: where function types are, or are added to.
  mutating func appendItemType(_ type: ItemType, _ types: inout FunctionTypeList) {
    append(type.kind.rawValue)
    switch type {
    case .function(let type): appendNumber(types.index(of: type))
    case .tag(let type):
      append(0x00)
      appendNumber(types.index(of: type))
    case .table(let type):
      append(type.element)
      appendLimits(type.limits, flags: type.is64 ? 4 : 0)
    case .memory(let type):
      let hasPageSize = type.pageSizeLog2 != 16
      appendLimits(
        type.limits,
        flags: (type.isShared ? 2 : 0) | (type.is64 ? 4 : 0) | (hasPageSize ? 8 : 0))
      if hasPageSize { append(type.pageSizeLog2) }
    case .global(let type):
      append(type.value)
      append(type.isMutable ? 1 : 0)
    }
  }

  /// A single-level import: a name, an empty one, the mark of single-level imports, and what it is.
  static func singleImport(_ name: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendVector(name)
    return bytes + [0x00, 0xff]
  }
}

/// The function types of a module that is being written.
struct FunctionTypeList {
  private(set) var types: [FunctionType] = []
  private var indices: [FunctionType: Int] = [:]

  mutating func index(of type: FunctionType) -> Int {
    if let known = indices[type] { return known }
    indices[type] = types.count
    types.append(type)
    return types.count - 1
  }
}
