import SwasmLockdown
import SwasmWASI

/// What a broker is given. Its descriptors: the channel to the guest, then the directories; where what is used is to be
/// recorded, a memory file for that; where some of the directories are copied, the scratch folder; where some are nested
/// or copied, a pipe for ``BrokerReadiness``.
struct BrokerPlan: Equatable, Sendable {
  struct Directory: Equatable, Sendable {
    var isReadOnly: Bool
    /// What is written goes to a version of the program's own.
    var isCopied = false
    /// What lies in it and is granted in another way; of those that lie in one another the outermost.
    var inner: [Inner] = []
  }

  /// A place in a directory for which another rule holds.
  struct Inner: Equatable, Sendable {
    /// From the directory that it lies in, without links.
    var path: [UInt8]
    /// What was found there when the rules were read.
    var identity: FileIdentity
    /// The number of the directory that it is; nil: nothing in it can be opened.
    var directory: Int?
  }

  var directories: [Directory]
  /// See ``BrokerMounts/pinned``.
  var pinned: [FileIdentity] = []
  /// Descriptors that the guest may have open.
  var openFiles: UInt64
  var fileBytes: UInt64
  /// Milliseconds of processor time.
  var cpuMilliseconds = UInt64.max
  /// Names that may be added to the directories, those removed taken off; nil: any number.
  var maxFiles: UInt64?
  /// Second walls without which it does not work.
  var required: Protections = []
  /// There is a memory file after the directories: what is used is written there (``RecordPages``).
  var records = false

  init(directories: [Directory], openFiles: UInt64, fileBytes: UInt64) {
    self.directories = directories
    self.openFiles = openFiles
    self.fileBytes = fileBytes
  }

  /// Are there places in the directories with rules of their own?
  var isNested: Bool { directories.contains { !$0.inner.isEmpty } }

  var hasCopies: Bool { directories.contains(where: \.isCopied) }

  /// Does the launcher wait until the broker says that it is ready?
  var isAwaited: Bool { isNested || hasCopies }

  /// Can something be changed in a directory, by way of one in it?
  func holdsWritable(_ directory: Directory) -> Bool {
    directory.inner.contains { inner in
      guard let index = inner.directory, directories.indices.contains(index) else { return false }
      return !directories[index].isReadOnly || holdsWritable(directories[index])
    }
  }

  init(_ reader: inout MessageReader) throws(MessageError) {
    directories = try reader.list { (reader) throws(MessageError) in try Directory(&reader) }
    pinned = try reader.list { (reader) throws(MessageError) in try FileIdentity(&reader) }
    openFiles = try reader.number()
    fileBytes = try reader.number()
    cpuMilliseconds = try reader.number()
    maxFiles = try reader.flag() ? try reader.number() : nil
    required = Protections(rawValue: UInt32(truncatingIfNeeded: try reader.number()))
    records = try reader.flag()
    guard reader.isAtEnd else { throw MessageError() }
  }

  var message: MessageWriter {
    var writer = MessageWriter()
    writer.put(directories) { $1.put(to: &$0) }
    writer.put(pinned) { $1.put(to: &$0) }
    writer.put(openFiles)
    writer.put(fileBytes)
    writer.put(cpuMilliseconds)
    writer.put(maxFiles != nil)
    if let maxFiles { writer.put(maxFiles) }
    writer.put(UInt64(required.rawValue))
    writer.put(records)
    return writer
  }
}

/// What a broker says before it locks itself down: a byte; where it can't go on also the number of the directory that
/// is the reason, and words.
enum BrokerReadiness: Equatable {
  case ready
  case failed(directory: Int, String)

  /// Bytes that are read of it.
  static let limit = 4000

  init?(_ bytes: some Sequence<UInt8>) {
    let bytes = Array(bytes)
    switch bytes.first {
    case 1: self = .ready
    case 2 where bytes.count > 2:
      self = .failed(directory: Int(bytes[1]), String(decoding: bytes[2...], as: UTF8.self))
    default: return nil
    }
  }

  var bytes: [UInt8] {
    switch self {
    case .ready: [1]
    case .failed(let directory, let words):
      Array(([2, UInt8(clamping: directory)] + Array(words.utf8)).prefix(Self.limit))
    }
  }
}

extension BrokerPlan.Directory {
  fileprivate init(_ reader: inout MessageReader) throws(MessageError) {
    isReadOnly = try reader.flag()
    isCopied = try reader.flag()
    inner = try reader.list { (reader) throws(MessageError) in
      let path = try reader.byteString()
      let identity = try FileIdentity(&reader)
      return BrokerPlan.Inner(
        path: path, identity: identity,
        directory: try reader.flag() ? try reader.integer() : nil)
    }
  }

  fileprivate func put(to writer: inout MessageWriter) {
    writer.put(isReadOnly)
    writer.put(isCopied)
    writer.put(inner) { writer, inner in
      writer.put(bytes: inner.path)
      inner.identity.put(to: &writer)
      writer.put(inner.directory != nil)
      if let directory = inner.directory { writer.put(directory) }
    }
  }
}

extension FileIdentity {
  fileprivate init(_ reader: inout MessageReader) throws(MessageError) {
    let device = try reader.number()
    self.init(device: device, inode: try reader.number())
  }

  fileprivate func put(to writer: inout MessageWriter) {
    writer.put(device)
    writer.put(inode)
  }
}
