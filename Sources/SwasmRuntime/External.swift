import CSwasm
public import SwasmModule

/// A function as instances refer to each other's.
struct FunctionValue {
  /// Follows wasm conventions.
  var code: UInt64
  var type: CanonicalTypeIndex
  var reference: UInt32
  /// The instance that it runs in: position in its store.
  var instance: Int
}

/// An item that can be exported and imported.
enum ExternalValue {
  case function(FunctionValue)
  case hostFunction(HostFunction)
  case table(TableInstance)
  case memory(MemoryInstance)
  case global(GlobalInstance)
}

/// An exported item of an instance, or one that the host made in a store. It keeps its store alive.
public struct External {
  let store: Store
  let value: ExternalValue

  public var kind: ExternalKind {
    switch value {
    case .function, .hostFunction: .function
    case .table: .table
    case .memory: .memory
    case .global: .global
    }
  }

  /// The value of a global.
  public var globalValue: Value? {
    guard case .global(let global) = value else { return nil }
    return Value(global.value, as: global.type.value)
  }

  /// A memory's bytes, as long as it does not grow.
  public var memoryBytes: UnsafeMutableRawBufferPointer? {
    guard case .memory(let memory) = value else { return nil }
    return memory.memory.bytes
  }

  /// How many elements a table has.
  public var tableCount: Int? {
    guard case .table(let table) = value else { return nil }
    return Int(table.table.count)
  }

  /// An element of a table; `nil` when there is none.
  public func tableElement(_ index: Int) -> Value? {
    guard case .table(let table) = value, index >= 0, index < Int(table.table.count) else {
      return nil
    }
    return Value(Slot(low: table.table.reference(at: index)), as: table.element)
  }
}

/// What provides a module's imports under one name.
public enum ImportProvider {
  case host(HostInstance)
  case instance(Instance)
  case items([String: External])
}

/// The world of an instance: by first name of its imports.
public typealias ImportEnvironment = [String: ImportProvider]
