import SwasmArtifact
import SwasmModule

/// Calls that take the place of their caller. Stack arguments are put together at the bottom of the frame, above room
/// for the return address; the emitter moves all of it to where the callee wants it.
extension Selector {
  /// Bytes below the stack arguments of a tail call.
  static let tailCallHeader: Int32 = 16

  mutating func selectReturnCall(_ i: Instruction) {
    let function = FunctionIndex(UInt32(bitPattern: i.c))
    let convention = plan.conventions[plan.functionTypes[function.position].position]
    let uses = passArguments(
      PoolRun(start: i.a, count: i.b), convention, above: Self.tailCallHeader)
    if function.position < plan.importedFunctions {
      let slot = plan.layout.importSlot(function) + ImportSlot.code
      emitTailCall(
        MachineInstruction(.tailCallIndirect, .m, memory: .data(slot)), uses, convention)
    } else {
      emitTailCall(
        MachineInstruction(.tailCall, .none, immediate: Int32(bitPattern: function.rawValue)),
        uses, convention)
    }
  }

  mutating func selectReturnCallIndirect(_ i: Instruction) {
    emitTailCall(to: indirectTarget(i), i)
  }

  mutating func selectReturnCallRef(_ i: Instruction) { emitTailCall(to: referenceTarget(i), i) }

  private mutating func emitTailCall(to target: Register, _ i: Instruction) {
    let convention = plan.conventions[Int(i.c)]
    var uses = passArguments(
      PoolRun(start: i.a, count: i.b - 1), convention, above: Self.tailCallHeader)
    uses.append(FixedOperand(register: target, physical: .r11))
    emitTailCall(MachineInstruction(.tailCallIndirect, .r, r0: .r11), uses, convention)
  }

  private mutating func emitTailCall(
    _ call: MachineInstruction, _ uses: [FixedOperand], _ convention: CallingConvention
  ) {
    var call = call
    call.r1 = Register(convention.stackArgumentBytes)
    call.fixedIndex = addFixed(uses: uses, definitions: [], clobbers: 0)
    emit(call)
  }
}
