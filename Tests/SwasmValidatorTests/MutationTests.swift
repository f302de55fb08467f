import ModuleBytes
import SwasmModule
import Testing

/// Damaged modules are judged, whatever the verdict: the test is that it comes.
@Suite struct MutationTests {
  static let sample = module(
    body: """
      02 40 41 00 0d 00 03 40 20 00 41 01 6a 22 00 41 0a 48 0d 00 0b 0b
      41 00 28 02 04 04 7f 41 01 05 41 02 0b 41 00 11 01 00 1a 20 00 20 00 0e 02 00 00 00 0b
      """.filter { !$0.isNewline }, type: "60 01 7f 01 7f", locals: "01 03 7e")

  @Test func theSampleIsValid() {
    #expect(verdict(on: Self.sample) == nil)
  }

  @Test func everyTruncation() {
    for length in Self.sample.indices {
      guard let found = verdict(on: Array(Self.sample.prefix(length))) else { continue }
      #expect(found.offset <= length)
    }
  }

  @Test func everyByteMayBeAnything() {
    for position in Self.sample.indices {
      for value in UInt8.min...UInt8.max {
        var bytes = Self.sample
        bytes[position] = value
        guard let found = verdict(on: bytes) else { continue }
        #expect(found.offset <= bytes.count)
      }
    }
  }

  @Test func randomDamage() {
    let seed = UInt64.random(in: 1...UInt64.max)
    var state = seed
    func next(below bound: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state % UInt64(bound))
    }
    for _ in 0..<20_000 {
      var bytes = Self.sample
      for _ in 0...next(below: 4) {
        bytes[next(below: bytes.count)] = UInt8(next(below: 256))
      }
      guard let found = verdict(on: bytes) else { continue }
      #expect(found.offset <= bytes.count, "seed \(seed)")
    }
  }
}
