/// The index spaces of a module. The raw values up to that of `type` are those of imports, exports and aliases.
enum Space: UInt8, CaseIterable {
  case function = 0, table, memory, global, tag
  case module, instance, type
  case element, data

  /// The space whose items a word announces.
  init?(_ meaning: Meaning) {
    switch meaning {
    case .word(.func): self = .function
    case .word(.table): self = .table
    case .word(.memory): self = .memory
    case .word(.global): self = .global
    case .word(.tag): self = .tag
    case .word(.module): self = .module
    case .word(.instance): self = .instance
    case .word(.type): self = .type
    default: return nil
    }
  }

  /// As error messages call its items.
  var name: String {
    switch self {
    case .function: "func"
    case .table: "table"
    case .memory: "memory"
    case .global: "global"
    case .tag: "tag"
    case .module: "module"
    case .instance: "instance"
    case .type: "type"
    case .element: "elem segment"
    case .data: "data segment"
    }
  }
}

/// All index spaces of one module.
struct IndexSpaces {
  private var spaces = (0...Space.data.rawValue).map { _ in IndexSpace() }

  subscript(space: Space) -> IndexSpace {
    _read { yield spaces[Int(space.rawValue)] }
    _modify { yield &spaces[Int(space.rawValue)] }
  }

  /// The first reading is over.
  mutating func settle() {
    for space in spaces.indices { spaces[space].settle() }
  }
}

/// The names of one index space of a module, and how many items it has.
///
/// Imports and aliases are numbered before definitions, but aliases may be written after definitions. So a
/// definition has a preliminary number until the first reading is over.
struct IndexSpace {
  /// Marks the preliminary number of a definition.
  private static let definition: UInt32 = 1 << 31
  /// How many of the definitions have been encoded.
  private var encoded: UInt32 = 0
  /// By symbol: 0, or the index plus one.
  private var indices: [UInt32] = []
  /// How many items were imported or are aliases.
  private var before: UInt32 = 0
  private var definitions: UInt32 = 0
  /// Names that annotations give, by index.
  private var annotated: [UInt32: [UInt8]] = [:]

  /// Gives an item a name that it has only outside the text.
  mutating func annotate(_ index: UInt32, _ name: [UInt8]) { annotated[index] = name }

  /// Adds an item that comes before definitions: its index.
  mutating func add() -> UInt32 {
    defer { before += 1 }
    return before
  }

  /// Adds a definition: its preliminary number.
  mutating func addDefinition() -> UInt32 {
    defer { definitions += 1 }
    return definitions | Self.definition
  }

  /// The index of the definition that is encoded next.
  mutating func nextDefinition() -> UInt32 {
    defer { encoded += 1 }
    return before + encoded
  }

  /// Replaces preliminary numbers by indices.
  mutating func settle() {
    guard definitions > 0 else { return }
    let early = annotated
    annotated = [:]
    for (index, name) in early {
      let isDefinition = index >= Self.definition
      annotated[isDefinition ? (index & ~Self.definition) + before : index] = name
    }
    for symbol in indices.indices where indices[symbol] > Self.definition {
      indices[symbol] = (indices[symbol] & ~Self.definition) + before
    }
  }

  /// All names, in index order: those of annotations, then the identifiers of `symbols`.
  func names(_ symbols: Symbols) -> [(index: UInt32, name: [UInt8])] {
    var names = annotated.map { (index: $0.key, name: $0.value) }
    for symbol in indices.indices where indices[symbol] != 0 {
      let index = indices[symbol] - 1
      if !annotated.isEmpty, annotated[index] != nil { continue }
      names.append((index, Array(symbols.bytes(of: Symbol(number: UInt32(symbol))))))
    }
    names.sort { $0.index < $1.index }
    return names
  }

  /// Names an item; false when the name is taken.
  mutating func bind(_ symbol: Symbol, to index: UInt32) -> Bool {
    if symbol.position >= indices.count {
      let missing = symbol.position + 1 - indices.count
      indices.append(contentsOf: repeatElement(0, count: max(missing, indices.count)))
    }
    guard indices[symbol.position] == 0 else { return false }
    indices[symbol.position] = index + 1
    return true
  }

  mutating func unbind(_ symbol: Symbol) { indices[symbol.position] = 0 }

  @inline(__always)
  func index(of symbol: Symbol) -> UInt32? {
    guard symbol.position < indices.count, indices[symbol.position] != 0 else { return nil }
    return indices[symbol.position] - 1
  }
}

/// The parameters and locals of the function that is being read.
struct LocalScope {
  private var space = IndexSpace()
  private(set) var count: UInt32 = 0
  /// The identifiers that are bound.
  private var bound: [Symbol] = []
  /// The names that are seen outside the text, in index order.
  private(set) var named: [(index: UInt32, symbol: Symbol)] = []

  /// - Parameter annotated: the name that it has outside the text, if that is not the identifier.
  /// - Returns: false when the identifier is taken.
  mutating func add(_ symbol: Symbol?, annotated: Symbol?) -> Bool {
    if let symbol {
      guard space.bind(symbol, to: count) else { return false }
      bound.append(symbol)
    }
    if let name = annotated ?? symbol { named.append((count, name)) }
    count += 1
    return true
  }

  /// Parameters that a type without names brings in.
  mutating func addUnnamed(_ more: Int) { count += UInt32(more) }

  func index(of symbol: Symbol) -> UInt32? { space.index(of: symbol) }

  /// Makes it ready for the next function.
  mutating func removeAll() {
    for symbol in bound { space.unbind(symbol) }
    bound.removeAll(keepingCapacity: true)
    named.removeAll(keepingCapacity: true)
    count = 0
  }
}

/// What a block's label is called in the text, and outside of it if that is something else.
struct Label {
  var symbol: Symbol?
  var annotated: Symbol?
}

/// The labels around the instruction that is being read. A label hides outer ones of the same name.
struct LabelScope {
  private var stack: [(symbol: Symbol?, hidden: UInt32)] = []
  /// How many labels the function has so far.
  private var count: UInt32 = 0
  /// The named ones, in the order in which they were opened.
  private(set) var named: [(index: UInt32, symbol: Symbol)] = []
  /// By symbol: 0, or the height of its innermost label in the stack, from 1.
  private var heights: [UInt32] = []

  mutating func push(_ label: Label) {
    defer { count += 1 }
    if let name = label.annotated ?? label.symbol { named.append((count, name)) }
    guard let symbol = label.symbol else { return stack.append((nil, 0)) }
    if symbol.position >= heights.count {
      let missing = symbol.position + 1 - heights.count
      heights.append(contentsOf: repeatElement(0, count: max(missing, heights.count)))
    }
    stack.append((symbol, heights[symbol.position]))
    heights[symbol.position] = UInt32(stack.count)
  }

  mutating func pop() {
    let (symbol, hidden) = stack.removeLast()
    if let symbol { heights[symbol.position] = hidden }
  }

  /// Makes it ready for the next function.
  mutating func removeNames() {
    named.removeAll(keepingCapacity: true)
    count = 0
  }

  /// The name of the innermost label.
  var innermost: Symbol? { stack.last?.symbol }

  /// How many labels are between here and the one of that name.
  func depth(of symbol: Symbol) -> UInt32? {
    guard symbol.position < heights.count, heights[symbol.position] != 0 else { return nil }
    return UInt32(stack.count) - heights[symbol.position]
  }
}
