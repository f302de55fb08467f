import Glibc
import Testing

@testable import SwasmWASI

@Suite struct SocketTests {
  @Test func sendsReceivesAndShutsDown() {
    var ends: [Int32] = [-1, -1]
    socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
    let peer = ends[1]
    defer { for end in ends { close(end) } }
    let guest = Guest {
      $0.allowed = .network
      $0.sockets = [.init(descriptor: ends[0], isListening: false)]
    }
    #expect(guest.call("sock_send", 3, guest.vector("ping"), 1, 0, 8) == .success)
    #expect(guest.u32(8) == 4)
    var buffer = [UInt8](repeating: 0, count: 4)
    #expect(read(peer, &buffer, 4) == 4 && buffer == Array("ping".utf8))
    write(peer, "pong", 4)
    let into = guest.vector(address: 8192, count: 10)
    for flags: UInt64 in [1, 0] {
      #expect(guest.call("sock_recv", 3, into, 1, flags, 8, 12) == .success)
      #expect(guest.text(8192, Int(guest.u32(8))) == "pong")
    }
    #expect(guest.call("fd_fdstat_set_flags", 3, 4) == .success)
    #expect(guest.call("sock_recv", 3, into, 1, 0, 8, 12) == .again)
    #expect(guest.call("fd_read", 3, into, 1, 8) == .again)
    #expect(guest.call("sock_recv", 3, into, 1, 4, 8, 12) == .inval)
    #expect(guest.call("sock_send", 3, into, 1, 1, 8) == .inval)
    #expect(guest.call("sock_shutdown", 3, 0) == .inval)
    #expect(guest.call("sock_shutdown", 3, 2) == .success)
    #expect(read(peer, &buffer, 4) == 0)
    #expect(guest.call("sock_accept", 3, 0, 8) == .inval)
    #expect(guest.call("sock_shutdown", 9, 1) == .badf)
  }

  @Test func accepts() {
    let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = UInt16(AF_UNIX)
    // An abstract address of the kernel's choice.
    var length = socklen_t(2)
    withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        #expect(bind(listener, $0, length) == 0 && listen(listener, 1) == 0)
        length = socklen_t(MemoryLayout<sockaddr_un>.size)
        getsockname(listener, $0, &length)
      }
    }
    let client = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { for end in [listener, client] { close(end) } }
    let guest = Guest {
      $0.allowed = .network
      $0.sockets = [.init(descriptor: listener, isListening: true)]
    }
    #expect(guest.call("fd_fdstat_set_flags", 3, 4) == .success)
    #expect(guest.call("sock_accept", 3, 0, 8) == .again)
    withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        #expect(connect(client, $0, length) == 0)
      }
    }
    #expect(guest.call("sock_accept", 3, 1, 8) == .inval)
    #expect(guest.call("sock_accept", 3, 0, 65535) == .fault)
    #expect(guest.call("sock_accept", 3, 0, 8) == .success)
    let accepted = UInt64(guest.u32(8))
    write(client, "x", 1)
    #expect(guest.read(accepted) == .success("x"))
    #expect(guest.read(3) == .failure(.notconn))
    #expect(guest.call("fd_close", accepted) == .success)
  }

  @Test func needTheirLevel() {
    let (near, far) = socketPair()
    defer { for end in [near, far] { close(end) } }
    let guest = Guest { $0.sockets = [.init(descriptor: near, isListening: false)] }
    #expect(guest.call("sock_send", 3, guest.vector("x"), 1, 0, 8) == .notcapable)
    #expect(guest.denials.map(\.kind) == [.sockets])
  }
}
