import ModuleBytes
import SwasmDecoder
import SwasmModule
import SwasmRuntime
import SwasmText
import SwasmValidator
import Testing

/// Sets that are large in some way.
@Suite struct SizeTests {
  @Test func thousandInstances() throws {
    let world = try LinkedWorld()
    var text = """
      (module
        (module $m
          (memory 1) (table 1 funcref) (global $g (mut i32) (i32.const 0))
          (func (export "next") (param i32) (result i32)
            (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (local.get 0)))
            (i32.load (i32.const 0))))

      """
    for number in 0..<1000 { text += "(instance $i\(number) (instantiate $m))\n" }
    text += """
      (func (export "run") (result i32)
        (drop (call (func $i0 "next") (i32.const 5)))
        (drop (call (func $i999 "next") (i32.const 7)))
        (i32.add (i32.mul (call (func $i0 "next") (i32.const 0)) (i32.const 100))
          (call (func $i999 "next") (i32.const 0)))))
      """
    let instance = try world.add(encode(text: Array(text.utf8)))
    #expect(try instance.call("run") == [.i32(507)])
  }

  /// Modules inside modules: each instantiates the one inside it and adds one to what it answers.
  private func nest(_ depth: Int) -> [UInt8] {
    let answer = section(1, "01 60 00 01 7f")
    var inner =
      module(
        answer, section(3, "01 00"), section(7, "01 01 66 00 00"), codeSection(["00 41 00 0b"]))
    for _ in 1..<depth {
      inner =
        module(
          answer, [14] + sized([1] + sized(inner)), section(15, "01 00 00 00"),
          section(16, "01 00 00 00 01 66"), section(3, "01 00"), section(7, "01 01 66 00 01"),
          codeSection(["00 10 00 41 01 6a 0b"]))
    }
    return inner
  }

  @Test(arguments: [1, 3, 500, 900]) func nesting(_ depth: Int) throws {
    let instance = try LinkedWorld().add(nest(depth))
    #expect(try instance.call("f") == [.i32(UInt32(depth - 1))])
  }

  @Test func nestingHasALimit() throws {
    let error = #expect(throws: DecodeError.self) { try decode(nest(1_500)) }
    #expect(error?.rejection == .limit)
  }

  /// Each type has two of the one before: written out it would have 2^100 items.
  @Test func typeBomb() throws {
    var types = "62 02 01 61 03 7f 00 01 62 03 7f 00"
    for number in 0..<100 {
      let index = leb(number).map { String(format2($0)) }.joined()
      types += " 62 02 01 61 06 \(index) 01 62 06 \(index)"
    }
    let clock = ContinuousClock()
    var tables = TypeTables()
    let bytes = module(section(1, "65" + types))
    let time = clock.measure {
      let error = #expect(throws: ValidationError.self) {
        try validate(decode(bytes), types: &tables)
      }
      #expect(error?.cause == .linking(.effectiveTypeSize))
    }
    #expect(time < .seconds(1))
  }

  private func format2(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return digits.count < 2 ? "0" + digits : digits
  }

  /// 2^40 instances are refused when there are too many, not when memory is gone.
  @Test func instanceBomb() throws {
    var text = "(module (module $m0)\n"
    for number in 1...40 {
      let inner = "(instance (instantiate (module outer 0 $m\(number - 1))))"
      text += "(module $m\(number) \(inner) \(inner))\n"
    }
    text += "(instance (instantiate $m40)))"
    let error = #expect(throws: InstantiationError.self) {
      try LinkedWorld().add(encode(text: Array(text.utf8)))
    }
    guard case .tooManyInstances = error?.failure else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}
