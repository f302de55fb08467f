import CSwasm
import Glibc
import SwasmWASI

/// The entries of a directory in the form in which the guest gets them, read whole when a listing
/// starts: a cookie is the number of the next entry and stays good whatever happens to the
/// directory.
struct BrokerListing {
  /// Entries that lie behind one another. Pieces of one size are easily used again; one that grows
  /// would be copied ever anew.
  private struct Piece {
    var bytes: [UInt8] = []
    /// Where each entry starts.
    var starts: [UInt32] = []
    /// The cookie of the first.
    let first: UInt64
  }

  private static let pieceSize = 64 << 10
  private var pieces = [Piece(first: 0)]
  private var count: UInt64 = 0
  /// Has the guest seen the end?
  private(set) var isDone = false

  /// Bytes of memory that the listing takes.
  var size: Int {
    (pieces.count - 1) * Self.pieceSize + pieces[pieces.count - 1].bytes.count + 4 * Int(count)
  }

  /// From the entry of `cookie` on, less `skipped` bytes, at most `limit`.
  mutating func slice(cookie: UInt64, skipped: UInt64, limit: Int) throws(WASIErrno)
    -> ArraySlice<UInt8>
  {
    guard cookie <= count else { throw .inval }
    var result: [UInt8] = []
    var skipped = skipped
    var index = pieces.lastIndex { $0.first <= cookie } ?? 0
    while index < pieces.count, result.count < limit {
      let piece = pieces[index]
      let entry = cookie > piece.first ? Int(cookie - piece.first) : 0
      let start = entry < piece.starts.count ? Int(piece.starts[entry]) : piece.bytes.count
      let bytes = piece.bytes[start...]
      let passed = Int(min(skipped, UInt64(bytes.count)))
      skipped -= UInt64(passed)
      result += bytes.dropFirst(passed).prefix(limit - result.count)
      index += 1
    }
    guard skipped == 0 else { throw .inval }
    if result.count < limit { isDone = true }
    return result[...]
  }

  /// Reads the directory. What is above a granted directory is not told: it is its own parent.
  ///
  /// - Parameter limit: bytes of memory that it may take.
  init(_ handle: BrokerHandle, _ resolution: BrokerResolution, limit: Int) throws(WASIErrno) {
    let directory = try resolution.open(
      handle.descriptor, [UInt8(ascii: "."), 0], flags: O_RDONLY | O_DIRECTORY)
    let own = try directory.attributes().st_ino
    append(name: [UInt8(ascii: ".")][...], inode: UInt64(own), type: .directory)
    try DirectoryEntry.read(directory.number) { (entry) throws(WASIErrno) in
      let isParent = entry.name.elementsEqual([UInt8(ascii: "."), UInt8(ascii: ".")])
      append(
        name: entry.name, inode: isParent && handle.isGranted ? UInt64(own) : entry.inode,
        type: entry.type)
      guard size <= limit else { throw .nomem }
    }
  }

  /// `dirent`: next cookie u64, inode u64, name length u32, type u8, 3 bytes of nothing, name.
  private mutating func append(name: ArraySlice<UInt8>, inode: UInt64, type: WASIFileType) {
    if pieces[pieces.count - 1].bytes.count + 24 + name.count > Self.pieceSize {
      pieces.append(Piece(first: count))
      pieces[pieces.count - 1].bytes.reserveCapacity(Self.pieceSize)
    }
    count += 1
    let last = pieces.count - 1
    pieces[last].starts.append(UInt32(pieces[last].bytes.count))
    withUnsafeBytes(of: count) { pieces[last].bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: inode) { pieces[last].bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: UInt32(name.count)) { pieces[last].bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: UInt32(type.rawValue)) { pieces[last].bytes.append(contentsOf: $0) }
    pieces[last].bytes.append(contentsOf: name)
  }
}

extension Broker {
  static func list(_ broker: inout Broker, _ message: BrokerMessage)
    throws(WASIErrno) -> BrokerAnswer
  {
    let number = message.request.handle
    let restarts = message.request.first == 0 && message.request.second == 0
    if restarts { broker.handles.setListing(nil, of: number) }
    var listing = broker.handles.takeListing(of: number)
    if listing == nil {
      let handle = try broker.directory(number)
      listing = try broker.read(handle)
    }
    guard var listing else { throw .io }
    defer { broker.handles.setListing(listing, of: number) }
    var answer = BrokerAnswer()
    answer.data = try listing.slice(
      cookie: message.request.first, skipped: message.request.second,
      limit: Int(message.request.limit))
    return answer
  }

  /// Where there is no room besides the listings that are under way, those that have been read to
  /// their ends go: they are read anew should somebody go back in them.
  private mutating func read(_ handle: BrokerHandle) throws(WASIErrno) -> BrokerListing {
    do throws(WASIErrno) {
      return try BrokerListing(
        handle, resolution, limit: listingLimit - handles.listingSize)
    } catch {
      guard error == .nomem, handles.dropListingsThatAreDone() else { throw error }
    }
    return try BrokerListing(handle, resolution, limit: listingLimit - handles.listingSize)
  }
}
