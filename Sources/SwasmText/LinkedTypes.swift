import SwasmModule

/// The type of a module or an instance, as it is written: names are looked up when it is encoded. Equal ones
/// are the same type.
struct LinkedType: Hashable {
  /// What a member is: the bytes of a table, memory or global type, or a reference to a type.
  enum Description: Hashable {
    case plain([UInt8])
    case type(ItemReference)
  }

  struct Member: Hashable {
    /// One name, or two for an import of two levels.
    var name: [UInt8]
    var field: [UInt8]?
    var space: Space
    var description: Description
  }

  /// `.module` or `.instance`.
  var space: Space
  var imports: [Member] = []
  var exports: [Member] = []
  /// Where it is written.
  var place: Place

  /// A position that doesn't take part in comparisons.
  struct Place: Hashable {
    var token: Token

    static func == (left: Place, right: Place) -> Bool { true }
    func hash(into hasher: inout Hasher) {}
  }
}

/// A module or instance type as read, its members' types not yet in the type section. Types inside types are
/// in one list: their depth is the text's to choose.
private struct ReadType {
  enum Description {
    case plain([UInt8])
    case written(ItemReference)
    case function(FunctionType)
    /// The type at that place in the list.
    case linked(Int)
  }

  struct Member {
    var name: [UInt8]
    var field: [UInt8]?
    var isImport: Bool
    var space = Space.function
    var description = Description.plain([])
  }

  var space: Space
  var token: Token
  var members: [Member] = []

  var mayImport: Bool { space == .module && members.last?.isImport != false }

  /// The order in which types are added that members imply: exports first.
  var order: [Int] {
    members.indices.filter { !members[$0].isImport }
      + members.indices.filter { members[$0].isImport }
  }
}

extension ModuleEncoder {
  /// Reads the type of a module or an instance: `(type $t)`, or its imports and exports, up to a closing
  /// parenthesis that isn't its own.
  mutating func linkedTypeUse(_ space: Space) throws(TextError) -> ItemReference {
    usesLinking = true
    if let explicit = try writtenType() { return explicit }
    return types.reference(to: try linkedType(space))
  }

  /// Reads `(import …)* (export …)*`, and adds the types that are implied.
  mutating func linkedType(_ space: Space) throws(TextError) -> LinkedType {
    var read = [ReadType(space: space, token: cursor.token)]
    var open = [0]
    while let current = open.last {
      if cursor.token.kind != .rightParenthesis {
        var member = try openMember(mayImport: read[current].mayImport)
        if let inner = try describe(&member) {
          member.description = .linked(read.count)
          open.append(read.count)
          read.append(inner)
        }
        read[current].members.append(member)
        continue
      }
      open.removeLast()
      if !open.isEmpty {
        try cursor.close()
        try cursor.close()
      }
    }
    return declared(read)
  }

  /// Reads `(import "a" "b"?` or `(export "a"`.
  private mutating func openMember(mayImport: Bool) throws(TextError) -> ReadType.Member {
    let isImport = mayImport ? try cursor.skipOpen(.import) : false
    if !isImport { try cursor.open(.export) }
    var member = ReadType.Member(name: try cursor.name(), isImport: isImport)
    if isImport, cursor.token.kind == .string { member.field = try cursor.name() }
    return member
  }

  /// Reads `(func …)` and the like, with the parenthesis that closes the member.
  ///
  /// - Returns: the module or instance type that is written out there, and which is to be read next.
  private mutating func describe(_ member: inout ReadType.Member) throws(TextError) -> ReadType? {
    member.space = try importedSpace()
    _ = try cursor.optionalIdentifier()
    try cursor.annotatedName()
    switch member.space {
    case .function:
      let explicit = try writtenType()
      try signature(named: .anywhere)
      locals.removeAll()
      member.description =
        if let explicit {
          .written(explicit)
        } else {
          .function(FunctionType(parameters: parameters, results: results))
        }
    case .module, .instance:
      let token = cursor.token
      guard let explicit = try writtenType() else {
        return ReadType(space: member.space, token: token)
      }
      member.description = .written(explicit)
    default: member.description = .plain(try plainItemType(member.space))
    }
    try cursor.close()
    try cursor.close()
    return nil
  }

  /// Adds the types that are implied by the first of the types read, the innermost first.
  private mutating func declared(_ read: [ReadType]) -> LinkedType {
    var open = [(type: 0, order: read[0].order[...])]
    var finished: [LinkedType.Description?] = read.map { _ in nil }
    while let (current, order) = open.last {
      if let next = order.first {
        open[open.count - 1].order.removeFirst()
        if case .linked(let inner) = read[current].members[next].description {
          open.append((inner, read[inner].order[...]))
        }
        if case .function(let type) = read[current].members[next].description {
          _ = types.index(of: type)
        }
        continue
      }
      open.removeLast()
      let type = linkedType(read[current], finished)
      if open.isEmpty { return type }
      finished[current] = .type(types.reference(to: type))
    }
    preconditionFailure("the first type is finished last")
  }

  /// - Parameter finished: references to the types inside.
  private mutating func linkedType(
    _ read: ReadType, _ finished: [LinkedType.Description?]
  ) -> LinkedType {
    var type = LinkedType(space: read.space, place: LinkedType.Place(token: read.token))
    for member in read.members {
      let description: LinkedType.Description =
        switch member.description {
        case .plain(let bytes): .plain(bytes)
        case .written(let reference): .type(reference)
        case .function(let function): .type(types.reference(to: types.index(of: function)))
        case .linked(let inner): finished[inner] ?? .plain([])
        }
      let member = LinkedType.Member(
        name: member.name, field: member.field, space: member.space, description: description)
      if read.members[type.imports.count + type.exports.count].isImport {
        type.imports.append(member)
      } else {
        type.exports.append(member)
      }
    }
    return type
  }

  /// Reads `(type …)` if it comes next, not looking it up.
  mutating func writtenType() throws(TextError) -> ItemReference? {
    guard try cursor.skipOpen(.type) else { return nil }
    let reference = try references(to: .type)
    try cursor.close()
    return reference
  }

  /// Reads the type use of a function that has no body, not looking names up.
  mutating func functionTypeReference() throws(TextError) -> ItemReference {
    defer { locals.removeAll() }
    if let explicit = try writtenType() {
      try signature(named: .anywhere)
      return explicit
    }
    try signature(named: .anywhere)
    let index = types.index(of: FunctionType(parameters: parameters, results: results))
    return types.reference(to: index)
  }

  /// The bytes of a module or instance type in the type section.
  func encoded(_ type: LinkedType) throws(TextError) -> [UInt8] {
    var bytes: [UInt8] = [type.space == .module ? 0x61 : 0x62]
    if type.space == .module {
      bytes.appendCount(type.imports.count)
      for member in type.imports {
        bytes.append(importName: member.name, member.field)
        try append(member, type.place.token, to: &bytes)
      }
    }
    bytes.appendCount(type.exports.count)
    for member in type.exports {
      bytes.appendVector(member.name)
      try append(member, type.place.token, to: &bytes)
    }
    return bytes
  }

  private func append(
    _ member: LinkedType.Member, _ token: Token, to bytes: inout [UInt8]
  ) throws(TextError) {
    bytes.append(member.space.rawValue)
    switch member.description {
    case .plain(let plain): bytes += plain
    case .type(let reference): bytes.appendUnsigned(try resolve(reference, in: .type, token))
    }
  }
}
