/// What stands behind a descriptor of the guest's.
enum DescriptorKind: UInt8 {
  case closed
  /// Standard stream, pipe or terminal: no position.
  case stream
  /// Regular file.
  case file
  /// Lives in the broker: there is no descriptor of the host's.
  case directory
  case socket
  case listener

  @_noLocks
  static func == (a: Self, b: Self) -> Bool { a.rawValue == b.rawValue }
  @_noLocks
  static func != (a: Self, b: Self) -> Bool { a.rawValue != b.rawValue }
}

/// One entry of the guest's descriptor table.
struct Descriptor {
  var kind = DescriptorKind.closed
  var fileType = WASIFileType.unknown
  var flags = WASIFdFlags(rawValue: 0)
  /// Standard streams are never closed on the host: a file must not take their numbers.
  var isStandard = false
  /// Made non-blocking here and not in the kernel, for want of a call: polled before use.
  var isPolledFirst = false
  var host: Int32 = -1
  /// The broker's handle, ``BrokerRequest/noHandle`` where it has none.
  var handle: UInt32 = BrokerRequest.noHandle
  /// Index of the name by which it was preopened or ``notPreopened``.
  var preopen = Self.notPreopened
  /// Index of the preopened directory that it was reached through, for messages.
  var root = Self.notPreopened
  var rights = WASIRights(rawValue: 0)
  var inheriting = WASIRights(rawValue: 0)

  /// A file that was reached through a directory: what is written to it counts.
  var isCounted: Bool { @_noLocks get { kind == .file && !isStandard } }

  static var notPreopened: UInt32 { @_noLocks get { UInt32.max } }
  @_noLocks init() {}
}

/// The guest's descriptors: a fixed number of entries, the lowest free one is taken.
struct DescriptorTable {
  let entries: UnsafeMutablePointer<Descriptor>
  let capacity: UInt32
  /// Entries that have ever been in use; the others have no value yet, for few guests open many.
  private(set) var used: UInt32 = 0
  /// No entry below this one is free.
  private var lowestFree: UInt32 = 0

  init(capacity: Int) {
    self.capacity = UInt32(capacity)
    entries = .allocate(capacity: capacity)
  }

  func isOpen(_ number: UInt32) -> Bool {
    number < used && entries[Int(number)].kind != .closed
  }

  /// Puts `descriptor` where it is to be, in a table that is being made.
  mutating func place(_ descriptor: Descriptor, at number: UInt32) {
    precondition(number < capacity, "more preopened descriptors than the table holds")
    while used <= number {
      (entries + Int(used)).initialize(to: Descriptor())
      used += 1
    }
    entries[Int(number)] = descriptor
  }

  /// The open entry of this number.
  @_noLocks
  func open(_ number: UInt32) throws(WASIErrno) -> UnsafeMutablePointer<Descriptor> {
    guard number < used else { throw .badf }
    let entry = entries + Int(number)
    guard entry.pointee.kind != .closed else { throw .badf }
    return entry
  }

  /// Takes the lowest free entry for `descriptor`.
  @_noLocks
  mutating func insert(_ descriptor: Descriptor) throws(WASIErrno) -> UInt32 {
    var number = lowestFree
    while number < used, entries[Int(number)].kind != .closed { number &+= 1 }
    lowestFree = number
    guard number < capacity else { throw .mfile }
    (entries + Int(number)).initialize(to: descriptor)
    if number == used { used &+= 1 }
    lowestFree = number &+ 1
    return number
  }

  @_noLocks
  mutating func free(_ number: UInt32) {
    entries[Int(number)] = Descriptor()
    if number < lowestFree { lowestFree = number }
  }
}
