import CSwasm
import Glibc
import Testing

@testable import SwasmSandbox
@testable import SwasmWASI

/// What a guest that broke out of its code may send.
@Suite struct BrokerTests {
  private func head(_ request: BrokerRequest, _ body: [UInt8] = []) -> [UInt8] {
    withUnsafeBytes(of: request) { Array($0) } + body
  }

  private static var unknown: BrokerRequest {
    var request = BrokerRequest(.open, 0)
    request.operation = UInt32(BrokerOperation.allCases.count)
    return request
  }
  private static func sized(_ operation: BrokerOperation, _ first: UInt32, _ second: UInt32 = 0)
    -> BrokerRequest
  {
    var request = BrokerRequest(operation, 0)
    request.pathLength = first
    request.otherPathLength = second
    return request
  }
  private static var greedy: BrokerRequest {
    var request = BrokerRequest(.list, 0)
    request.limit = 1 << 20
    return request
  }

  private func end(after packets: [[UInt8]]) -> Broker.End {
    let scratch = Scratch()
    let directory = open(scratch.path, O_RDONLY | O_DIRECTORY)
    let (guest, channel) = socketPair()
    for packet in packets { send(guest, packet, packet.count, 0) }
    shutdown(guest, Int32(SHUT_WR))
    var broker = Broker(
      channel: channel, directories: [.init(descriptor: directory, isReadOnly: false)])
    defer { for number in [guest, channel, directory] { close(number) } }
    return broker.run()
  }

  @Test func endsWithTheChannel() { #expect(end(after: []) == .channelClosed) }

  @Test func goesOnAfterWhatIsOnlyWrong() {
    #expect(
      end(after: [
        head(BrokerRequest(.handleStatus, 99)), head(Self.sized(.open, 1), [0]),
        head(BrokerRequest(.close, 99)), head(BrokerRequest(.list, 5)),
      ]) == .channelClosed)
  }

  @Test(arguments: [
    (unknown, 0), (sized(.open, 5), 4), (sized(.open, 5), 6), (sized(.open, 4096), 4096),
    (sized(.open, UInt32.max), 0), (sized(.open, UInt32.max, 1), 0), (sized(.close, 1), 1),
    (sized(.open, 1, 1), 2), (sized(.rename, 1, UInt32.max), 1), (greedy, 0),
  ])
  func endsOverWhatNoGuestOfOursSends(request: BrokerRequest, body: Int) {
    let packet = head(request, [UInt8](repeating: 0x61, count: body))
    #expect(end(after: [packet]) == .protocolViolation)
  }

  @Test(arguments: [1, 8, 40])
  func endsOverAShortRequest(count: Int) {
    #expect(end(after: [[UInt8](repeating: 0, count: count)]) == .protocolViolation)
  }

  @Test func endsOverALongRequest() {
    let packet = [UInt8](repeating: 0, count: BrokerRequest.messageLimit + 1)
    #expect(end(after: [packet]) == .protocolViolation)
  }

