import SwasmModule

extension Store {
  /// The host instance `spectest` that the specification's scripts import from. Its functions print nothing.
  public func makeSpectest() throws(InstantiationFailure) -> ImportProvider {
    var items: [String: External] = [
      "global_i32": makeGlobal(.i32(666)), "global_i64": makeGlobal(.i64(666)),
      "global_f32": makeGlobal(.f32(Float(666.6).bitPattern)),
      "global_f64": makeGlobal(.f64(Double(666.6).bitPattern)),
      "memory": try makeMemory(MemoryType(limits: Limits(minimum: 1, maximum: 2))),
      "shared_memory": try makeMemory(
        MemoryType(limits: Limits(minimum: 1, maximum: 2), isShared: true)),
      "table": try makeTable(
        TableType(element: .funcref, limits: Limits(minimum: 10, maximum: 20))),
      "table64": try makeTable(
        TableType(element: .funcref, limits: Limits(minimum: 10, maximum: 20), is64: true)),
    ]
    let prints: [(String, [ValueType])] = [
      ("print", []), ("print_i32", [.i32]), ("print_i64", [.i64]), ("print_f32", [.f32]),
      ("print_f64", [.f64]), ("print_i32_f32", [.i32, .f32]), ("print_f64_f64", [.f64, .f64]),
    ]
    for (name, parameters) in prints {
      items[name] = makeFunction(
        HostFunction(
          name: name, type: FunctionType(parameters: parameters, results: []),
          pointer: { _, _, _ in 0 }, context: nil))
    }
    return .items(items)
  }
}
