import SwasmArtifact
import SwasmModule
import SwasmRuntime
import Testing

private let failed = Value.i32(1)
private let done = Value.i32(0)
private let noGrowth = Value.i32(.max)

extension Instance {
  /// Calls a libcall with up to five arguments after the data block.
  fileprivate func libcall(_ call: Libcall, _ arguments: UInt32...) throws -> Value {
    let padded = arguments + Array(repeating: 0, count: 5 - arguments.count)
    let values = ([UInt32(call.rawValue)] + padded).map { Value.i32($0) }
    return try self.call("libcall", values)[0]
  }

  fileprivate func bytes(_ range: Range<Int>) -> [UInt8] {
    Array(export("memory")!.memoryBytes![range])
  }
  fileprivate func element(_ index: Int) -> Value? { export("functions")!.tableElement(index) }
}

@Suite struct MemoryTests {
  @Test func growsToItsMaximum() throws {
    let (instance, _) = try makeInstance()
    #expect(try trap(instance, "load", [.i32(65536)])?.kind == .memoryOutOfBounds)
    #expect(try instance.call("grow", [.i32(1)]) == [.i32(1)])
    #expect(try instance.call("load", [.i32(65536)]) == [.i32(0)])
    #expect(try instance.call("grow", [.i32(2)]) == [noGrowth])
    #expect(try instance.call("grow", [.i32(.max)]) == [noGrowth])
    #expect(try instance.call("grow", [.i32(1)]) == [.i32(2)])
    #expect(try instance.call("grow", [.i32(0)]) == [.i32(3)])
    #expect(instance.export("memory")?.memoryBytes?.count == 3 << 16)
  }

  @Test func policyLimitsGrowth() throws {
    let (instance, _) = try makeInstance(limits: RuntimeLimits(memoryBytes: 2 << 16))
    #expect(try instance.call("grow", [.i32(2)]) == [noGrowth])
    #expect(try instance.call("grow", [.i32(1)]) == [.i32(1)])
  }

  @Test func policyRefusesALargeMemory() throws {
    let error = #expect(throws: InstantiationError.self) {
      try makeInstance(limits: RuntimeLimits(memoryBytes: 65535))
    }
    guard case .memoryLimit(pages: 1, allowed: 0) = error?.failure else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.item == "memory 0")
  }

  @Test func fillsAndCopies() throws {
    let (instance, _) = try makeInstance()
    #expect(try instance.libcall(.memoryFill, 0, 20, 0x1aa, 2) == done)
    #expect(instance.bytes(16..<23) == [1, 2, 3, 4, 0xaa, 0xaa, 0])
    #expect(try instance.libcall(.memoryCopy, 0, 0, 18, 16, 4) == done)
    #expect(instance.bytes(16..<23) == [1, 2, 1, 2, 3, 4, 0])
    #expect(try instance.libcall(.memoryFill, 0, 65536, 0, 0) == done)
    #expect(try instance.libcall(.memoryFill, 0, 65536, 0, 1) == failed)
    #expect(try instance.libcall(.memoryFill, 0, 65537, 0, 0) == failed)
    #expect(try instance.libcall(.memoryCopy, 0, 0, .max, 0, 2) == failed)
    #expect(try instance.libcall(.memoryCopy, 0, 0, 0, 65535, 2) == failed)
  }

  @Test func initializesFromSegmentsUntilTheyAreDropped() throws {
    let (instance, _) = try makeInstance()
    #expect(try instance.libcall(.memoryInit, 0, 1, 40, 1, 2) == done)
    #expect(instance.bytes(39..<43) == [0, 8, 7, 0])
    #expect(try instance.libcall(.memoryInit, 0, 1, 40, 2, 2) == failed)
    #expect(try instance.libcall(.memoryInit, 0, 1, 65535, 0, 2) == failed)
    _ = try instance.libcall(.dataDrop, 1)
    #expect(try instance.libcall(.memoryInit, 0, 1, 40, 0, 1) == failed)
    #expect(try instance.libcall(.memoryInit, 0, 1, 40, 0, 0) == done)
    // The active one was dropped when it had been applied.
    #expect(try instance.libcall(.memoryInit, 0, 0, 40, 0, 1) == failed)
  }
}

@Suite struct TableTests {
  @Test func segmentsFillTables() throws {
    let (instance, _) = try makeInstance()
    let elements = (0..<4).map { instance.element($0) }
    #expect(elements[0] == .funcref(nil))
    #expect(elements[3] == .funcref(nil))
    #expect(elements[1] != .funcref(nil) && elements[2] != .funcref(nil))
    #expect(instance.element(4) == nil)
  }

  @Test func initCopyFillSetAndDrop() throws {
    let (instance, _) = try makeInstance()
    #expect(try instance.libcall(.tableInit, 0, 1, 2, 0, 2) == done)
    #expect(instance.element(2) == .funcref(nil))
    #expect(try instance.call("call_indirect", [.i32(3)]) == [.i32(42)])
    #expect(try instance.libcall(.tableInit, 0, 1, 3, 0, 2) == failed)
    _ = try instance.libcall(.elementDrop, 1)
    #expect(try instance.libcall(.tableInit, 0, 1, 0, 0, 1) == failed)
    #expect(try instance.libcall(.tableInit, 0, 0, 0, 0, 1) == failed)
    #expect(try instance.libcall(.tableCopy, 0, 0, 0, 1, 3) == done)
    #expect(try instance.call("call_indirect", [.i32(0)]) == [.i32(42)])
    #expect(try instance.libcall(.tableCopy, 0, 0, 2, 0, 3) == failed)
    guard case .funcref(let answer?) = instance.element(0) else {
      throw CallError.noSuchFunction("")
    }
    #expect(try instance.libcall(.tableSet, 0, 1, 0) == done)
    #expect(try trap(instance, "call_indirect", [.i32(1)])?.kind == .uninitializedElement)
    #expect(try instance.libcall(.tableSet, 0, 4, 0) == failed)
    #expect(try instance.libcall(.tableFill, 0, 1, answer, 3) == done)
    #expect(try instance.call("call_indirect", [.i32(2)]) == [.i32(42)])
    #expect(try instance.libcall(.tableFill, 0, 2, answer, 3) == failed)
  }

  @Test func growsToItsMaximum() throws {
    let (instance, _) = try makeInstance()
    guard case .funcref(let answer?) = instance.element(1) else {
      throw CallError.noSuchFunction("")
    }
    #expect(try instance.libcall(.tableGrow, 0, answer, 5) == noGrowth)
    #expect(try instance.libcall(.tableGrow, 0, answer, 4) == .i32(4))
    #expect(try instance.call("call_indirect", [.i32(7)]) == [.i32(42)])
    #expect(try instance.libcall(.tableGrow, 0, 0, .max) == noGrowth)
  }

  @Test func hostReferencesAreKept() throws {
    let (instance, _) = try makeInstance()
    #expect(try instance.libcall(.tableGrow, 1, 8, 1) == .i32(2))
    #expect(instance.export("values")?.tableElement(2) == .externref(7))
    #expect(try instance.libcall(.tableCopy, 1, 1, 0, 2, 1) == done)
    #expect(instance.export("values")?.tableElement(0) == .externref(7))
    #expect(instance.export("values")?.tableElement(1) == .externref(nil))
  }
}
