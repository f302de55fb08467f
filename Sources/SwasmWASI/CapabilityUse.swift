/// What a program can make use of besides paths and limits, and what a policy grants by keys of its own.
public enum CapabilityUse: UInt8, CaseIterable, Sendable {
  /// Standard streams.
  case stdin, stdout, stderr
  /// Sleeping, and waiting for descriptors.
  case waiting
  case random
  case environment
  case sockets
  /// A position in a standard stream that is a file: takes the calls on files.
  case streamPosition
  /// The names of granted directories: without them a program knows directories by number.
  case directoryNames
}

extension StatusPage {
  private static var firstUse: Int { @_noLocks get { 24 } }

  /// Notes the first function that made use of something.
  @_noLocks
  static func recordUse(_ use: CapabilityUse, by function: Int, in page: UnsafeMutableRawPointer) {
    let place = page + (firstUse &+ Int(use.rawValue))
    guard place.load(as: UInt8.self) == 0 else { return }
    place.storeBytes(of: UInt8(truncatingIfNeeded: function &+ 1), as: UInt8.self)
  }

  /// What the guest says that it has used, each with the function that was the first to.
  public static func uses(in page: UnsafeRawPointer) -> [CapabilityUse: String] {
    var uses: [CapabilityUse: String] = [:]
    for use in CapabilityUse.allCases {
      let number = Int((page + (firstUse + Int(use.rawValue))).load(as: UInt8.self))
      guard number > 0, number <= WASITable.functions.count else { continue }
      uses[use] = WASITable.functions[number - 1].name
    }
    return uses
  }

  @_noLocks
  static func countWritten(_ bytes: UInt64, in page: UnsafeMutableRawPointer) {
    let total = (page + 40).load(as: UInt64.self)
    (page + 40).storeBytes(of: total &+ bytes, as: UInt64.self)
  }

  /// Bytes written to files in the granted directories.
  public static func writtenBytes(in page: UnsafeRawPointer) -> UInt64 {
    (page + 40).load(as: UInt64.self)
  }

  @_noLocks
  static func recordDescriptors(_ count: UInt32, in page: UnsafeMutableRawPointer) {
    (page + 48).storeBytes(of: UInt64(count), as: UInt64.self)
  }

  /// Most descriptors that were open at a time, or a little more; 0 where none was opened.
  public static func mostDescriptors(in page: UnsafeRawPointer) -> UInt64 {
    (page + 48).load(as: UInt64.self)
  }
}

extension GuestCall {
  /// Notes that the call at hand makes use of something.
  @_noLocks
  func note(_ use: CapabilityUse) {
    guard let status = state.pointee.status else { return }
    StatusPage.recordUse(use, by: function, in: status)
  }

  /// The same of a descriptor that stands for something granted.
  @_noLocks
  func noteUse(of entry: UnsafeMutablePointer<Descriptor>) {
    if entry.pointee.isStandard {
      note(entry.pointee.host == 0 ? .stdin : entry.pointee.host == 1 ? .stdout : .stderr)
    } else if entry.pointee.kind == .socket || entry.pointee.kind == .listener {
      note(.sockets)
    }
  }

  /// Notes what only a file can do, where it is done to a standard stream.
  @_noLocks
  func noteFileUse(of entry: UnsafeMutablePointer<Descriptor>) {
    guard entry.pointee.isStandard else { return }
    noteUse(of: entry)
    note(.streamPosition)
  }

  /// Adds a descriptor to the guest's.
  @_noLocks
  func insert(_ entry: Descriptor) throws(WASIErrno) -> UInt32 {
    let number = try state.pointee.descriptors.insert(entry)
    if let status = state.pointee.status {
      StatusPage.recordDescriptors(state.pointee.descriptors.used, in: status)
    }
    return number
  }
}
