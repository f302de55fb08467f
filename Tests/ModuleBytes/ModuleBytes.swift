/// Binary modules written by hand, for tests: hexadecimal bytes in sections whose sizes are computed.

/// The bytes of a string of hexadecimal digits; blanks are for the reader.
public func hex(_ text: String) -> [UInt8] {
  let digits = text.filter { !$0.isWhitespace }
  precondition(digits.count.isMultiple(of: 2), "odd number of digits in \(text)")
  var bytes: [UInt8] = []
  var rest = digits[...]
  while !rest.isEmpty {
    bytes.append(UInt8(rest.prefix(2), radix: 16)!)
    rest = rest.dropFirst(2)
  }
  return bytes
}

/// An unsigned LEB128 number.
public func leb(_ value: Int) -> [UInt8] {
  var rest = value
  var bytes: [UInt8] = []
  while rest >= 0x80 {
    bytes.append(UInt8(rest & 0x7f) | 0x80)
    rest >>= 7
  }
  return bytes + [UInt8(rest)]
}

/// A section or other sized stretch: its contents behind their size.
public func sized(_ contents: [UInt8]) -> [UInt8] { leb(contents.count) + contents }

public func section(_ id: UInt8, _ contents: String) -> [UInt8] { [id] + sized(hex(contents)) }

/// The header, then the sections.
public func module(_ sections: [UInt8]...) -> [UInt8] {
  [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00] + sections.joined()
}

/// A code section of bodies, each with its locals and its `end`.
public func codeSection(_ bodies: [String]) -> [UInt8] {
  [10] + sized(leb(bodies.count) + bodies.flatMap { sized(hex($0)) })
}
