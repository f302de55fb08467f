import Testing

@testable import SwasmCompiler

/// A function made of filler bytes, branches and labels.
private enum Piece {
  /// Bytes of code.
  case fill(Int)
  case jump(Int32)
  case branch(Int32)
  case label(Int32)
  case address(UInt32)
  case call(Int32)
}

private func assemble(_ pieces: [Piece]) -> (bytes: [UInt8], text: EncodedText) {
  var encoder = Encoder()
  encoder.buffer.reserveLabels(8)
  for piece in pieces {
    switch piece {
    case .fill(let count): for _ in 0..<count { encoder.buffer.append(0x90, size: 1) }
    case .jump(let label):
      encoder.encode(MachineInstruction(.jmp, .label, immediate: label), frame: .empty)
    case .branch(let label):
      encoder.encode(
        MachineInstruction(.jcc, .label, condition: .notEqual, immediate: label), frame: .empty)
    case .label(let label): encoder.buffer.bind(label)
    case .address(let source): encoder.buffer.recordAddress(source)
    case .call(let function):
      encoder.encode(MachineInstruction(.call, .none, immediate: function), frame: .empty)
    }
  }
  var text = EncodedText()
  let function = encoder.buffer.finish(into: &text)
  return (Array(text.bytes[..<Int(function.codeBytes)]), text)
}

private func bytes(_ pieces: [Piece]) -> [UInt8] { assemble(pieces).bytes }
private func nops(_ count: Int) -> [UInt8] { Array(repeating: 0x90, count: count) }

struct RelaxationTests {
  @Test(arguments: [1, 126, 127])
  func forwardShort(distance: Int) {
    #expect(
      bytes([.branch(0), .fill(distance), .label(0), .fill(1)])
        == [0x75, UInt8(distance)] + nops(distance + 1))
    #expect(
      bytes([.jump(0), .fill(distance), .label(0), .fill(1)])
        == [0xeb, UInt8(distance)] + nops(distance + 1))
  }

  @Test(arguments: [128, 129, 255])
  func forwardLong(distance: Int) {
    #expect(
      bytes([.branch(0), .fill(distance), .label(0)])
        == [0x0f, 0x85, UInt8(distance), 0, 0, 0] + nops(distance))
    #expect(
      bytes([.jump(0), .fill(distance), .label(0)])
        == [0xe9, UInt8(distance), 0, 0, 0] + nops(distance))
  }

  /// The distance counts from the branch's end: 126 bytes back and its own 2.
  @Test(arguments: [0, 1, 125, 126])
  func backwardShort(distance: Int) {
    let back = UInt8(bitPattern: Int8(-distance - 2))
    #expect(
      bytes([.label(0), .fill(distance), .branch(0)]) == nops(distance) + [0x75, back])
    #expect(bytes([.label(0), .fill(distance), .jump(0)]) == nops(distance) + [0xeb, back])
  }

  @Test(arguments: [127, 128, 129])
  func backwardLong(distance: Int) {
    let jump = UInt8(truncatingIfNeeded: -distance - 5)
    let branch = UInt8(truncatingIfNeeded: -distance - 6)
    #expect(
      bytes([.label(0), .fill(distance), .jump(0)])
        == nops(distance) + [0xe9, jump, 0xff, 0xff, 0xff])
    #expect(
      bytes([.label(0), .fill(distance), .branch(0)])
        == nops(distance) + [0x0f, 0x85, branch, 0xff, 0xff, 0xff])
  }

  @Test func jumpsToTheNextInstructionDisappear() {
    #expect(bytes([.fill(1), .jump(0), .label(0), .fill(1)]) == nops(2))
    #expect(bytes([.fill(1), .branch(0), .label(0)]) == nops(1))
    // The first becomes one once the second is gone.
    #expect(bytes([.jump(0), .jump(1), .label(0), .label(1), .fill(1)]) == nops(1))
    #expect(bytes([.jump(0)] + [.label(0)]) == [])
  }

  /// The outer branch fits only when the inner one is short, and the reverse nest too.
  @Test func shorteningCascades() {
    #expect(
      bytes([.branch(0), .branch(1), .fill(125), .label(1), .label(0), .fill(1)])
        == [0x75, 127, 0x75, 125] + nops(126))
    #expect(
      bytes([.label(0), .fill(120), .branch(1), .fill(2), .label(1), .branch(0)])
        == nops(120) + [0x75, 2] + nops(2) + [0x75, UInt8(bitPattern: -126)])
  }

  @Test func placesMoveWithTheCode() {
    let (code, text) = assemble([
      .address(1), .branch(0), .address(2), .fill(3), .call(7), .address(3), .label(0), .jump(1),
      .address(4), .label(1), .fill(1), .address(5),
    ])
    #expect(code == [0x75, 8] + nops(3) + [0xe8, 0, 0, 0, 0] + nops(1))
    #expect(text.addresses.map(\.source) == [1, 2, 3, 4, 5])
    #expect(text.addresses.map(\.position) == [0, 2, 10, 10, 11])
    #expect(
      Array(text.relocations) == [
        Relocation(position: 6, target: 7, kind: .function, trailing: 4)
      ])
  }

  /// Against a plain search for each branch's target in the result, on random functions.
  @Test func randomFunctionsJumpToTheirLabels() {
    var random = SplitMix(state: 0x5eed)
    for round in 0..<300 {
      var encoder = Encoder()
      encoder.buffer.reserveLabels(24)
      // A marker per label: mov eax, 0x1000000 + label; branches go to it.
      let order = (0..<24).map { Int32($0) }.shuffled(using: &random)
      for label in order {
        for _ in 0..<Int.random(in: 0...3, using: &random) {
          let target = Int32.random(in: 0..<24, using: &random)
          let isJump = Bool.random(using: &random)
          encoder.buffer.recordAddress(0)
          encoder.encode(
            MachineInstruction(isJump ? .jmp : .jcc, .label, immediate: target), frame: .empty)
          for _ in 0..<Int.random(in: 0...60, using: &random) {
            encoder.buffer.append(0x90, size: 1)
          }
        }
        encoder.buffer.bind(label)
        encoder.encode(
          MachineInstruction(.mov, .di, width: 4, r0: .rax, immediate: 0x100_0000 + label),
          frame: .empty)
      }
      let sites = Array(encoder.buffer.branches.map(\.label))
      var text = EncodedText()
      encoder.buffer.finish(into: &text)
      let code = Array(text.bytes)
      let markers = zip(text.addresses, encoder.buffer.branches).map {
        marker(code, branch: Int($0.position), size: $1.size)
      }
      #expect(markers == sites, "round \(round)")
    }
  }

  /// The label at whose marker a branch arrives; one that has vanished stands right before it.
  private func marker(_ code: [UInt8], branch: Int, size: UInt8) -> Int32? {
    func word(_ at: Int) -> Int32 {
      (0..<4).reduce(0) { $0 | Int32(truncatingIfNeeded: Int(code[at + $1]) << (8 * $1)) }
    }
    let target: Int
    switch (size, code[branch]) {
    case (0, _): target = branch
    case (2, 0xeb), (2, 0x74): target = branch + 2 + Int(Int8(bitPattern: code[branch + 1]))
    case (5, 0xe9): target = branch + 5 + Int(word(branch + 1))
    case (6, 0x0f): target = branch + 6 + Int(word(branch + 2))
    default: return nil
    }
    // Further branches may have vanished in front of the marker; nothing else lies there.
    return code.indices.contains(target) && code[target] == 0xb8
      ? word(target + 1) - 0x100_0000 : nil
  }
}

/// A reproducible generator.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
