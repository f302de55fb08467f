import SwasmText
import Testing

@Suite struct NumberTests {
  /// Literal and the constant that it is.
  @Test(
    arguments: [
      ("0", 0), ("-0", 0), ("+7", 7), ("1_000_000", 1_000_000), ("0xFf_fF", 0xffff),
      ("2147483647", Int32.max), ("2147483648", Int32.min), ("-2147483648", Int32.min),
      ("4294967295", -1), ("0xffff_ffff", -1), ("-0x8000_0000", Int32.min), ("-1", -1),
      ("00000000000000000000000000000001", 1),
    ] as [(String, Int32)])
  func i32(literal: String, value: Int32) throws {
    #expect(try signed(constant("i32.const", literal)) == Int64(value))
  }

  @Test(
    arguments: [
      ("9223372036854775807", Int64.max), ("9223372036854775808", Int64.min),
      ("-9223372036854775808", Int64.min), ("18446744073709551615", -1),
      ("0xffff_ffff_ffff_ffff", -1), ("-0x1", -1), ("63", 63), ("64", 64), ("-64", -64),
      ("-65", -65),
    ] as [(String, Int64)])
  func i64(literal: String, value: Int64) throws {
    #expect(try signed(constant("i64.const", literal)) == value)
  }

  @Test(
    arguments: [
      ("0", 0), ("-0", 0x8000_0000), ("1.", 0x3f80_0000), ("+1.5e1", 0x4170_0000),
      ("1_0.2_5E-0_1", 0x3f83_3333), ("0x1p+0_3", 0x4100_0000), ("0x.8p1", nil),
      ("inf", 0x7f80_0000), ("-inf", 0xff80_0000), ("nan", 0x7fc0_0000), ("-nan", 0xffc0_0000),
      ("nan:0x1", 0x7f80_0001), ("+nan:0x7f_ffff", 0x7fff_ffff),
      // The largest, half a step above it, and just less than that.
      ("0x1.fffffep127", 0x7f7f_ffff), ("0x1.ffffffp127", nil),
      ("0x1.fffffefffffffp127", 0x7f7f_ffff),
      ("340282356779733661637539395458142568447", 0x7f7f_ffff),
      ("340282356779733661637539395458142568448", nil), ("1e39", nil),
      // The smallest, half of it (a tie, to zero), and just more than half.
      ("0x1p-149", 1), ("0x1p-150", 0), ("0x1.000000000000000000000000001p-150", 1), ("1e-46", 0),
      // Ties to even, and what rounding to a double first would make of it.
      ("0x1.000001p0", 0x3f80_0000), ("0x1.000003p0", 0x3f80_0002),
      ("1.00000017881393432617187499", 0x3f80_0001), ("1.00000017881393432617187500", 0x3f80_0002),
      ("0x1.00000100000000000000001p0", 0x3f80_0001),
      ("0x1p99999999999999999999", nil), ("0x1p-99999999999999999999", 0),
      ("0x0p99999999999999999999", 0),
    ] as [(String, UInt32?)])
  func f32(literal: String, bits: UInt32?) throws {
    guard let bits else {
      #expect(throws: TextError.self) { _ = try constant("f32.const", literal) }
      return
    }
    let expected = (0..<4).map { UInt8(truncatingIfNeeded: bits >> UInt32(8 * $0)) }
    #expect(try constant("f32.const", literal) == expected)
  }

  @Test(
    arguments: [
      ("0.1", 0x3fb9_9999_9999_999a), ("-0x1.8p1", 0xc008_0000_0000_0000),
      ("nan:0x8000000000000", 0x7ff8_0000_0000_0000), ("nan:0x1", 0x7ff0_0000_0000_0001),
      ("0x1.fffffffffffffp1023", 0x7fef_ffff_ffff_ffff), ("0x1.fffffffffffff8p1023", nil),
      ("1.7976931348623159e308", nil), ("5e-324", 1), ("2e-324", 0), ("0x1p-1074", 1),
      ("0x1p-1075", 0), ("0x1.8p-1075", 1), ("0x0.0000000000001p-1022", 1),
      ("0x1.fffffffffffffp-1023", 0x0010_0000_0000_0000),
      ("0x0000000000000000000000001p0", 0x3ff0_0000_0000_0000),
      ("0x10000000000000000000000000p-100", 0x3ff0_0000_0000_0000),
      ("0x0.00000000000000000000001p92", 0x3ff0_0000_0000_0000),
      ("9007199254740993", 0x4340_0000_0000_0000), ("9007199254740993.01", 0x4340_0000_0000_0001),
    ] as [(String, UInt64?)])
  func f64(literal: String, bits: UInt64?) throws {
    guard let bits else {
      #expect(throws: TextError.self) { _ = try constant("f64.const", literal) }
      return
    }
    let expected = (0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(8 * $0)) }
    #expect(try constant("f64.const", literal) == expected)
  }

  /// What is no number, and what is out of range: none may be taken for something else.
  @Test(arguments: [
    "i32.const 0x", "i32.const _1", "i32.const 1_", "i32.const 1__0", "i32.const 0x_1",
    "i32.const 1.0", "i32.const 1e3", "i32.const 4294967296", "i32.const -2147483649",
    "i32.const 0b1", "i32.const 0X1", "i32.const +", "i32.const - 1", "i32.const --1", "i32.const",
    "i64.const 18446744073709551616", "i64.const -9223372036854775809",
    "i64.const 100000000000000000000000000",
    "f32.const .5", "f32.const 1e", "f32.const 1e+", "f32.const 1._0", "f32.const 1_.0",
    "f32.const 0x1.p", "f32.const 0x", "f32.const 0x1e+1", "f32.const 1p1", "f32.const 1.0_",
    "f32.const nan:0x0", "f32.const nan:0x800000", "f32.const nan:1", "f32.const nan:0x",
    "f32.const nan:canonical", "f32.const infinity", "f32.const +-1", "f32.const",
    "f64.const nan:0x10000000000000", "f64.const 1e309", "f64.const 0x1p1024",
    "i32.load offset=18446744073709551616", "i32.load offset=-1", "i32.load offset=",
    "i32.load align=0",
    "i32.load align=3", "i32.load align=", "local.get -1", "local.get +1", "local.get 4294967296",
  ])
  func refused(instruction: String) {
    #expect(throws: TextError.self) { try encode("(func \(instruction))") }
  }

  /// The immediate of a constant.
  private func constant(_ instruction: String, _ literal: String) throws -> [UInt8] {
    Array(try body("(func \(instruction) \(literal))").dropFirst(2).dropLast())
  }

  /// Reads LEB128 the other way round, and refuses forms that are longer than need be.
  private func signed(_ bytes: [UInt8]) throws -> Int64 {
    var value: Int64 = 0
    for (position, byte) in bytes.enumerated() {
      value |= Int64(byte & 0x7f) << Int64(7 * position)
      #expect((byte & 0x80 != 0) == (position < bytes.count - 1))
    }
    let last = try #require(bytes.last)
    if last & 0x40 != 0, bytes.count < 10 { value |= -1 << Int64(7 * bytes.count) }
    if bytes.count > 1, last == 0x00 || last == 0x7f {
      // Needed only to keep the sign of the group before it.
      #expect((bytes[bytes.count - 2] & 0x40 != 0) == (last == 0x00))
    }
    return value
  }
}
