/// The index spaces of a module. The raw values of the first four are those of imports and exports.
enum Space: UInt8, CaseIterable {
  case function, table, memory, global
  case type, element, data

  /// As error messages call its items.
  var name: String {
    switch self {
    case .function: "func"
    case .table: "table"
    case .memory: "memory"
    case .global: "global"
    case .type: "type"
    case .element: "elem segment"
    case .data: "data segment"
    }
  }
}

/// All index spaces of one module.
struct IndexSpaces {
  private var spaces = Space.allCases.map { _ in IndexSpace() }

  subscript(space: Space) -> IndexSpace {
    _read { yield spaces[Int(space.rawValue)] }
    _modify { yield &spaces[Int(space.rawValue)] }
  }
}

/// The names of one index space of a module, and how many items it has.
struct IndexSpace {
  /// How many of the items have been encoded.
  var encoded: UInt32 = 0
  /// By symbol: 0, or the index plus one.
  private var indices: [UInt32] = []
  /// How many items there are.
  private(set) var count: UInt32 = 0

  /// Adds an item without a name.
  mutating func add() -> UInt32 {
    defer { count += 1 }
    return count
  }

  /// The index of the item that is encoded next.
  mutating func next() -> UInt32 {
    defer { encoded += 1 }
    return encoded
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
  /// The named ones, in index order.
  private(set) var named: [(index: UInt32, symbol: Symbol)] = []

  /// - Returns: false when the name is taken.
  mutating func add(_ symbol: Symbol?) -> Bool {
    if let symbol {
      guard space.bind(symbol, to: count) else { return false }
      named.append((count, symbol))
    }
    count += 1
    return true
  }

  /// Parameters that a type without names brings in.
  mutating func addUnnamed(_ more: Int) { count += UInt32(more) }

  func index(of symbol: Symbol) -> UInt32? { space.index(of: symbol) }

  /// Makes it ready for the next function.
  mutating func removeAll() {
    for local in named { space.unbind(local.symbol) }
    named.removeAll(keepingCapacity: true)
    count = 0
  }
}

/// The labels around the instruction that is being read. A label hides outer ones of the same name.
struct LabelScope {
  private var stack: [(symbol: Symbol?, hidden: UInt32)] = []
  /// By symbol: 0, or the height of its innermost label in the stack, from 1.
  private var heights: [UInt32] = []

  mutating func push(_ symbol: Symbol?) {
    guard let symbol else { return stack.append((nil, 0)) }
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

  /// The name of the innermost label.
  var innermost: Symbol? { stack.last?.symbol }

  /// How many labels are between here and the one of that name.
  func depth(of symbol: Symbol) -> UInt32? {
    guard symbol.position < heights.count, heights[symbol.position] != 0 else { return nil }
    return UInt32(stack.count) - heights[symbol.position]
  }
}
