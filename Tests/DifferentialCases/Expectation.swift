import SwasmRuntime

/// What another engine did with a module: the lines that `oracle.mjs` writes.
public struct Expectation {
  enum Line {
    /// Instantiation came to this; nil: it succeeded.
    case start(trap: String?)
    case call(export: Int, arguments: [Value], Outcome)
    case global(export: Int, Pattern)
    case memory(export: Int, bytes: Int, hash: UInt32)
  }
  enum Outcome {
    case results([Pattern])
    case trap(String)
  }

  var lines: [Line]

  public init(text: String) throws {
    lines = try text.split(separator: "\n").map { line throws in
      guard let parsed = Line(line.split(separator: " ").map(String.init)) else {
        throw Difference("can't read \"\(line)\"")
      }
      return parsed
    }
  }
}

/// A value as text, `type:bits`; NaNs are all one, references are null or not.
struct Pattern: CustomStringConvertible {
  var description: String

  init(_ text: String) { description = text }

  init(_ value: Value) {
    switch value {
    case .i32(let bits): description = "i32:\(String(bits, radix: 16))"
    case .i64(let bits): description = "i64:\(String(bits, radix: 16))"
    case .f32(let bits):
      description = bits << 1 > 0xff00_0000 ? "f32:nan" : "f32:\(String(bits, radix: 16))"
    case .f64(let bits):
      description =
        bits << 1 > 0xffe0_0000_0000_0000 ? "f64:nan" : "f64:\(String(bits, radix: 16))"
    case .v128(let low, let high): description = "v128:\(low),\(high)"
    case .funcref(let id): description = "funcref:\(id == nil ? "null" : "some")"
    case .externref(let id): description = "externref:\(id == nil ? "null" : "some")"
    case .exnref(let id): description = "exnref:\(id == nil ? "null" : "some")"
    }
  }

  func matches(_ value: Value) -> Bool { Pattern(value).description == description }

  /// The value to pass.
  var argument: Value? {
    let parts = description.split(separator: ":")
    guard parts.count == 2 else { return nil }
    let bits = UInt64(parts[1], radix: 16)
    switch (parts[0], bits) {
    case ("i32", let bits?): return .i32(UInt32(truncatingIfNeeded: bits))
    case ("i64", let bits?): return .i64(bits)
    case ("f32", let bits): return .f32(UInt32(truncatingIfNeeded: bits ?? 0x7fc0_0000))
    case ("f64", let bits): return .f64(bits ?? 0x7ff8_0000_0000_0000)
    case ("funcref", _): return .funcref(nil)
    case ("externref", _): return .externref(nil)
    default: return nil
    }
  }
}

extension Expectation.Line {
  init?(_ words: [String]) {
    switch words.first {
    case "start": self = .start(trap: words.count > 2 ? words[2] : nil)
    case "call":
      guard let end = words.firstIndex(where: { $0 == "=" || $0 == "!" }),
        let export = Int(words[1])
      else { return nil }
      let arguments = words[2..<end].compactMap { Pattern($0).argument }
      guard arguments.count == end - 2 else { return nil }
      let rest = words[(end + 1)...]
      self = .call(
        export: export, arguments: arguments,
        words[end] == "="
          ? .results(rest.map { Pattern($0) }) : .trap(rest.joined(separator: " ")))
    case "global":
      guard words.count == 3, let export = Int(words[1]) else { return nil }
      self = .global(export: export, Pattern(words[2]))
    case "memory":
      guard words.count == 4, let export = Int(words[1]), let bytes = Int(words[2]),
        let hash = UInt32(words[3], radix: 16)
      else { return nil }
      self = .memory(export: export, bytes: bytes, hash: hash)
    default: return nil
    }
  }
}

/// Where this engine and the other one disagree.
public struct Difference: Error, CustomStringConvertible {
  public var description: String
  public init(_ description: String) { self.description = description }
}
