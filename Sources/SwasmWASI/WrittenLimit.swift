import CSwasm

/// The limit on bytes written to files reached through directories, `writtenLeft`; the largest number: there is none.
extension GuestCall {
  /// Cuts the first `count` vectors, which are to be written, down to what is left: so many remain.
  @_noLocks
  func cut(_ count: Int, for entry: UnsafeMutablePointer<Descriptor>) throws(WASIErrno) -> Int {
    guard entry.pointee.isCounted, state.pointee.writtenLeft != UInt64.max else { return count }
    var left = state.pointee.writtenLeft
    for index in 0..<count {
      let length = UInt64(truncatingIfNeeded: state.pointee.vectors[index].iov_len)
      if length > left {
        if state.pointee.writtenLeft == 0 { throw denyWriting() }
        state.pointee.vectors[index].iov_len = Int(truncatingIfNeeded: left)
        return index &+ 1
      }
      left &-= length
    }
    return count
  }

  @_noLocks
  func countWritten(_ bytes: UInt64) {
    if let status = state.pointee.status { StatusPage.countWritten(bytes, in: status) }
    guard state.pointee.writtenLeft != UInt64.max else { return }
    state.pointee.writtenLeft &-= min(bytes, state.pointee.writtenLeft)
  }

  /// As on a disk that is full.
  @_noLocks
  func denyWriting() -> WASIErrno {
    _ = deny(.written)
    return .nospc
  }
}
