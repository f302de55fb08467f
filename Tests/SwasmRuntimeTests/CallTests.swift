import CSwasm
import Glibc
import SwasmArtifact
import SwasmModule
import SwasmRuntime
import Testing

@Suite struct CallTests {
  /// fixture.s is written for these.
  @Test func layoutIsThatOfTheFixture() {
    let layout = fixtureArtifact().modules[0].layout
    #expect(ContextLayout.libcall(.memoryGrow) == 32)
    #expect(layout.memory(MemoryIndex(0)) == 144)
    #expect(layout.table(TableIndex(0)) == 160)
    #expect(layout.importSlot(FunctionIndex(0)) == 192)
    #expect(layout.definedGlobal(GlobalIndex(0)) == 240)
  }

  @Test func structsOfCAreThoseOfTheLayout() {
    #expect(MemoryLayout<swasm_table_entry>.size == TableEntry.size)
    #expect(MemoryLayout<swasm_table_entry>.offset(of: \.type) == TableEntry.type)
    #expect(MemoryLayout<swasm_table_entry>.offset(of: \.reference) == TableEntry.reference)
    #expect(MemoryLayout<swasm_frame_row>.size == ArtifactFormat.frameRowSize)
    #expect(MemoryLayout<swasm_landing>.size == ArtifactFormat.landingSize)
    #expect(MemoryLayout<swasm_function_reference>.size == 16)
    #expect(ContextLayout.exceptions == 24)
    #expect(TrapKind.memoryOutOfBounds.rawValue == UInt8(SWASM_TRAP_MEMORY_OUT_OF_BOUNDS.rawValue))
    #expect(TrapKind.tableOutOfBounds.rawValue == UInt8(SWASM_TRAP_TABLE_OUT_OF_BOUNDS.rawValue))
    #expect(TrapKind.integerOverflow.rawValue == UInt8(SWASM_TRAP_INTEGER_OVERFLOW.rawValue))
    #expect(
      TrapKind.integerDivideByZero.rawValue == UInt8(SWASM_TRAP_INTEGER_DIVIDE_BY_ZERO.rawValue))
    #expect(TrapKind.undefinedElement.rawValue == UInt8(SWASM_TRAP_UNDEFINED_ELEMENT.rawValue))
    #expect(
      TrapKind.uninitializedElement.rawValue == UInt8(SWASM_TRAP_UNINITIALIZED_ELEMENT.rawValue))
    #expect(
      TrapKind.indirectCallTypeMismatch.rawValue
        == UInt8(SWASM_TRAP_INDIRECT_CALL_TYPE_MISMATCH.rawValue))
    #expect(TrapKind.stackOverflow.rawValue == UInt8(SWASM_TRAP_STACK_OVERFLOW.rawValue))
    #expect(TrapKind.allCases.last?.rawValue == UInt8(SWASM_TRAP_LAST.rawValue))
    #expect(TrapKind.indirectCall.rawValue == UInt8(SWASM_TRAP_INDIRECT_CALL.rawValue))
    #expect(TrapKind.host.rawValue == UInt8(SWASM_TRAP_HOST.rawValue))
    #expect(
      TrapKind.uncaughtException.rawValue == UInt8(SWASM_TRAP_UNCAUGHT_EXCEPTION.rawValue))
    #expect(
      TrapKind.exceptionsExhausted.rawValue == UInt8(SWASM_TRAP_EXCEPTIONS_EXHAUSTED.rawValue))
  }

  @Test(arguments: Libcall.allCases)
  func everyLibcallHasItsFunction(_ call: Libcall) {
    #expect(swasm_libcall(UInt32(call.rawValue)) != 0)
    #expect(swasm_libcall(UInt32(Libcall.allCases.count)) == 0)
  }

  @Test(arguments: [
    ("add", [Value.i32(40), .i32(2)], Value.i32(42)),
    ("add", [.i32(.max), .i32(2)], .i32(1)),
    ("call_host", [.i32(3), .i32(4)], .i32(304)),
    ("outer_host", [.i32(5), .i32(6)], .i32(506)),
    ("load", [.i32(8)], .i32(0x0403_0201)),
    ("outer", [.i32(9)], .i32(0x0004_0302)),
    ("div", [.i32(.max), .i32(1)], .i32(.max)),
    ("call_indirect", [.i32(1)], .i32(42)),
    ("answer", [], .i32(42)),
    ("global", [], .i32(5)),
    ("ninth", (1...9).map { .i32($0) }, .i32(9)),
  ])
  func returnsResults(_ export: String, _ arguments: [Value], _ result: Value) throws {
    let (instance, _) = try makeInstance()
    #expect(try instance.call(export, arguments) == [result])
  }

  @Test func refusesWhatItCannotCall() throws {
    let (instance, _) = try makeInstance()
    for (export, arguments) in [
      ("nothing", []), ("memory", []), ("add", [Value.i32(1)]), ("add", [.i32(1), .i64(1)]),
    ] {
      #expect(throws: CallError.self) { try instance.call(export, arguments) }
    }
  }

  @Test func hostFunctionsSeeContextAndMemory() throws {
    let context = UnsafeMutableRawPointer.allocate(byteCount: 8, alignment: 8)
    defer { context.deallocate() }
    context.storeBytes(of: 1000, as: UInt64.self)
    let (instance, _) = try makeInstance(imports: environment(peek, context: context))
    #expect(try instance.call("call_host", [.i32(18), .i32(0)]) == [.i32(1003)])
    let failure = try trap(instance, "call_host", [.i32(65536), .i32(0)])
    #expect(failure?.kind == .memoryOutOfBounds)
  }

  @Test func setsGSWhereAModuleUsesIt() throws {
    let (instance, _) = try makeInstance { $0.modules[0].usesGS = true }
    #expect(try instance.call("gs_load", [.i32(16)]) == [.i32(0x0403_0201)])
    #expect(try trap(instance, "gs_load", [.i32(65533)])?.kind == .memoryOutOfBounds)
  }

  @Test func instancesOfOneArtifactAreApart() throws {
    let file = try ArtifactFile(fixtureArtifact())
    let store = try Store()
    let first = try store.instantiate(file, imports: environment())
    let second = try store.instantiate(file, imports: environment(peek))
    #expect(try first.call("grow", [.i32(1)]) == [.i32(1)])
    #expect(try second.call("grow", [.i32(0)]) == [.i32(1)])
    #expect(try first.call("grow", [.i32(0)]) == [.i32(2)])
  }

  @Test func manyStoresGiveTheirAddressSpaceBack() throws {
    // Two tables of 64 GiB each: all of them together would not fit.
    let file = try ArtifactFile(fixtureArtifact())
    for _ in 0..<2000 { _ = try Store().instantiate(file, imports: environment()) }
  }
}
