import SwasmWASI

/// What must hold before a request's handler is run.
struct BrokerNeeds: OptionSet {
  let rawValue: UInt32
  /// The handle is that of a directory.
  static let directory = Self(rawValue: 1 << 0)
  /// The handle is that of a file.
  static let file = Self(rawValue: 1 << 1)
  /// There is a path; without this there may be none.
  static let path = Self(rawValue: 1 << 2)
  /// There is a second path, and its handle is that of a directory.
  static let otherPath = Self(rawValue: 1 << 3)
  /// The handle was not granted read-only.
  static let writable = Self(rawValue: 1 << 4)
  /// The second handle was not granted read-only.
  static let otherWritable = Self(rawValue: 1 << 5)
  /// The guest expects no answer.
  static let silence = Self(rawValue: 1 << 6)
}

/// One row of the request table.
struct BrokerRow: Sendable {
  let operation: BrokerOperation
  let needs: BrokerNeeds
  let handler: @Sendable (inout Broker, BrokerMessage) throws(WASIErrno) -> BrokerAnswer

  init(
    _ operation: BrokerOperation, _ needs: BrokerNeeds,
    _ handler: @escaping @Sendable (inout Broker, BrokerMessage) throws(WASIErrno) -> BrokerAnswer
  ) {
    self.operation = operation
    self.needs = needs
    self.handler = handler
  }

  private static let oneChange: BrokerNeeds = [.directory, .path, .writable]
  private static let twoChanges: BrokerNeeds = [
    .directory, .path, .writable, .otherPath, .otherWritable,
  ]

  /// Every request that a guest may make.
  static func all() -> [BrokerRow] {
    [
      BrokerRow(.open, [.directory, .path], Broker.open),
      BrokerRow(.close, [.silence], Broker.close),
      BrokerRow(.status, [.directory, .path], Broker.status),
      BrokerRow(.handleStatus, [], Broker.handleStatus),
      BrokerRow(.setTimes, oneChange, Broker.setTimes),
      BrokerRow(.handleSetTimes, [.writable], Broker.handleSetTimes),
      BrokerRow(.allocate, [.file, .writable], Broker.allocate),
      BrokerRow(.createDirectory, [.directory, .path], Broker.createDirectory),
      BrokerRow(.removeDirectory, oneChange, Broker.removeDirectory),
      BrokerRow(.unlink, oneChange, Broker.unlink),
      BrokerRow(.rename, twoChanges, Broker.rename),
      BrokerRow(.link, [.directory, .path, .writable, .otherPath], Broker.link),
      BrokerRow(.symlink, [.directory, .path, .otherPath], Broker.symlink),
      BrokerRow(.readLink, [.directory, .path], Broker.readLink),
      BrokerRow(.list, [.directory], Broker.list),
    ]
  }
}

/// A request whose form has been checked: a known operation, and the paths that it takes, no more
/// and no fewer.
struct BrokerMessage {
  let request: BrokerRequest
  let row: BrokerRow
  let path: ArraySlice<UInt8>
  let otherPath: ArraySlice<UInt8>

  init?(_ packet: ArraySlice<UInt8>, _ rows: [BrokerRow]) {
    let head = MemoryLayout<BrokerRequest>.size
    guard packet.count >= head else { return nil }
    request = packet.withUnsafeBytes { $0.loadUnaligned(as: BrokerRequest.self) }
    guard request.operation < rows.count else { return nil }
    let row = rows[Int(request.operation)]
    self.row = row
    let first = Int(request.pathLength)
    let second = Int(request.otherPathLength)
    guard first <= BrokerRequest.pathLimit, second <= BrokerRequest.pathLimit,
      packet.count == head + first + second,
      first == 0 || row.needs.contains(.path), second == 0 || row.needs.contains(.otherPath),
      Int(request.limit) <= BrokerReply.dataLimit
    else { return nil }
    let start = packet.startIndex + head
    path = packet[start..<start + first]
    otherPath = packet[(start + first)...]
  }

  var lookup: BrokerLookup { BrokerLookup(rawValue: request.lookup) }
}
