import ModuleBytes
import SwasmDecoder
import SwasmModule
import SwasmValidator
import Testing

/// What became of a module: `nil` when it is valid.
struct Verdict: Equatable {
  var rejection: Rejection
  var description: String
  var offset: Int
}

func verdict(on bytes: [UInt8], features: Features = .all) -> Verdict? {
  do {
    let module = try decode(bytes, features: features)
    var types = TypeTables()
    _ = try validateAll(module, types: &types, features: features)
    return nil
  } catch let error as DecodeError {
    return Verdict(
      rejection: error.rejection, description: "\(error)", offset: error.offset)
  } catch let error as ValidationError {
    return Verdict(
      rejection: error.rejection, description: "\(error)", offset: error.offset)
  } catch {
    Issue.record("\(error) is neither a decoding nor a validation error")
    return nil
  }
}

/// A module for trying one body: function 0 is it, of the type given; function 1 is `[] -> []` and
/// declared by an element segment; a memory, tables of functions and of externrefs, an immutable
/// and a mutable i32 global, a passive data segment; types 0 `[] -> []`, 1 `[i32] -> [i32]`, 2 `[] -> [i32 i64]`,
/// 3 the body's.
func module(body: String, type: String = "60 00 00", locals: String = "00") -> [UInt8] {
  module(
    section(1, "04 60 00 00 60 01 7f 01 7f 60 00 02 7f 7e" + type),
    section(3, "02 03 00"),
    section(4, "02 70 00 02 6f 00 02"),
    section(5, "01 00 01"),
    section(6, "02 7f 00 41 00 0b 7f 01 41 00 0b"),
    section(9, "01 01 00 01 01"),
    section(12, "01"),
    codeSection([locals + body, "00 0b"]),
    section(11, "01 01 00"))
}

/// The offset of the first byte of the body's instructions in `module(body:)`.
func bodyOffset(type: String = "60 00 00", locals: String = "00") throws -> Int {
  try decode(module(body: "0b", type: type, locals: locals)).bodies[0].code.lowerBound
}
