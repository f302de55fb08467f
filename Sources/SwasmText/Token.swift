import SwasmModule

/// A token: its kind and where it is in the source. Small and trivial, because there are millions.
struct Token {
  enum Kind: UInt8 {
    case leftParenthesis, rightParenthesis
    /// `"…"`, quotes included, its escapes checked.
    case string
    /// `$name`.
    case identifier
    /// `$"name"`.
    case quotedIdentifier
    /// Begins with a lower-case letter.
    case keyword
    /// Begins with a digit or a sign; whether it is a number is known when it is read as one.
    case number
    /// `(@id …)` whole, when the annotation means something here; others are skipped like comments.
    case annotation
    /// What looks like a token and is none.
    case reserved
    case end
  }

  var start: UInt32
  var stop: UInt32
  var kind: Kind
  /// What a keyword means.
  var meaning: Meaning = .none

  init(_ kind: Kind, _ start: Int, _ stop: Int) {
    self.kind = kind
    self.start = UInt32(truncatingIfNeeded: start)
    self.stop = UInt32(truncatingIfNeeded: stop)
  }

  var offset: Int { Int(start) }
  var range: Range<Int> { Int(start)..<Int(stop) }
  var isIdentifier: Bool { kind == .identifier || kind == .quotedIdentifier }
  /// Can it stand for an index?
  var isIndex: Bool { isIdentifier || kind == .number }
}

/// What a keyword means, as far as it is a fixed word (`offset=…` and `nan:…` are not).
enum Meaning: Equatable {
  case none
  case instruction(Opcode)
  case word(Word)
}

/// The fixed words of the text format that are not instructions.
enum Word: String, CaseIterable {
  case module, binary, quote
  case type, `func`, param, result, local
  case `import`, export, table, memory, global, start, elem, data
  case tag, rec, sub, ref, null, shared, pagesize, `struct`, array
  case mut, declare, item, offset, then, `do`
  case instance, instantiate, alias, outer
  case i32, i64, f32, f64, v128, funcref, externref, extern
  case exnref, nullfuncref, nullexternref, nullexnref, exn, nofunc, noextern, noexn
  case catchReference = "catch_ref"
  case catchAllReference = "catch_all_ref"
}
