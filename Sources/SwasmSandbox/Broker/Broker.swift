import CSwasm
import Glibc
import SwasmWASI

/// The process that opens paths for one guest: reads requests from the guest's channel and answers
/// them, beneath the granted directories only, until the guest's end of the channel closes.
///
/// It believes nothing that it reads: a guest that broke out of its code may send anything.
public struct Broker {
  /// A directory granted to the guest. Handles are numbered from 0 in the order in which they are
  /// given.
  public struct Directory: Equatable, Sendable {
    /// Open on the directory; `O_PATH` will do.
    public var descriptor: Int32
    /// All of it, what is granted otherwise in it included.
    public var isReadOnly: Bool

    public init(descriptor: Int32, isReadOnly: Bool) {
      self.descriptor = descriptor
      self.isReadOnly = isReadOnly
    }
  }

  /// Why the broker stopped; the raw value serves as its exit code.
  public enum End: Int32, Sendable {
    /// The guest is gone.
    case channelClosed = 0
    /// The guest sent something that no guest of ours sends: it should be killed.
    case protocolViolation = 3
    case channelFailed = 4
    /// Rules of which one holds within another take mounts, and the right to make them is missing.
    case cannotMount = 5
  }

  private let channel: Int32
  /// By the operation's number. Built before lock-down, like all that is built only once.
  private let rows: [BrokerRow]
  let mounts: BrokerMounts
  let resolution: BrokerResolution
  /// The granted directories, which a guest may close.
  let roots: [FileIdentity?]
  var handles: BrokerHandles
  var quota: BrokerQuota
  /// Keeps what is used, where somebody wants to know.
  var recorder: PathRecorder?
  /// Bytes of memory that all listings may take together: a guest that lists large directories
  /// must not fill its broker's.
  let listingLimit: Int

  /// `channel`: a connected SOCK_SEQPACKET socket. `maxFiles`: see ``BrokerQuota``.
  public init(
    channel: Int32, directories: [Directory], mounts: BrokerMounts = BrokerMounts(),
    handleLimit: Int = 1024, maxFiles: UInt64? = nil, listingLimit: Int = 96 << 20
  ) {
    self.listingLimit = listingLimit
    self.mounts = mounts
    resolution = BrokerResolution(crossesMounts: mounts.areDetached)
    roots = directories.map { FileIdentity(of: $0.descriptor) }
    quota = BrokerQuota(limit: maxFiles)
    self.channel = channel
    rows = BrokerRow.all().sorted { $0.operation.rawValue < $1.operation.rawValue }
    precondition(rows.map(\.operation) == BrokerOperation.allCases, "a request without a row")
    handles = BrokerHandles(directories, limit: handleLimit)
  }

  /// Serves the guest until it is gone.
  public mutating func run() -> End {
    var buffer = [UInt8](repeating: 0, count: BrokerRequest.messageLimit)
    var patience = swasm_patience()
    while true {
      let count = buffer.withUnsafeMutableBytes {
        swasm_broker_receive(channel, $0.baseAddress, $0.count, &patience)
      }
      switch count {
      case 0, -Int(ECONNRESET):
        recordEnd()
        return .channelClosed
      case -Int(EINTR): continue
      case -Int(EBADMSG): return .protocolViolation
      case ..<0: return .channelFailed
      default: break
      }
      guard let message = BrokerMessage(buffer[..<count], rows) else { return .protocolViolation }
      guard let answer = perform(message) else { continue }
      guard send(answer) else { return .channelClosed }
    }
  }

  /// Checks a request against its row of the table and runs its handler; nil where no answer is
  /// expected.
  private mutating func perform(_ message: BrokerMessage) -> BrokerAnswer? {
    let row = message.row
    let targets = targets(of: message)
    do throws(WASIErrno) {
      try handles.check(message)
      let answer = try row.handler(&self, message)
      record(message, targets, answer)
      return row.needs.contains(.silence) ? nil : answer
    } catch {
      recordFailure(error, message, targets)
      if row.needs.contains(.silence) { return nil }
      var answer = BrokerAnswer(error)
      explain(error, message, in: &answer)
      return answer
    }
  }

  private func send(_ answer: BrokerAnswer) -> Bool {
    var reply = answer.reply
    reply.length = UInt32(answer.data.count)
    var packet = withUnsafeBytes(of: reply) { Array($0) }
    packet += answer.data
    var result: Int
    repeat {
      result = packet.withUnsafeBytes {
        swasm_broker_send(channel, $0.baseAddress, $0.count, answer.descriptor)
      }
    } while result == -Int(EINTR)
    if answer.closesDescriptor { _ = swasm_wasi_close(answer.descriptor) }
    return result >= 0
  }
}

/// What the broker sends back.
struct BrokerAnswer {
  var reply = BrokerReply()
  var data: ArraySlice<UInt8> = []
  /// Goes with the answer unless it is −1.
  var descriptor: Int32 = -1
  /// Is the descriptor done with here once it is sent?
  var closesDescriptor = false

  init() {}
  init(_ errno: WASIErrno) { reply.errno = UInt32(errno.rawValue) }
  init(_ status: stat) { reply.filestat = WASIFilestat(status) }
}
