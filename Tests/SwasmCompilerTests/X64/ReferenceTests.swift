import Testing

@testable import SwasmCompiler

/// Constants, jump tables, relocations, frames: what code refers to.
struct ReferenceTests {
  private func word(_ bytes: ContiguousArray<UInt8>, _ at: Int) -> Int {
    Int(Int32(truncatingIfNeeded: (0..<4).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }))
  }

  @Test func constantsAreKeptOnceAndAligned() {
    var pool = ConstantPool()
    let eight = pool.index(low: 42, size: 8)
    #expect(pool.index(low: 42, size: 4) != eight)
    let sixteen = pool.index(low: 42, high: 1, size: 16)
    #expect(pool.index(low: 42, size: 8) == eight)
    #expect(pool.index(low: 42, high: 1, size: 16) == sixteen)
    #expect(pool.index(low: 42, high: 2, size: 16) != sixteen)
    #expect(pool.alignment == 16)
    #expect(pool.layOut() == 16 + 16 + 8 + 4)
    #expect(pool.constants.allSatisfy { $0.offset % Int32($0.size) == 0 })
    pool.reset()
    #expect(pool.index(low: 42, size: 8) == 0)
    #expect(pool.constants.count == 1)
  }

  @Test func manyConstantsAreFoundAgain() {
    var pool = ConstantPool()
    for _ in 0..<2 {
      for value in 0..<1000 {
        #expect(pool.index(low: UInt64(value) << 20, size: 8) == Int32(value))
      }
    }
    pool.reset()
    #expect(pool.index(low: 5 << 20, size: 8) == 0)
  }

  /// Operands on constants, behind a branch that shrinks, with and without immediates.
  @Test func constantOperandsAreResolved() {
    var encoder = Encoder()
    var text = EncodedText()
    text.bytes = [1, 2, 3]
    let wide = encoder.buffer.constants.index(low: 0x1111, high: 0x2222, size: 16)
    let narrow = encoder.buffer.constants.index(low: 0x3333, size: 8)
    let label = encoder.buffer.makeLabel()
    encoder.encode(MachineInstruction(.jmp, .label, immediate: label), frame: .empty)
    encoder.encode(
      MachineInstruction(
        .andf, .tm, r0: .xmm(1), r1: .xmm(1), base: .constantPool, displacement: wide),
      frame: .empty)
    encoder.buffer.bind(label)
    let second = encoder.buffer.count
    encoder.encode(
      MachineInstruction(
        .imul, .dmi, r0: .rax, base: .constantPool, displacement: narrow, immediate: 1000),
      frame: .empty)
    let secondSize = encoder.buffer.count - second
    let function = encoder.buffer.finish(into: &text)
    #expect(function.start == 16)
    #expect(Array(text.bytes[..<16]) == [1, 2, 3] + Array(repeating: 0xcc, count: 13))
    #expect(text.relocations.isEmpty)
    let start = Int(function.start)
    let code = Int(function.codeBytes)
    // jmp is 2 bytes, andpd 66 0f 54 /r disp32, imul 48 69 /r disp32 imm32.
    let first = start + 2 + 8 + word(text.bytes, start + 2 + 4)
    let last = start + code + word(text.bytes, start + code - 8)
    #expect(secondSize == 11 && code == 2 + 8 + 11)
    #expect(first % 16 == 0 && last % 8 == 0)
    #expect(text.bytes.word(at: first) == 0x1111 && text.bytes.word(at: first + 8) == 0x2222)
    #expect((0..<8).map { text.bytes[last + $0] } == [0x33, 0x33, 0, 0, 0, 0, 0, 0])
    #expect(last + 8 == start + Int(function.totalBytes))
  }

  @Test func jumpTablesLeadToTheirLabels() {
    var encoder = Encoder()
    encoder.buffer.reserveLabels(3)
    _ = encoder.buffer.makeJumpTable([2])
    let table = encoder.buffer.makeJumpTable([0, 1, 2, 0])
    encoder.encode(
      MachineInstruction(.lea, .dm, r0: .rcx, base: .jumpTable, displacement: table),
      frame: .empty)
    encoder.encode(MachineInstruction(.jmp, .label, immediate: 1), frame: .empty)
    encoder.buffer.bind(0)
    encoder.encode(MachineInstruction(.cdq, .none, width: 4), frame: .empty)
    encoder.buffer.bind(1)
    encoder.encode(MachineInstruction(.ret, .none), frame: .empty)
    encoder.buffer.bind(2)
    var text = EncodedText()
    let function = encoder.buffer.finish(into: &text)
    #expect(function.codeBytes == 7 + 2 + 1 + 1)
    let start = 7 + word(text.bytes, 3)
    // Behind the padding and the first table.
    #expect(start == 16)
    #expect((0..<4).map { start + word(text.bytes, start + 4 * $0) } == [9, 10, 11, 9])
    #expect(12 + word(text.bytes, 12) == 11)
    #expect(function.totalBytes == 16 + 16)
  }

  @Test func relocationsArePatched() {
    var encoder = Encoder()
    var text = EncodedText()
    for _ in 0..<2 {
      encoder.buffer.reset()
      encoder.encode(
        MachineInstruction(
          .cmp, .mi, width: 4, base: .dataBlock, displacement: 24, immediate: 1000),
        frame: .empty)
      encoder.encode(
        MachineInstruction(.mov, .dm, r0: .r9, base: .dataBlock, displacement: 32), frame: .empty)
      encoder.encode(MachineInstruction(.jmp, .none, immediate: 5), frame: .empty)
      encoder.buffer.finish(into: &text)
    }
    let second = text.functions[1]
    #expect(text.functions.count == 2 && second.start == 32)
    let relocations = Array(text.relocations)[Int(second.relocations.lowerBound)...]
    #expect(
      Array(relocations) == [
        Relocation(position: 2, target: 24, kind: .dataBlock, trailing: 8),
        Relocation(position: 13, target: 32, kind: .dataBlock, trailing: 4),
        Relocation(position: 18, target: 5, kind: .function, trailing: 4),
      ])
    let dataBlock = 4096
    for relocation in relocations {
      let address = relocation.kind == .function ? 0 : dataBlock + Int(relocation.target)
      relocation.patch(&text.bytes, function: Int(second.start), address: address)
    }
    #expect(32 + 10 + word(text.bytes, 32 + 2) == dataBlock + 24)
    #expect(32 + 17 + word(text.bytes, 32 + 13) == dataBlock + 32)
    #expect(32 + 22 + word(text.bytes, 32 + 18) == 0)
    // The first function's are as they were.
    #expect(word(text.bytes, 2) == 0)
  }

  @Test(arguments: 0...5, 0...6)
  func framesAreAligned(slots: Int32, savedRegisters: Int32) {
    let frame = FrameLayout(outgoingBytes: 24, slots: slots, savedRegisters: savedRegisters)
    #expect(frame.incomingOffset % 16 == 0)
    #expect(frame.slotOffset(0) == 24)
    #expect(frame.slotOffset(slots) <= frame.localBytes)
    #expect(frame.incomingOffset == frame.localBytes + 8 * savedRegisters + 8)
    #expect(frame.localBytes - frame.slotOffset(slots) < 16)
  }
}
