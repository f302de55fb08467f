import SwasmLockdown
import SwasmWASI

/// What a broker is given. Its descriptors: the channel to the guest, then the directories; where what is used is to be
/// recorded, a memory file for that; where some of the directories are nested, a pipe to which it writes a byte when their rules hold.
struct BrokerPlan: Equatable, Sendable {
  struct Directory: Equatable, Sendable {
    var isReadOnly: Bool
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

extension BrokerPlan.Directory {
  fileprivate init(_ reader: inout MessageReader) throws(MessageError) {
    isReadOnly = try reader.flag()
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
