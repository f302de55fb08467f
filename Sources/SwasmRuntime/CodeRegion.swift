import Glibc
import SwasmArtifact

/// An instance's text, read-execute and straight from the artifact's file, with its data block, read-write, directly
/// after it. Nothing in it is ever writable and executable.
struct CodeRegion: ~Copyable {
  private let reservation: Reservation
  let textSize: UInt64

  /// `text` is in the file. `dataSize` 0: no data block (trampolines).
  init(file: borrowing MappedFile, text: Range<Int>, dataSize: Int)
    throws(InstantiationFailure)
  {
    let textSize = UInt64(text.count)
    let data = roundedToPage(UInt64(dataSize))
    let reservation = try Reservation("code", size: max(4096, textSize + data))
    if textSize > 0 {
      let protection = PROT_READ | PROT_EXEC
      let mapped = mmap(
        reservation.pointer(at: 0), text.count, protection, MAP_PRIVATE | MAP_FIXED,
        file.descriptor, off_t(text.lowerBound))
      guard mapped != MAP_FAILED else { throw .codeNotMapped(errno: errno) }
    }
    try reservation.open("instance data", at: textSize, count: data)
    self.textSize = textSize
    self.reservation = reservation
  }

  /// Address of the first instruction.
  var text: UInt64 { reservation.base }
  var range: Range<UInt64> { reservation.range }
  var textRange: Range<UInt64> { text..<text + textSize }
  var data: UnsafeMutableRawPointer { reservation.pointer(at: textSize) }
}