  /// A name that is removed makes room for another; what is there already needs none.
  @Test func namesRunOutAndComeBack() throws {
    let scratch = Scratch()
    let (near, far) = socketPair()
    let directory = open(scratch.path, O_RDONLY | O_DIRECTORY)
    var broker = Broker(
      channel: far, directories: [.init(descriptor: directory, isReadOnly: false)], maxFiles: 2)
    defer { for number in [near, far] { close(number) } }
    func named(_ operation: BrokerOperation, _ name: String, creates: Bool = false) -> [UInt8] {
      var request = Self.sized(operation, UInt32(name.utf8.count))
      if creates { request.openFlags = WASIOpenFlags.create.rawValue }
      request.lookup = BrokerLookup.write.rawValue
      return head(request, Array(name.utf8))
    }
    let dquot = UInt32(WASIErrno.dquot.code)
    let steps: [(packet: [UInt8], errno: UInt32)] = [
      (named(.open, "one", creates: true), 0), (named(.open, "file", creates: true), 0),
      (named(.createDirectory, "two"), 0), (named(.createDirectory, "three"), dquot),
      (named(.open, "four", creates: true), dquot), (named(.open, "one", creates: true), 0),
      (named(.unlink, "one"), 0), (named(.open, "four", creates: true), 0),
      (named(.createDirectory, "five"), dquot),
    ]
    for step in steps { send(near, step.packet, step.packet.count, 0) }
    shutdown(near, Int32(SHUT_WR))
    #expect(broker.run() == .channelClosed)
    for step in steps {
      var reply = BrokerReply()
      var descriptor: Int32 = -1
      var patience = swasm_patience()
      #expect(
        swasm_wasi_receive(near, &reply, MemoryLayout<BrokerReply>.size, &descriptor, &patience) > 0
      )
      if descriptor >= 0 { close(descriptor) }
      #expect(reply.errno == step.errno)
    }
  }

  /// Listings that are under way take what there is; one that was read to its end makes room.
  @Test func listingsRunOutOfRoomAndComeBack() throws {
    let scratch = Scratch()
    for index in 0..<400 {
      scratch.write("", "\(index)" + String(repeating: "n", count: 200))
    }
    let (near, far) = socketPair()
    let directories = (0..<3).map { _ in
      Broker.Directory(descriptor: open(scratch.path, O_RDONLY | O_DIRECTORY), isReadOnly: true)
    }
    // One is about 92 KiB, in pieces of 64.
    var broker = Broker(channel: far, directories: directories, listingLimit: 250_000)
    defer { for number in [near, far] { close(number) } }
    func list(_ handle: UInt32, _ cookie: UInt64 = 0, limit: UInt32 = 1000) -> [UInt8] {
      var request = BrokerRequest(.list, handle)
      request.limit = limit
      request.first = cookie
      return head(request)
    }
    let nomem = UInt32(WASIErrno.nomem.code)
    let steps: [(packet: [UInt8], errno: UInt32)] = [
      (list(0), 0), (list(1), 0), (list(2), nomem), (list(0, 1), 0), (list(2), nomem),
      (list(0, 390, limit: 60000), 0), (list(2), 0), (list(1, 5), 0),
    ]
    for step in steps { send(near, step.packet, step.packet.count, 0) }
    shutdown(near, Int32(SHUT_WR))
    #expect(broker.run() == .channelClosed)
    var reply = [UInt8](repeating: 0, count: BrokerReply.messageLimit)
    for step in steps {
      var descriptor: Int32 = -1
      var patience = swasm_patience()
      #expect(swasm_wasi_receive(near, &reply, reply.count, &descriptor, &patience) > 0)
      #expect(reply.withUnsafeBytes { $0.load(as: UInt32.self) } == step.errno)
    }
  }

  @Test func handlesRunOutAndComeBack() throws {
    let scratch = Scratch()
    let (near, far) = socketPair()
    let directory = open(scratch.path, O_RDONLY | O_DIRECTORY)
    var broker = Broker(
      channel: far, directories: [.init(descriptor: directory, isReadOnly: false)], handleLimit: 3)
    defer { for number in [near, far] { close(number) } }
    let open = head(Self.sized(.open, 4), Array("file".utf8))
    for packet in [open, open, open, head(BrokerRequest(.close, 1)), open] {
      send(near, packet, packet.count, 0)
    }
    shutdown(near, Int32(SHUT_WR))
    #expect(broker.run() == .channelClosed)
    var replies: [BrokerReply] = []
    var reply = BrokerReply()
    for _ in 0..<4 {
      var descriptor: Int32 = -1
      var patience = swasm_patience()
      #expect(
        swasm_wasi_receive(near, &reply, MemoryLayout<BrokerReply>.size, &descriptor, &patience) > 0
      )
      if descriptor >= 0 { close(descriptor) }
      replies.append(reply)
    }
    #expect(replies.map(\.errno) == [0, 0, UInt32(WASIErrno.nfile.code), 0])
    #expect(replies.map(\.handle) == [1, 2, BrokerRequest.noHandle, 1])
  }
}
