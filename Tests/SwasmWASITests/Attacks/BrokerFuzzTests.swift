import CSwasm
import Foundation
import Glibc
import SeededRandom
import Testing

@testable import SwasmSandbox
@testable import SwasmWASI

/// Messages that a guest sends which has broken out of its code: well-formed ones with any values, and others with
/// bytes changed. The broker answers or ends; nothing outside the granted directory changes, and nothing of it
/// comes back.
@Suite(.serialized) struct BrokerFuzzTests {
  private static let names = [
    "file", "dir", "dir/", "dir/file", "..", "../secret", "dir/../../secret", ".", "./", "link",
    "link/",
    "out", "out/", "out/secret", "/etc/passwd", "", "dir//file", "dir/./file", "up", "up/secret",
    "new", "new/", "fifo", "loop", "loop/x", "magic/1/root/etc/passwd",
  ]

  /// A request whose fields are plausible, and now and then anything.
  private func request(_ generator: inout SeededGenerator) -> [UInt8] {
    let operation = BrokerOperation.allCases.randomElement(using: &generator)!
    var request = BrokerRequest(operation, UInt32.random(in: 0..<8, using: &generator))
    var path: [UInt8] = []
    var other: [UInt8] = []
    if ![.close, .handleStatus, .handleSetTimes, .allocate, .list].contains(operation) {
      path = Array(Self.names.randomElement(using: &generator)!.utf8)
    }
    if [.rename, .link, .symlink].contains(operation) {
      other = Array(Self.names.randomElement(using: &generator)!.utf8)
      request.otherHandle = UInt32.random(in: 0..<4, using: &generator)
    }
    request.pathLength = UInt32(path.count)
    request.otherPathLength = UInt32(other.count)
    request.lookup = UInt32.random(in: 0..<8, using: &generator)
    request.openFlags = UInt16.random(in: 0..<16, using: &generator)
    request.fdFlags = UInt16.random(in: 0..<32, using: &generator)
    request.timeFlags = UInt16.random(in: 0..<16, using: &generator)
    request.limit = UInt32.random(in: 0...65536, using: &generator)
    let numbers: [UInt64] = [0, 1, 4096, 1 << 20, .max, 1 << 63]
    request.first = numbers.randomElement(using: &generator)!
    request.second = numbers.randomElement(using: &generator)!
    // Do not really fill the disk.
    if operation == .allocate {
      request.first &= 0xffff
      request.second &= 0xffff
    }
    return withUnsafeBytes(of: request) { Array($0) } + path + other
  }

  private func spoil(_ packet: inout [UInt8], _ generator: inout SeededGenerator) {
    switch Int.random(in: 0..<4, using: &generator) {
    case 0: packet.removeLast(Int.random(in: 1...packet.count, using: &generator))
    case 1: packet += [UInt8](repeating: 0x41, count: Int.random(in: 1...9000, using: &generator))
    default:
      for _ in 0..<4 {
        let at = packet.indices.randomElement(using: &generator)!
        packet[at] = UInt8.random(in: .min ... .max, using: &generator)
      }
    }
  }

  private final class Tree {
    let root = Scratch()
    var granted: String { root.path + "/granted" }

    init() {
      mkdir(granted, 0o755)
      mkdir(granted + "/dir", 0o755)
      for path in [root.path + "/secret", granted + "/file", granted + "/dir/file"] {
        try? Data("content of \(path.hasSuffix("secret") ? "SECRET" : "file")".utf8)
          .write(to: URL(fileURLWithPath: path))
      }
      mkfifo(granted + "/fifo", 0o644)
      for (name, target) in [
        ("link", "file"), ("out", ".."), ("up", "dir/../.."), ("loop", "loop"), ("magic", "/proc"),
      ] { symlink(target, granted + "/" + name) }
    }

    /// Everything outside the granted directory, in words.
    var outside: String {
      var status = stat()
      lstat(root.path + "/secret", &status)
      let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path).sorted()) ?? []
      return
        "\(names) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) \(status.st_nlink)"
    }
  }

  /// How the broker ended after these packets, and what of it came back.
  private func serve(
    _ packets: [[UInt8]], _ tree: Tree, isReadOnly: Bool
  ) -> (end: Broker.End, leaked: Bool) {
    let directory = open(tree.granted, O_RDONLY | O_DIRECTORY)
    let (guest, channel) = socketPair()
    let reader = Thread {
      // Answers are read as fast as they come, so that the broker never waits.
      var buffer = [UInt8](repeating: 0, count: BrokerReply.messageLimit)
      var descriptor: Int32 = -1
      var patience = swasm_patience()
      while swasm_wasi_receive(guest, &buffer, buffer.count, &descriptor, &patience) > 0 {
        guard descriptor >= 0 else { continue }
        var content = [UInt8](repeating: 0, count: 64)
        if fcntl(descriptor, F_GETFL) & O_ACCMODE != O_WRONLY {
          var status = stat()
          fstat(descriptor, &status)
          if status.st_mode & S_IFMT == S_IFREG, pread(descriptor, &content, 64, 0) > 0,
            String(decoding: content, as: UTF8.self).contains("SECRET")
          {
            Self.leaks.withLock { $0 += 1 }
          }
        }
        close(descriptor)
      }
    }
    let before = Self.leaks.withLock { $0 }
    reader.start()
    let sender = Thread {
      // What is open at the end would stay so: the broker's process ends instead.
      let closing = (1..<64).map { number in
        withUnsafeBytes(of: BrokerRequest(.close, number)) { Array($0) }
      }
      for packet in packets.dropLast() + closing + packets.suffix(1) {
        send(guest, packet, packet.count, Int32(MSG_NOSIGNAL))
      }
      shutdown(guest, Int32(SHUT_WR))
    }
    sender.start()
    var broker = Broker(
      channel: channel, directories: [.init(descriptor: directory, isReadOnly: isReadOnly)],
      handleLimit: 64, maxFiles: 32)
    let end = broker.run()
    close(channel)
    while !reader.isFinished || !sender.isFinished { usleep(200) }
    close(guest)
    return (end, Self.leaks.withLock { $0 } > before)
  }

  private static let leaks = Lock(0)

  /// SWASM_MESSAGES=N for more of them.
  @Test(arguments: [false, true]) func answersOrEnds(_ isReadOnly: Bool) throws {
    let count = ProcessInfo.processInfo.environment["SWASM_MESSAGES"].flatMap { Int($0) } ?? 6000
    let seed = UInt64.random(in: .min ... .max)
    var generator = SeededGenerator(state: seed)
    let tree = Tree()
    let outside = tree.outside
    var ends: [Broker.End: Int] = [:]
    for round in 0..<max(1, count / 200) {
      var packets = (0..<200).map { _ in request(&generator) }
      // Half of the rounds end with something that no guest of ours sends.
      if round % 2 == 1 { spoil(&packets[199], &generator) }
      let (end, leaked) = serve(packets, tree, isReadOnly: isReadOnly)
      ends[end, default: 0] += 1
      #expect(!leaked, "seed \(seed)")
      #expect(end != .channelFailed, "seed \(seed)")
      try #require(tree.outside == outside, "seed \(seed), round \(round)")
    }
    print("broker ends: \(ends)")
    #expect(ends[.channelClosed, default: 0] > 0 && ends[.protocolViolation, default: 0] > 0)
  }
}

/// A value that threads share.
final class Lock<Value>: @unchecked Sendable {
  private var value: Value
  private let lock = NSLock()
  init(_ value: Value) { self.value = value }
  func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
    lock.lock()
    defer { lock.unlock() }
    return body(&value)
  }
}
