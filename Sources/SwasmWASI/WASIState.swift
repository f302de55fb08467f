import CSwasm
import Glibc

/// Strings in the form in which the guest gets them: one after the other, each with its NUL.
struct StringBlock {
  let bytes: UnsafeMutablePointer<UInt8>
  let byteCount: Int
  /// Offset of each string, and the end.
  let offsets: UnsafeMutablePointer<Int>
  let count: Int

  init(_ strings: [[UInt8]]) {
    let encoded = strings.map { Array($0.prefix { $0 != 0 }) + [0] }
    byteCount = encoded.reduce(0) { $0 + $1.count }
    count = encoded.count
    bytes = .allocate(capacity: max(byteCount, 1))
    offsets = .allocate(capacity: count + 1)
    var offset = 0
    for (index, string) in encoded.enumerated() {
      (offsets + index).initialize(to: offset)
      (bytes + offset).initialize(from: string, count: string.count)
      offset += string.count
    }
    (offsets + count).initialize(to: offset)
  }

  /// Length of a string without its NUL.
  @_noLocks
  func length(_ index: Int) -> Int { offsets[index &+ 1] &- offsets[index] &- 1 }

  func deallocate() {
    bytes.deallocate()
    offsets.deallocate()
  }
}

/// All that the WASI functions of one guest know, allocated before lock-down: afterwards nothing
/// can be.
struct WASIState {
  var descriptors: DescriptorTable
  let arguments: StringBlock
  let environment: StringBlock
  let preopenNames: StringBlock
  let allowed: WASINeeds
  /// Bit per standard stream that is not granted.
  let ungrantedStreams: UInt32
  let hasSockets: Bool
  let channel: Int32
  let trace: CallTrace
  let status: UnsafeMutableRawPointer?
  let fileRights = WASIRights.file
  let directoryRights = WASIRights.directory
  let socketRights = WASIRights.socket
  /// In nanoseconds.
  let monotonicResolution: UInt64
  let realtimeResolution: UInt64

  let vectors: UnsafeMutablePointer<iovec>
  let polled: UnsafeMutablePointer<pollfd>
  let pollLimit: Int
  /// With the broker.
  var patience = swasm_patience()
  /// What is left of the limit on bytes written to files.
  var writtenLeft: UInt64
  /// One message to the broker, and one from it.
  let request: UnsafeMutableRawPointer
  let reply: UnsafeMutableRawPointer

  /// `IOV_MAX`, and the filter's limit.
  static var vectorLimit: Int { @_noLocks get { 1024 } }

  init(_ configuration: WASIConfiguration) {
    descriptors = DescriptorTable(capacity: max(configuration.descriptorLimit, 3))
    arguments = StringBlock(configuration.arguments)
    environment = StringBlock(configuration.environment)
    preopenNames = StringBlock(configuration.preopens.map(\.guestPath))
    allowed = configuration.allowed
    ungrantedStreams = configuration.standardStreams.enumerated().reduce(0) {
      $1.element ? $0 : $0 | 1 << UInt32($1.offset)
    }
    hasSockets = !configuration.sockets.isEmpty
    channel = configuration.channel
    trace = CallTrace(isOn: configuration.traces)
    status = configuration.statusPage
    monotonicResolution = Self.resolution(of: CLOCK_MONOTONIC)
    realtimeResolution = Self.resolution(of: CLOCK_REALTIME)
    vectors = .allocate(capacity: Self.vectorLimit)
    pollLimit = configuration.pollLimit
    writtenLeft = configuration.writtenLimit
    polled = .allocate(capacity: max(pollLimit, 1))
    polled.initialize(repeating: pollfd(), count: max(pollLimit, 1))
    request = .allocate(byteCount: BrokerRequest.messageLimit, alignment: 16)
    reply = .allocate(byteCount: BrokerReply.messageLimit, alignment: 16)
    addStandardStreams(configuration.standardStreams)
    for (index, preopen) in configuration.preopens.enumerated() { add(preopen, index) }
    configuration.sockets.forEach { add($0) }
  }

  private static func resolution(of clock: Int32) -> UInt64 {
    var time = timespec()
    guard clock_getres(clock, &time) == 0 else { return 1 }
    return max(1, UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
  }

  /// What a stream is gets settled here: later no `ioctl` and, at the lower levels, no `fstat` can
  /// be made.
  private mutating func addStandardStreams(_ granted: [Bool]) {
    for (number, isGranted) in granted.prefix(3).enumerated() where isGranted {
      var status = stat()
      guard fstat(Int32(number), &status) == 0 else { continue }
      var entry = Descriptor()
      entry.host = Int32(number)
      entry.isStandard = true
      entry.fileType = WASIFileType(mode: status.st_mode)
      entry.rights = .stream
      // C libraries take a character device without the right to seek for a terminal.
      if entry.fileType == .characterDevice, isatty(Int32(number)) == 0 {
        entry.rights.formUnion([.fdSeek, .fdTell])
      }
      entry.kind = .stream
      if entry.fileType == .regularFile, allowed.contains(.seek) {
        entry.kind = .file
        // It is the file of whoever started the program, and what was in it before stays.
        entry.rights = WASIRights(
          rawValue: WASIRights.file.rawValue
            & ~(WASIRights.fdFilestatSetSize.rawValue | WASIRights.fdAllocate.rawValue
            | WASIRights.fdFilestatSetTimes.rawValue))
        if fcntl(Int32(number), F_GETFL) & O_APPEND != 0 { entry.flags = .append }
      }
      // A terminal or a socket can be open for both.
      entry.rights.remove(number == 0 ? .fdWrite : .fdRead)
      descriptors.place(entry, at: UInt32(number))
    }
  }

  private mutating func add(_ preopen: WASIConfiguration.Preopen, _ index: Int) {
    var entry = Descriptor()
    entry.kind = .directory
    entry.fileType = .directory
    entry.handle = preopen.handle
    entry.preopen = UInt32(index)
    entry.root = UInt32(index)
    entry.rights = .directory
    entry.inheriting = .directory.union(.file)
    insertPreopened(entry)
  }

  private mutating func add(_ socket: WASIConfiguration.Socket) {
    var entry = Descriptor()
    entry.kind = socket.isListening ? .listener : .socket
    entry.fileType = .socketStream
    entry.host = socket.descriptor
    entry.rights = .socket
    insertPreopened(entry)
  }

  /// Preopened descriptors follow each other from 3 on, whatever standard streams there are.
  private mutating func insertPreopened(_ entry: Descriptor) {
    var number: UInt32 = 3
    while descriptors.isOpen(number) { number += 1 }
    descriptors.place(entry, at: number)
  }

  func deallocate() {
    arguments.deallocate()
    environment.deallocate()
    preopenNames.deallocate()
    descriptors.entries.deallocate()
    vectors.deallocate()
    polled.deallocate()
    request.deallocate()
    reply.deallocate()
    trace.deallocate()
  }
}
