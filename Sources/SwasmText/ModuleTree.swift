/// Encodes a module and those in it. Modules that are being read are on a stack: the depth to which they nest
/// is the text's to choose.
struct ModuleTree {
  /// The deepest nesting that is accepted: far beyond use, and little enough for each level's bytes to be copied
  /// into those of the level around it.
  static let mostLevels = 10_000

  /// The modules around the place of reading, the outermost first.
  private var open: [ModuleEncoder]
  /// All modules that have been read once, in the order in which they begin.
  private var declared: [ModuleEncoder?] = []
  /// Has the outermost module anything of module linking?
  private var usesLinking: Bool {
    (open.first ?? declared.first ?? nil)?.usesLinking ?? usedLinking
  }
  private var usedLinking = false

  private init(_ cursor: Cursor, name: [UInt8]?, linking: Linking) {
    open = [ModuleEncoder(cursor: cursor, name: name, linking: linking)]
  }

  /// Encodes the fields up to the parenthesis that closes the module, or to the end of the text.
  ///
  /// Nearly every text is a module without others: it is read as one first, and only when it isn't, with
  /// everything that module linking adds.
  static func encode(_ cursor: inout Cursor, name: [UInt8]?) throws(TextError) -> [UInt8] {
    let alone: TextError
    do throws(TextError) {
      var tree = ModuleTree(cursor, name: name, linking: .none)
      return try tree.encode(&cursor)
    } catch {
      alone = error
    }
    var tree = ModuleTree(cursor, name: name, linking: .typesFirst)
    do throws(TextError) {
      let bytes = try tree.encode(&cursor)
      if tree.usesLinking { return bytes }
    } catch {
      throw tree.usesLinking ? error : alone
    }
    throw alone
  }

  private mutating func encode(_ cursor: inout Cursor) throws(TextError) -> [UInt8] {
    try declare()
    return try encodeDeclared(&cursor)
  }

  /// The first reading of all modules.
  private mutating func declare() throws(TextError) {
    /// Of each open module, its place in `declared`.
    var places = [0]
    declared.append(nil)
    while let last = open.indices.last {
      switch try open[last].declareFields() {
      case .module(let name):
        guard open.count < Self.mostLevels else {
          throw open[last].cursor.failure(.tooManyLevels, at: open[last].cursor.token)
        }
        places.append(declared.count)
        declared.append(nil)
        open.append(
          ModuleEncoder(cursor: open[last].cursor, name: name, linking: .typesFirst))
      case .end:
        let module = open.removeLast()
        if last > 0 { try resume(after: module) }
        declared[places.removeLast()] = module
      }
    }
  }

  /// The second reading of all modules.
  private mutating func encodeDeclared(_ cursor: inout Cursor) throws(TextError) -> [UInt8] {
    var next = 0
    try enter(&next)
    while true {
      let last = open.count - 1
      switch try open[last].encodeFields() {
      case .module: try enter(&next)
      case .end:
        let bytes = try open[last].assemble()
        let module = open.removeLast()
        guard last > 0 else {
          usedLinking = module.usesLinking
          cursor.go(to: module.cursor.bookmark)
          return bytes
        }
        var item: [UInt8] = []
        item.appendVector(bytes)
        open[last - 1].moduleItems.append(item)
        try resume(after: module)
      }
    }
  }

  /// Begins the second reading of the next module.
  private mutating func enter(_ next: inout Int) throws(TextError) {
    guard var module = declared[next].take() else { preconditionFailure("read twice") }
    next += 1
    module.cursor.go(to: module.start)
    try module.encodeAliases(in: open)
    open.append(module)
  }

  /// Goes on after a module that has just been read, in the one around it.
  private mutating func resume(after module: ModuleEncoder) throws(TextError) {
    open[open.count - 1].cursor.go(to: module.cursor.bookmark)
    try open[open.count - 1].cursor.close()
  }
}
