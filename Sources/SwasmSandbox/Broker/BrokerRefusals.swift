import CSwasm
import Glibc
import SwasmWASI

/// What a broker knows of the mounts in its directories.
public struct BrokerMounts: Sendable {
  /// A place that something was mounted on which nobody can open.
  struct Closed: Sendable {
    var identity: FileIdentity
    /// By a rule of the user's; otherwise because of the file system that is there.
    var isDenied: Bool
  }

  /// The directories are trees of mounts that lead nowhere. Where they are not, no mount is crossed.
  var areDetached = false
  /// Devices of those that are overlays, in which the kernel renames no directory that was there before.
  var overlays: [UInt64] = []
  /// Some directories hold others that are granted in another way: whether something may change
  /// there is the kernel's to say.
  var areNested = false
  var closed: [Closed] = []
  /// Places that are granted otherwise than what they lie in, and the directories on the way to them:
  /// they keep their names, or the rule could be had out of the way by moving them and making new ones.
  var pinned: [FileIdentity] = []

  public init() {}
}

extension Broker {
  /// A path of a request, with the handle that it starts from.
  private struct Asked {
    let handle: BrokerHandle
    let path: BrokerPath?
    let isOther: Bool
  }

  /// Which of the sandbox's rules is behind an errno, for the guest to report; none where it is the
  /// file system's own answer.
  func explain(_ error: WASIErrno, _ message: BrokerMessage, in answer: inout BrokerAnswer) {
    for asked in asked(message) {
      guard let refusal = refusal(error, message, asked) else { continue }
      answer.reply.refusal = UInt32(refusal.rawValue) + 1
      answer.reply.refusesOther = asked.isOther ? 1 : 0
      return
    }
  }

  private func asked(_ message: BrokerMessage) -> [Asked] {
    var list: [Asked] = []
    let needs = message.row.needs
    // The first path of a symbolic link is its text.
    if message.row.operation != .symlink, let handle = handles[message.request.handle] {
      list.append(
        Asked(
          handle: handle, path: needs.contains(.path) ? try? BrokerPath(message.path) : nil,
          isOther: false))
    }
    if needs.contains(.otherPath), let handle = handles[message.request.otherHandle] {
      list.append(Asked(handle: handle, path: try? BrokerPath(message.otherPath), isOther: true))
    }
    return list
  }

  private func refusal(_ error: WASIErrno, _ message: BrokerMessage, _ asked: Asked)
    -> DenialKind?
  {
    let directory = asked.handle.descriptor
    switch error {
    case .notcapable:
      guard let path = asked.path else { return .outside }
      if leadsOut(directory, path) {
        return resolution.meetsMount(directory, path.whole) ? .mount : .outside
      }
      return message.row.operation == .open || !asked.isOther ? nil : .outwardLink
    case .acces, .rofs:
      if let path = asked.path, let place = closedPlace(directory, path) {
        return place.isDenied ? .denied : .kernelMount
      }
      return error == .rofs && (asked.handle.isReadOnly || mounts.areNested) ? .readOnly : nil
    case .busy:
      guard let path = asked.path, let found = identity(directory, path.whole[...]) else {
        return nil
      }
      let isClosed = mounts.closed.contains { $0.identity == found }
      return isClosed || mounts.pinned.contains(found) ? .pinned : nil
    default: return nil
    }
  }

  private func leadsOut(_ directory: Int32, _ path: BrokerPath) -> Bool {
    do throws(WASIErrno) {
      _ = try resolution.open(directory, path.whole, flags: pathOnly)
      return false
    } catch {
      return error == .notcapable
    }
  }

  /// The closed place that stops a path: the last of its beginnings that can be looked up at all.
  private func closedPlace(_ directory: Int32, _ path: BrokerPath) -> BrokerMounts.Closed? {
    guard !mounts.closed.isEmpty else { return nil }
    let bytes = path.whole.dropLast()
    var ends = bytes.indices.filter { bytes[$0] == UInt8(ascii: "/") } + [bytes.endIndex]
    ends.removeAll { $0 == 0 }
    var low = 0
    var high = ends.count
    var found: FileIdentity?
    while low < high {
      let middle = (low + high) / 2
      if let identity = identity(directory, bytes[..<ends[middle]] + [0]) {
        found = identity
        low = middle + 1
      } else {
        high = middle
      }
    }
    return mounts.closed.first { $0.identity == found }
  }

  private func identity(_ directory: Int32, _ path: ArraySlice<UInt8>) -> FileIdentity? {
    guard let file = try? resolution.open(directory, Array(path), flags: pathOnly) else {
      return nil
    }
    return FileIdentity(of: file.number)
  }
}
