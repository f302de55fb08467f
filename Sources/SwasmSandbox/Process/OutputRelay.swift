import CSwasm
import Glibc

/// The guest's standard output and standard error by way of the launcher, which counts what is written and passes it
/// on: how a limit on output holds whatever the guest does. Without a limit the guest writes for itself.
struct OutputRelay: ~Copyable {

  /// Streams 1 and 2.
  private var streams: [Stream]
  private let limit: UInt64
  private var left: UInt64

  private struct Stream {
    /// −1 once the end was read or nobody takes any more.
    var source: Int32
    let target: Int32
    /// Read, but not passed on yet.
    var pending: [UInt8] = []

    var isDone: Bool { source < 0 && pending.isEmpty }
  }

  /// What a pipe takes at once without blocking, when it says that it takes anything.
  private static let chunk = Int(PIPE_BUF)

  /// - Parameters:
  ///   - sources: descriptors to read, for streams 1 and 2; the relay closes them.
  ///   - limit: bytes, of both together.
  init(sources: [Int32], limit: UInt64) {
    streams = zip(sources, [1, 2]).map { Stream(source: $0, target: $1) }
    self.limit = limit
    left = limit
    total = 0
  }

  /// Bytes passed on.
  private(set) var total: UInt64

  var isDone: Bool { streams.allSatisfy(\.isDone) }

  /// Two entries a stream: one to read, one to write. Never both at once.
  func addTo(_ polled: inout [pollfd]) {
    for stream in streams {
      let reads = stream.pending.isEmpty
      polled.append(
        pollfd(fd: reads ? stream.source : -1, events: Int16(POLLIN), revents: 0))
      polled.append(
        pollfd(fd: reads ? -1 : stream.target, events: Int16(POLLOUT), revents: 0))
    }
  }

  /// Does what `poll` says can be done.
  ///
  /// - Returns: the limit, when more was written than that.
  mutating func pass(_ polled: ArraySlice<pollfd>) -> Interruption? {
    for index in streams.indices {
      if polled[polled.startIndex + 2 * index].revents != 0, !fill(index) {
        flush()
        return .outputLimit(bytes: limit)
      }
      if polled[polled.startIndex + 2 * index + 1].revents != 0 { write(index) }
    }
    return nil
  }

  /// False when there is more than may be passed on.
  private mutating func fill(_ index: Int) -> Bool {
    var buffer = [UInt8](repeating: 0, count: Self.chunk)
    let source = streams[index].source
    let count = retrying { read(source, &buffer, buffer.count) }
    guard count > 0 else {
      stop(index)
      return true
    }
    let allowed = Int(min(UInt64(count), left))
    left -= UInt64(allowed)
    streams[index].pending = Array(buffer[..<allowed])
    return allowed == count
  }

  /// Passes on what is within the limit, as far as it is taken without waiting.
  private mutating func flush() {
    for index in streams.indices where !streams[index].pending.isEmpty {
      var polled = pollfd(fd: streams[index].target, events: Int16(POLLOUT), revents: 0)
      if poll(&polled, 1, 0) > 0 { write(index) }
    }
  }

  private mutating func write(_ index: Int) {
    let stream = streams[index]
    let count = stream.pending.withUnsafeBytes { bytes in
      // The other stream, or another process, may have filled the pipe since it was polled.
      swasm_write_briefly(stream.target, bytes.baseAddress, bytes.count)
    }
    if count == -Int(EAGAIN) || count == -Int(EINTR) { return }
    guard count >= 0 else {
      // Nobody reads any more, or there is no room: the guest sees a closed pipe.
      streams[index].pending = []
      stop(index)
      return
    }
    total += UInt64(count)
    streams[index].pending.removeFirst(count)
  }

  private mutating func stop(_ index: Int) {
    if streams[index].source >= 0 { close(streams[index].source) }
    streams[index].source = -1
  }

  deinit { for stream in streams where stream.source >= 0 { close(stream.source) } }
}

/// The two pipes before there is a relay.
struct OutputPipes: ~Copyable {
  private var first: DescriptorPair
  private var second: DescriptorPair

  init(first: consuming DescriptorPair, second: consuming DescriptorPair) {
    self.first = first
    self.second = second
  }

  var writeEnds: [Int32] { [first.second, second.second] }

  /// Leaves the write ends to the guest alone, so that its death shows as the end, and the others to the relay, so
  /// that the guest sees it stop.
  mutating func relay(limit: UInt64) throws(Failure) -> OutputRelay {
    first.closeSecond()
    second.closeSecond()
    let sources = [try Self.copy(first.first), try Self.copy(second.first)]
    first.closeFirst()
    second.closeFirst()
    return OutputRelay(sources: sources, limit: limit)
  }

  private static func copy(_ descriptor: Int32) throws(Failure) -> Int32 {
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw .system("cannot keep a pipe", errno) }
    return copy
  }
}
