import SwasmLink
import SwasmText
import Testing

@Suite struct LinkTests {
  @Test(arguments: LinkCase.all) func sections(_ linkCase: LinkCase) throws {
    let set = try linked(linkCase.root, linkCase.libraries)
    let sections = OuterSections(set)
    #expect(sections.others == linkCase.sections)
    #expect(sections.modules.count == linkCase.modules)
    // Members are there as they were given, each once.
    for text in [linkCase.root] + linkCase.libraries.map(\.text) {
      let member = try encode(text: Array(text.utf8))
      #expect(sections.modules.filter { $0 == member }.count == 1)
    }
  }

  @Test func aSetIsTheSameEachTime() throws {
    for linkCase in LinkCase.all {
      #expect(
        try linked(linkCase.root, linkCase.libraries)
          == linked(linkCase.root, linkCase.libraries))
    }
  }

  @Test func theInitializerIsWrittenOnce() throws {
    let library =
      "(module (func (export \"_initialize\")) (global (export \"$\") i32 (i32.const 0)))"
    let libraries = (0..<5).map { (name: "l\($0)", text: library.replacing("$", with: "g\($0)")) }
    let sections = OuterSections(try linked("(module)", libraries))
    #expect(sections.modules.count == 5 + 1 + 1)
    let initializer = try encode(
      text: Array("(module (import \"_initialize\" \"\" (func)) (start 0))".utf8))
    // The text above has a second name where linking's single-level import has its mark.
    #expect(sections.modules.filter { $0.count == initializer.count + 1 }.count == 1)
  }

  /// 300 libraries, each importing from the one given after it.
  @Test(.timeLimit(.minutes(1))) func aLongChain() throws {
    var libraries: [(name: String, text: String)] = []
    for index in 0..<300 {
      libraries.append(
        (
          "l\(index)",
          """
          (module (import "l\(index + 1)" "f" (func (result i32)))
            (func (export "f") (result i32) (i32.add (call 0) (i32.const \(index)))))
          """
        ))
    }
    libraries.append(("l300", "(module (func (export \"f\") (result i32) (i32.const 1)))"))
    let sections = OuterSections(
      try linked("(module (import \"l0\" \"f\" (func (result i32))))", libraries))
    #expect(sections.modules.count == 302)
  }

  /// Members cut or damaged anywhere give an error or a set, and never a trap.
  @Test func damage() throws {
    let linkCase = LinkCase.names[0]
    let root = try encode(text: Array(linkCase.root.utf8))
    let libraries = try linkCase.libraries.map {
      (name: $0.name, bytes: try encode(text: Array($0.text.utf8)))
    }
    // A module that is cut between two sections may be one still.
    let sections = 12
    let whole = (0..<root.count).count {
      (try? link(root: Array(root[..<$0]), libraries: libraries)) != nil
    }
    #expect(whole <= sections)
    var refused = 0
    for position in root.indices {
      for bit in 0..<8 {
        var damaged = root
        damaged[position] ^= 1 << UInt8(bit)
        if (try? link(root: damaged, libraries: libraries)) == nil { refused += 1 }
      }
    }
    #expect(refused > root.count)
  }
}

func linked(_ root: String, _ libraries: [(name: String, text: String)]) throws -> [UInt8] {
  try link(
    root: try encode(text: Array(root.utf8)),
    libraries: try libraries.map { ($0.name, try encode(text: Array($0.text.utf8))) })
}

/// A set taken apart again.
struct OuterSections {
  var modules: [[UInt8]] = []
  /// As in ``LinkCase/sections``.
  var others: [String] = []

  init(_ set: [UInt8]) {
    var rest = set.dropFirst(8)
    while let id = rest.popFirst() {
      let size = Self.number(&rest)
      var contents = rest.prefix(size)
      rest = rest.dropFirst(size)
      if id == 14 {
        for _ in 0..<Self.number(&contents) {
          let length = Self.number(&contents)
          modules.append(Array(contents.prefix(length)))
          contents = contents.dropFirst(length)
        }
      } else {
        others.append("\(id) " + contents.map(Self.hexadecimal).joined())
      }
    }
  }

  private static func hexadecimal(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }

  private static func number(_ bytes: inout ArraySlice<UInt8>) -> Int {
    var value = 0
    var shift = 0
    while let byte = bytes.popFirst() {
      value |= Int(byte & 0x7f) << shift
      shift += 7
      if byte < 0x80 { break }
    }
    return value
  }
}
