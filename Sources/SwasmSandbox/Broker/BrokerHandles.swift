import CSwasm
import SwasmWASI

/// Something that a guest has open, by way of its broker.
struct BrokerHandle {
  enum Kind { case directory, file }
  let kind: Kind
  let descriptor: Int32
  /// From the granted directory that it was reached through.
  let isReadOnly: Bool
  /// The number of that directory.
  let root: Int
  /// Granted, not opened by the guest: has no parent that the guest may know of.
  let isGranted: Bool
  /// The entries of a directory, as they were when the guest last started to list it.
  var listing: BrokerListing?
}

/// The broker's handles: a number that was given up is given out again.
struct BrokerHandles {
  private var entries: [BrokerHandle?]
  private var free: [UInt32] = []
  private let limit: Int

  init(_ directories: [Broker.Directory], limit: Int) {
    entries = directories.enumerated().map { index, directory in
      BrokerHandle(
        kind: .directory, descriptor: directory.descriptor, isReadOnly: directory.isReadOnly,
        root: index, isGranted: true)
    }
    self.limit = limit
  }

  subscript(_ number: UInt32) -> BrokerHandle? {
    guard number < entries.count else { return nil }
    return entries[Int(number)]
  }

  /// Is there room for one more?
  var isFull: Bool { free.isEmpty && entries.count >= limit }

  /// There must be room.
  mutating func insert(_ handle: BrokerHandle) -> UInt32 {
    if let number = free.popLast() {
      entries[Int(number)] = handle
      return number
    }
    entries.append(handle)
    return UInt32(entries.count - 1)
  }

  mutating func remove(_ number: UInt32) throws(WASIErrno) {
    guard let handle = self[number] else { throw .badf }
    _ = swasm_wasi_close(handle.descriptor)
    entries[Int(number)] = nil
    free.append(number)
  }

  mutating func setListing(_ listing: BrokerListing?, of number: UInt32) {
    entries[Int(number)]?.listing = listing
  }

  /// Not copied, so that the caller can change it in place.
  mutating func takeListing(of number: UInt32) -> BrokerListing? {
    defer { setListing(nil, of: number) }
    return self[number]?.listing
  }

  /// Bytes of memory that all listings take.
  var listingSize: Int { entries.reduce(0) { $0 + ($1?.listing?.size ?? 0) } }

  /// False when there are none.
  mutating func dropListingsThatAreDone() -> Bool {
    var hasDropped = false
    for index in entries.indices where entries[index]?.listing?.isDone == true {
      entries[index]?.listing = nil
      hasDropped = true
    }
    return hasDropped
  }

  /// Does a request meet its row's needs?
  func check(_ message: BrokerMessage) throws(WASIErrno) {
    let needs = message.row.needs
    guard let handle = self[message.request.handle] else { throw .badf }
    if needs.contains(.directory), handle.kind != .directory { throw .notdir }
    if needs.contains(.file), handle.kind != .file { throw .badf }
    if needs.contains(.otherPath) {
      guard let other = self[message.request.otherHandle] else { throw .badf }
      if other.kind != .directory { throw .notdir }
      if needs.contains(.otherWritable), other.isReadOnly { throw .rofs }
    }
    if needs.contains(.writable), handle.isReadOnly { throw .rofs }
  }
}
