/// The offset of the first byte that is not part of well-formed UTF-8: no overlong forms, no surrogates,
/// nothing above U+10FFFF.
func firstMalformedUTF8(_ bytes: [UInt8], _ range: Range<Int>) -> Int? {
  var position = range.lowerBound
  let end = range.upperBound
  while position < end {
    let lead = bytes[position]
    if lead < 0x80 {
      position += 1
      continue
    }
    // How many bytes follow, and the range of the first of them (Unicode, table 3-7).
    let following: (count: Int, first: ClosedRange<UInt8>)
    switch lead {
    case 0xc2...0xdf: following = (1, 0x80...0xbf)
    case 0xe0: following = (2, 0xa0...0xbf)
    case 0xed: following = (2, 0x80...0x9f)
    case 0xe1...0xef: following = (2, 0x80...0xbf)
    case 0xf0: following = (3, 0x90...0xbf)
    case 0xf1...0xf3: following = (3, 0x80...0xbf)
    case 0xf4: following = (3, 0x80...0x8f)
    default: return position
    }
    guard position + following.count < end, following.first.contains(bytes[position + 1]) else {
      return position
    }
    for next in position + 2..<position + following.count + 1 where bytes[next] & 0xc0 != 0x80 {
      return position
    }
    position += following.count + 1
  }
  return nil
}
