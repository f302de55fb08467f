import CSwasm
import SwasmArtifact
import SwasmLockdown
import SwasmModule
import SwasmRuntime
import SwasmWASI

/// What every guest would do for itself, done once by the zygote while the launcher reads its arguments: types that the
/// Swift runtime makes when they are first used, tables that are filled then. Guests inherit it.
enum WarmUp {
  static func run() {
    var types = TypeTables()
    _ = types.intern(FunctionType(parameters: [.i32], results: [.i32]))
    _ = types.intern(LinkingType(exports: []))
    _ = ChildRole.descriptors(of: swasm_request())
    // A plan of each kind is read alike.
    var reader = MessageReader(GuestPlan(program: "none").message.bytes)
    _ = try? GuestPlan(&reader)
    _ = EntryLimits().count
    _ = CPUFeatures.host
    let rooms = [
      room(UInt8.self), room(UInt64.self), room(ValueType.self), room(TableType.self),
      room(MemoryType.self), room(NamedEntity.self), room(UnsafeRawBufferPointer.self),
      room(UnsafeMutableBufferPointer<UInt32>?.self), room(FunctionIndex.self),
    ]
    precondition(!rooms.contains(0))
    _ = WASITable.needs(ofImport: "fd_write")
    let imports: ImportEnvironment = ["none": .host(HostInstance(name: "none", functions: []))]
    _ = imports["none"]
    _ = swasm_clocks_need_call()
  }

  /// Has the runtime make the type of arrays of these.
  private static func room<Element>(_: Element.Type) -> Int {
    var list: [Element] = []
    list.reserveCapacity(1)
    return list.capacity
  }
}
