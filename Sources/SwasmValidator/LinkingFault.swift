public import SwasmModule

/// What is wrong with how modules are put together.
public enum LinkingFault: Error, Hashable, Sendable, CustomStringConvertible {
  case typeOfOtherKind(TypeIndex, expected: ExternalKind)
  case duplicateImportName(String)
  case importDefinedTwice(String)
  case duplicateName(String)
  case unknownExport(String)
  case aliasKind(String, expected: ExternalKind, found: ExternalKind)
  case outerDepth(UInt32, enclosing: Int)
  case missingArgument(String)
  case incompatibleArgument(String)
  case duplicateArgument(String)
  case effectiveTypeSize

  public var description: String {
    switch self {
    case .typeOfOtherKind(let index, let expected):
      "type index is not \(expected == .instance ? "an" : "a") \(expected): \(index)"
    case .duplicateImportName(let name): "duplicate import name `\(name)`"
    case .importDefinedTwice(let name): "cannot define the import `\(name)` twice"
    case .duplicateName(let name): "duplicate export name `\(name)` in a type"
    case .unknownExport(let name): "aliased name `\(name)` does not exist in instance"
    case .aliasKind(let name, let expected, let found):
      "alias kind mismatch with export kind: `\(name)` is a \(found), not a \(expected)"
    case .outerDepth(let depth, let enclosing):
      "relative depth too large: \(depth) in a module inside \(enclosing)"
    case .missingArgument(let name): "no import named `\(name)`: an argument is missing"
    case .incompatibleArgument(let name):
      "item type mismatch: argument `\(name)` is not of the type that is imported"
    case .duplicateArgument(let name): "duplicate arg name `\(name)`"
    case .effectiveTypeSize:
      "effective type size too large: more than \(ImplementationLimits.effectiveTypeSize) items"
    }
  }
}
