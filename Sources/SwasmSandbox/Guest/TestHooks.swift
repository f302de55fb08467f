#if DEBUG
  import CSwasm
  import SwasmModule
  import SwasmRuntime

  /// What tests need to see the filter from inside: a module `swasm_test` with `system_call: [i64] -> [i64]`, which
  /// makes the raw call of that number with arguments 0, and `exit_group: [i64] -> []`. Release builds do not have it.
  enum TestHooks {
    static let moduleName = "swasm_test"

    static var instance: HostInstance {
      HostInstance(
        name: moduleName,
        functions: [
          HostFunction(
            name: "system_call", type: FunctionType(parameters: [.i64], results: [.i64]),
            pointer: { _, slots, _ in
              let result = swasm_syscall3(slots.load(as: Int.self), 0, 0, 0)
              slots.storeBytes(of: result, as: Int.self)
              return 0
            }, context: nil),
          HostFunction(
            name: "exit_group", type: FunctionType(parameters: [.i64], results: []),
            pointer: { _, slots, _ in swasm_exit_group(slots.load(as: Int32.self)) }, context: nil),
        ])
    }
  }
#endif
