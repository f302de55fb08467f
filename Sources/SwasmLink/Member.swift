import SwasmDecoder
import SwasmModule

/// A module that becomes part of a set.
struct Member {
  /// What others import it by; `nil` for the root.
  let name: [UInt8]?
  let bytes: [UInt8]
  /// By namespace, in the order in which the module names them first.
  private(set) var imports: [ImportGroup] = []
  /// In the module's order.
  private(set) var exports: [NamedExport] = []
  private(set) var exportTypes: [[UInt8]: ItemType] = [:]

  /// The imports of one first name: together they are one instance.
  struct ImportGroup {
    var namespace: [UInt8]
    var items: [NamedItem] = []
  }

  /// - Parameter index: for errors.
  init(name: String?, bytes: [UInt8], index: Int) throws(LinkError) {
    self.name = name.map { Array($0.utf8) }
    self.bytes = bytes
    let module: Module
    do throws(DecodeError) {
      module = try decode(bytes)
    } catch {
      throw LinkError(.malformed(error), member: index)
    }
    guard !Self.hasLinkingSections(bytes) else { throw LinkError(.linkedAlready, member: index) }
    try addImports(module, index)
    addExports(module)
  }

  private mutating func addImports(_ module: Module, _ index: Int) throws(LinkError) {
    var groups: [[UInt8]: Int] = [:]
    var seen: Set<[[UInt8]]> = []
    for entry in module.imports {
      guard let type = ItemType(entry.item, in: module) else {
        throw LinkError(.linkedAlready, member: index)
      }
      let namespace = Array(entry.module.utf8)
      let name = Array(entry.name.utf8)
      guard !type.namesDefinedTypes else {
        throw LinkError(.typedReference(ImportedName(namespace, name)), member: index)
      }
      guard seen.insert([namespace, name]).inserted else {
        throw LinkError(.importedTwice(ImportedName(namespace, name)), member: index)
      }
      let group = groups[namespace] ?? imports.count
      if group == imports.count {
        groups[namespace] = group
        imports.append(ImportGroup(namespace: namespace))
      }
      imports[group].items.append(NamedItem(name: name, type: type))
    }
  }

  private mutating func addExports(_ module: Module) {
    for export in module.exports {
      let name = Array(export.name.utf8)
      guard exportTypes[name] == nil, let type = ItemType(export, in: module) else { continue }
      exportTypes[name] = type
      exports.append(NamedExport(name: name, kind: export.kind, index: export.index))
    }
  }

  /// Whether a module that could be decoded has sections that an ordinary module has not.
  private static func hasLinkingSections(_ bytes: [UInt8]) -> Bool {
    var reader = InstructionReader(bytes, in: 8..<bytes.count)
    while !reader.isAtEnd {
      if (14...16).contains(reader.readByte()) { return true }
      _ = reader.skip(Int(reader.readU32()))
      if reader.fault != nil { return false }
    }
    return false
  }
}

/// Something imported or exported. Names are bytes: `String` takes different spellings of a letter to be equal.
struct NamedItem: Hashable {
  var name: [UInt8]
  var type: ItemType
}

struct NamedExport {
  var name: [UInt8]
  var kind: ExternalKind
  /// In the member's index space.
  var index: UInt32
}
