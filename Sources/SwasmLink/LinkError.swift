public import SwasmDecoder
import SwasmModule

/// Why modules are not made into a set.
public struct LinkError: Error, Hashable, Sendable, CustomStringConvertible {
  public var cause: Cause
  /// The member that it is about: a library's position, or the number of libraries for the root.
  public var member: Int

  public init(_ cause: Cause, member: Int) {
    self.cause = cause
    self.member = member
  }

  public var description: String { cause.description }

  public enum Cause: Hashable, Sendable {
    case malformed(DecodeError)
    /// The member uses linking itself.
    case linkedAlready
    /// A linked module can't import a thing twice.
    case importedTwice(ImportedName)
    /// At least one import; `isNamespaceKnown`: libraries of that name are there, but don't export it.
    case missing([MissingImport])
    /// What the import needs, and what is given.
    case mismatch(ImportedName, String)
    /// Two members import the same thing of the host with different types.
    case hostMismatch(ImportedName, expected: String, earlier: String)
    /// Libraries in a circle; the last imports from the first.
    case cycle([CycleStep])
    case tooLarge(Int)
    /// An item between members whose type names a type of its module.
    case typedReference(ImportedName)
  }
}

public struct ImportedName: Hashable, Sendable, CustomStringConvertible {
  public var module: String
  public var name: String

  public init(_ module: String, _ name: String) {
    self.module = module
    self.name = name
  }

  init(_ module: [UInt8], _ name: [UInt8]) {
    self.init(String(decoding: module, as: UTF8.self), String(decoding: name, as: UTF8.self))
  }

  public var description: String { "\(module).\(name)" }
}

public struct MissingImport: Hashable, Sendable {
  public var item: ImportedName
  /// Other libraries have the import's first name, without exporting the second.
  public var isNamespaceKnown: Bool

  public init(_ item: ImportedName, isNamespaceKnown: Bool) {
    self.item = item
    self.isNamespaceKnown = isNamespaceKnown
  }
}

/// A library in a circle and what it imports of the next.
public struct CycleStep: Hashable, Sendable {
  public var library: String
  public var item: ImportedName

  public init(_ library: String, _ item: ImportedName) {
    self.library = library
    self.item = item
  }
}

extension LinkError.Cause: CustomStringConvertible {
  /// Imports that one message names.
  private static let mostNamed = 8

  public var description: String {
    switch self {
    case .malformed(let error): error.description
    case .linkedAlready: "is already a linked set; link takes ordinary modules"
    case .importedTwice(let item): "imports \(item) twice; a member of a set may not"
    case .missing(let imports): Self.words(imports)
    case .mismatch(let item, let difference): "import \(item) \(difference)"
    case .hostMismatch(let item, let expected, let earlier):
      "imports \(item) as \(expected), another member as \(earlier)"
    case .cycle(let steps):
      "these modules import each other in a circle, so that none can come first: "
        + steps.map { "\($0.library) imports \($0.item)" }.joined(separator: ", ")
        + "; a library of its own for what they share would break the circle"
    case .typedReference(let item):
      "not supported yet: \(item) has a type that refers to types defined in its module"
    case .tooLarge(let size): "the set would take \(size) bytes, more than a module may have"
    }
  }

  private static func words(_ imports: [MissingImport]) -> String {
    let names = imports.prefix(mostNamed).map(\.item.description)
    let more = imports.count > names.count ? " and \(imports.count - names.count) more" : ""
    var unknown: [String] = []
    for item in imports where !item.isNamespaceKnown && !unknown.contains(item.item.module) {
      if unknown.count < mostNamed { unknown.append(item.item.module) }
    }
    let remedy =
      unknown.isEmpty
      ? "no library of that name exports \(imports.count == 1 ? "it" : "them")"
      : unknown.map { "--with \(ShellWord.quoted($0))=FILE" }.joined(separator: " ")
        + (unknown.count == 1 ? " supplies it" : " supply them")
    return "imports \(names.joined(separator: ", "))\(more), which nothing provides; \(remedy)"
  }
}
