import SwasmArtifact
import SwasmModule
import SwasmRuntime
import Testing

@Suite struct TrapTests {
  @Test(arguments: [
    ("load", [Value.i32(65529)], TrapKind.memoryOutOfBounds),
    ("load", [.i32(.max)], .memoryOutOfBounds),
    ("div", [.i32(1), .i32(0)], .integerDivideByZero),
    ("div", [.i32(1 << 31), .i32(.max)], .integerOverflow),
    ("div_r9", [.i32(7), .i32(0)], .integerDivideByZero),
    ("unreachable", [], .unreachable),
    ("recurse", [], .stackOverflow),
    ("large", [], .stackOverflow),
    ("call_indirect", [.i32(0)], .uninitializedElement),
    ("call_indirect", [.i32(2)], .indirectCallTypeMismatch),
    ("call_indirect", [.i32(4)], .undefinedElement),
    ("call_indirect", [.i32(10000)], .undefinedElement),
    ("call_indirect", [.i32(.max)], .undefinedElement),
  ])
  func endsInTheRightTrap(_ export: String, _ arguments: [Value], _ kind: TrapKind) throws {
    let (instance, _) = try makeInstance()
    #expect(try trap(instance, export, arguments)?.kind == kind)
    // The instance and its stack are usable afterwards.
    #expect(try instance.call("add", [.i32(1), .i32(2)]) == [.i32(3)])
  }

  @Test(arguments: TrapKind.allCases.filter { $0 != .indirectCall && $0 != .host })
  func everyKindIsKnown(_ kind: TrapKind) throws {
    let (instance, _) = try makeInstance {
      $0.code[Int(offset("f_unreachable")) + 2] = kind.rawValue
    }
    #expect(try trap(instance, "unreachable")?.kind == kind)
  }

  @Test func hostFunctionsTrap() throws {
    for kind in [TrapKind.unreachable, .memoryOutOfBounds, .nullReference] {
      let pointer: HostFunctionPointer =
        switch kind {
        case .unreachable: { _, _, _ in UInt32(TrapKind.unreachable.rawValue) }
        case .memoryOutOfBounds: { _, _, _ in UInt32(TrapKind.memoryOutOfBounds.rawValue) }
        default: { _, _, _ in UInt32(TrapKind.nullReference.rawValue) }
        }
      let (instance, _) = try makeInstance(imports: environment(pointer))
      let found = try trap(instance, "outer_host", [.i32(1), .i32(2)])
      #expect(found?.kind == kind)
      #expect(
        found?.frames.suffix(1).map(\.codeOffset) == [textOffset("outer_host_return")])
      #expect(found?.frames.count == 2)
    }
  }

  @Test func stackOverflowInHostCodeIsATrap() throws {
    let (instance, _) = try makeInstance(
      imports: environment { _, slots, _ in
        exhaust(slots.load(as: UInt32.self))
      })
    #expect(try trap(instance, "call_host", [.i32(1), .i32(2)])?.kind == .stackOverflow)
  }

  @Test func backtraceNamesFramesAndOffsets() throws {
    let (instance, file) = try makeInstance()
    let trap = try #require(try trap(instance, "outer", [.i32(.max)]))
    let frames = file.symbolize(trap.frames)
    #expect(frames.map(\.functionName) == ["load", "outer"])
    #expect(frames.map(\.wasmOffset) == [100, 200])
    #expect(frames.map(\.module) == ["fixture", "fixture"])
    #expect(
      frames.map(\.function)
        == [FixtureFunction.index("f_load"), FixtureFunction.index("f_outer")])
    #expect(frames[1].description == "fixture!outer @ 0xc8")
  }

  @Test(arguments: [("recurse", "recurse_return"), ("large", "large_return")])
  func walkGoesOnFromAFaultInAPrologue(_ export: String, _ label: String) throws {
    let (instance, _) = try makeInstance(limits: RuntimeLimits(stackBytes: 100 << 20))
    let frames = try #require(try trap(instance, export)).frames
    #expect(frames.count == 64)
    #expect(frames.dropFirst().allSatisfy { $0.codeOffset == textOffset(label) })
    #expect(frames.first?.isReturnAddress == false)
  }

  /// The frames are exact only if each prologue instruction is known to have run or not.
  @Test func everyStackDepthIsWalkedToItsEnd() throws {
    for bytes in stride(from: UInt64(4096), through: 4096 * 2, by: 4096) {
      let (instance, _) = try makeInstance(limits: RuntimeLimits(stackBytes: bytes))
      let frames = try #require(try trap(instance, "recurse")).frames
      // 16 + 16 bytes of swasm_enter and the trampoline, then 96 a frame.
      #expect(abs(frames.count - min(64, Int(bytes) / 96)) <= 1)
    }
  }

  @Test func forgedFramesAreLeftOut() throws {
    let file = try ArtifactFile(fixtureArtifact())
    let forged = [(0, 7, 0), (3, 0, 0), (0, 0, UInt32.max), (0, 0, 0)].map {
      TrapFrame(artifact: $0, module: $1, codeOffset: $2, isReturnAddress: true)
    }
    #expect(file.symbolize(forged).map(\.function) == [nil, nil])
  }
}

/// Uses up the stack.
@inline(never)
private func exhaust(_ seed: UInt32) -> UInt32 {
  withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 200) { buffer in
    buffer.initialize(repeating: seed)
    return buffer[Int(seed % 200)] &+ exhaust(seed &+ buffer[3]) &+ buffer[7]
  }
}
