import SwasmWASI

/// A path beneath a directory, as the guest gave it, taken apart.
///
/// Slashes at the end are taken off here and looked after by hand: the kernel follows a symbolic
/// link before one even where it is told not to. All byte strings end in NUL.
struct BrokerPath {
  /// Without the slashes at its end.
  let whole: [UInt8]
  /// Up to the last component; nil if that is all there is.
  let parent: [UInt8]?
  /// The last component, without a slash.
  let name: [UInt8]
  /// Must it be a directory, because it ended in a slash?
  let hasSlash: Bool

  init(_ bytes: ArraySlice<UInt8>) throws(WASIErrno) {
    guard let first = bytes.first else { throw .noent }
    guard !bytes.contains(0) else { throw .ilseq }
    guard first != Self.slash else { throw .notcapable }
    var bytes = bytes
    let count = bytes.count
    while bytes.last == Self.slash { bytes.removeLast() }
    hasSlash = bytes.count < count
    whole = bytes + [0]
    if let cut = bytes.lastIndex(of: Self.slash) {
      parent = bytes[..<cut] + [0]
      name = bytes[(cut + 1)...] + [0]
    } else {
      parent = nil
      name = whole
    }
  }

  private static let slash = UInt8(ascii: "/")
}
