import CSwasm
import SwasmArtifact
import SwasmModule

// How a store runs compiled code.
extension Store {
  /// What C needs to call a function. The entry trampoline of its signature comes from `code`, or from the artifact that
  /// the function belongs to.
  func callStep(
    _ function: FunctionValue, preferring code: LoadedCode, slots: UnsafeMutableRawPointer?
  ) throws(InstantiationFailure) -> swasm_guest_step {
    let owner = instances[function.instance].code
    guard let entry = code.entry(function.type) ?? owner.entry(function.type) else {
      throw .noTrampoline(type(of: function))
    }
    var step = swasm_guest_step()
    step.kind = SWASM_GUEST_CALL.rawValue
    step.entry = entry
    step.code = function.code
    step.gs_base = memoryBase(of: function.instance)
    step.slots = slots
    return step
  }

  /// Runs a call now, in this process.
  func run(_ step: swasm_guest_step) throws(InstantiationFailure) {
    try prepareThread()
    let stack = try takeStack()
    defer { giveBack(stack) }
    var step = step
    guard swasm_run_step(&step, stack.activation) == 0 else { throw .trap(stack.trap) }
  }

  /// Whether the values may be arguments of these types. Of functions with a type of their own only those are when all
  /// code of the store numbers that type alike.
  func accepts(_ values: [Value], as types: [ValueType]) -> Bool {
    values.count == types.count
      && zip(values, types).allSatisfy { value, type in
        value.isAccepted(as: type) { id in
          guard let function = references.function(id), codes.count == 1 || areTypesShared else {
            return nil
          }
          return function.type
        }
      }
  }

  private var areTypesShared: Bool {
    let longest = codes.map(\.file.artifact.types.functionTypes).max { $0.count < $1.count } ?? []
    return codes.allSatisfy { longest.starts(with: $0.file.artifact.types.functionTypes) }
  }

  func prepareThread() throws(InstantiationFailure) {
    let code = swasm_prepare_thread()
    guard code == 0 else {
      throw .addressSpaceRefused(what: "signal stack", bytes: 64 << 10, errno: code)
    }
  }

  func call(
    _ function: FunctionValue, type: FunctionType, _ arguments: [Value],
    preferring code: LoadedCode
  ) throws(CallError) -> [Value] {
    let count = max(1, type.parameters.count, type.results.count)
    let slots = UnsafeMutableRawPointer.allocate(byteCount: 16 * count, alignment: 16)
    defer { slots.deallocate() }
    let words = slots.initializeMemory(as: UInt64.self, repeating: 0, count: 2 * count)
    for (index, argument) in arguments.enumerated() {
      words[2 * index] = argument.slot.low
      words[2 * index + 1] = argument.slot.high
    }
    do throws(InstantiationFailure) {
      try run(try callStep(function, preferring: code, slots: slots))
    } catch {
      if case .trap(let trap) = error { throw .trap(trap) }
      throw .notPossible(error)
    }
    return type.results.enumerated().map { index, type in
      Value(Slot(low: words[2 * index], high: words[2 * index + 1]), as: type)
    }
  }
}
