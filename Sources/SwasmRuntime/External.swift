import CSwasm
import SwasmArtifact
public import SwasmModule

/// A function as instances refer to each other's.
struct FunctionValue {
  /// Follows wasm conventions.
  var code: UInt64
  var type: CanonicalTypeIndex
  var reference: UInt32
  /// The instance that it runs in: position in its store.
  var instance: Int
  /// Set when it is the host's: whoever imports it calls the host itself, with its own memory.
  var host: HostFunction?
}

/// A tag: exceptions are of the same one when the addresses are equal.
struct TagInstance {
  var address: UInt64
  var type: CanonicalTypeIndex
  /// The instance that defines it, whose artifact numbers the type: position in its store.
  var instance: Int
}

/// A module as a value: with the modules around it that it has captured. It keeps nothing alive but them.
final class ModuleValue {
  let code: LoadedCode
  /// Position in its artifact.
  let module: Int
  let upvalues: [ModuleValue]

  init(code: LoadedCode, module: Int, upvalues: [ModuleValue]) {
    self.code = code
    self.module = module
    self.upvalues = upvalues
  }

  var type: LinkingTypeIndex? { code.file.artifact.modules[module].module.type }
}

/// Something that has exports.
enum InstanceValue {
  case instance(InstanceRecord)
  case host(HostInstance)
  case items([String: External])

  func export(_ name: String, in store: Store) throws(InstantiationFailure) -> ExternalValue? {
    switch self {
    case .instance(let record): return record.export(name)
    case .host(let host):
      return host.functions.first { $0.name.utf8.elementsEqual(name.utf8) }
        .map(ExternalValue.hostFunction)
    case .items(let items):
      if let external = items[name], external.store !== store { throw .foreignStore }
      return items[name]?.value
    }
  }
}

/// An item that can be exported and imported.
enum ExternalValue {
  case function(FunctionValue)
  case hostFunction(HostFunction)
  case table(TableInstance)
  case memory(MemoryInstance)
  case global(GlobalInstance)
  case tag(TagInstance)
  case module(ModuleValue)
  case instance(InstanceValue)
}

extension ExternalValue {
  var kind: ExternalKind {
    switch self {
    case .function, .hostFunction: .function
    case .table: .table
    case .memory: .memory
    case .global: .global
    case .tag: .tag
    case .module: .module
    case .instance: .instance
    }
  }
}

/// An exported item of an instance, or one that the host made in a store. It keeps its store alive.
public struct External {
  let store: Store
  let value: ExternalValue

  public var kind: ExternalKind { value.kind }

  /// An exported instance, to be imported by others.
  public var provider: ImportProvider? {
    guard case .instance(let instance) = value else { return nil }
    return switch instance {
    case .instance(let record): .instance(Instance(store: store, record: record))
    case .host(let host): .host(host)
    case .items(let items): .items(items)
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
  /// For an import with one name: the item itself.
  case item(External)
}

extension ImportProvider {
  /// What a single-level import of the name gives.
  func value(in store: Store) throws(InstantiationFailure) -> ExternalValue {
    switch self {
    case .host(let host): return .instance(.host(host))
    case .items(let items): return .instance(.items(items))
    case .instance(let other):
      guard other.store === store else { throw .foreignStore }
      return .instance(.instance(other.record))
    case .item(let item):
      guard item.store === store else { throw .foreignStore }
      return item.value
    }
  }
}

/// The world of an instance: by first name of its imports.
///
/// There are few, and looking at each costs less than a dictionary's making.
public struct ImportEnvironment: ExpressibleByDictionaryLiteral {
  private var entries: [Entry] = []

  private struct Entry {
    var name: String
    var provider: ImportProvider
  }

  public init(dictionaryLiteral elements: (String, ImportProvider)...) {
    for (name, provider) in elements { self[name] = provider }
  }

  /// Setting nil leaves what is there.
  public subscript(name: String) -> ImportProvider? {
    get { entries.first { $0.name == name }?.provider }
    set {
      guard let newValue else { return }
      if let index = entries.firstIndex(where: { $0.name == name }) {
        entries[index].provider = newValue
      } else {
        entries.append(Entry(name: name, provider: newValue))
      }
    }
  }
}
