import CSwasm
import SwasmArtifact
public import SwasmModule

/// An instance of a module. It keeps its store alive.
public struct Instance {
  public let store: Store
  let record: InstanceRecord

  /// The module's name.
  public var name: String { record.path }
  public var exportNames: [String] { record.artifact.exports.map(\.name) }

  public func export(_ name: String) -> External? {
    record.export(name).map { External(store: store, value: $0) }
  }

  /// The type of an exported function.
  public func functionType(of export: String) -> FunctionType? {
    guard case .function(let function) = record.export(export) else { return nil }
    return store.type(of: function)
  }

  /// Calls an exported function and returns its results.
  public func call(
    _ export: String, _ arguments: [Value] = []
  ) throws(CallError) -> [Value] {
    guard case .function(let function) = record.export(export) else {
      throw .noSuchFunction(export)
    }
    let type = store.type(of: function)
    guard store.accepts(arguments, as: type.parameters) else {
      throw .argumentMismatch(expected: type.parameters, given: arguments.map(\.type))
    }
    return try store.call(function, type: type, arguments, preferring: record.code)
  }
}

/// Why a call gave no results.
public enum CallError: Error, CustomStringConvertible {
  case noSuchFunction(String)
  case argumentMismatch(expected: [ValueType], given: [ValueType])
  case notPossible(InstantiationFailure)
  case trap(Trap)

  public var description: String {
    switch self {
    case .noSuchFunction(let name): "no function \"\(name)\" is exported"
    case .argumentMismatch(let expected, let given):
      "the function takes \(expected), not \(given)"
    case .notPossible(let failure): failure.description
    case .trap(let trap): trap.description
    }
  }
}
