import CSwasm
import Glibc

/// Two descriptors that belong together, closed when they are dropped. Either can be closed before.
struct DescriptorPair: ~Copyable {
  private(set) var first: Int32
  private(set) var second: Int32

  /// A connected pair of message sockets.
  static func channel() throws(Failure) -> DescriptorPair {
    try DescriptorPair("cannot make a channel", swasm_channel)
  }

  /// A pipe; `first` is for reading.
  static func pipe() throws(Failure) -> DescriptorPair {
    try DescriptorPair("cannot make a pipe", swasm_pipe)
  }

  private init(_ what: String, _ make: (UnsafeMutablePointer<swasm_pair>) -> Int32) throws(Failure)
  {
    var ends = swasm_pair(first: -1, second: -1)
    let result = make(&ends)
    guard result == 0 else { throw .system(what, result) }
    first = ends.first
    second = ends.second
  }

  mutating func closeFirst() {
    if first >= 0 { close(first) }
    first = -1
  }

  mutating func closeSecond() {
    if second >= 0 { close(second) }
    second = -1
  }

  deinit {
    if first >= 0 { close(first) }
    if second >= 0 { close(second) }
  }
}
