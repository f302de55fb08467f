import Foundation
import Glibc
import Synchronization
import Testing

/// Sockets that are granted, from the command line to the wire.
@Suite struct NetworkTests {
  /// A connection to a port of this machine; −1 when nobody listens.
  private func connection(to port: UInt16) -> Int32 {
    let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if result == 0 { return client }
    close(client)
    return -1
  }

  /// A port that was free a moment ago: another one each time, and none that the kernel gives to those who ask for
  /// any, because tests run side by side.
  static func freePort() -> UInt16 {
    while true {
      let count = given.add(1, ordering: .relaxed).newValue
      let port = UInt16(10_000 + (Int(getpid()) * 97 + count) % 20_000)
      if canBind(port) { return port }
    }
  }

  private static let given = Atomic<Int>(0)

  private static func canBind(_ port: UInt16) -> Bool {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(listener) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  @Test func echoes() throws {
    let scratch = try Scratch()
    _ = try scratch.file("echo.wat", Programs.echo)
    let port = Self.freePort()
    let run = try LauncherRun(
      ["run", "--policy", "network", "--tcplisten", "127.0.0.1:\(port)", "--json", "echo.wat"],
      directory: scratch.path)
    var client: Int32 = -1
    for _ in 0..<400 where client < 0 {
      client = connection(to: port)
      if client < 0 { usleep(10_000) }
    }
    try #require(client >= 0)
    #expect(write(client, "ping", 4) == 4)
    var answer = [UInt8](repeating: 0, count: 16)
    #expect(read(client, &answer, 16) == 4 && answer.prefix(4) == Array("ping".utf8)[...])
    // The guest has shut its side down.
    #expect(read(client, &answer, 16) == 0)
    close(client)
    let result = run.finish()
    #expect(result.status == 0, "\(result.stderr)")
    let object = try ResultTests.object(result.stderr)
    let calls = ResultTests.member(object, "protections.system_calls") ?? ""
    #expect(calls.contains("accept4") && calls.contains("recvfrom") && calls.contains("shutdown"))
  }

  /// A connection that somebody else made is passed on as a descriptor.
  @Test func connectedSocket() throws {
    let scratch = try Scratch()
    _ = try scratch.file("talk.wat", Programs.talks)
    let python = """
      import socket, subprocess, sys
      a, b = socket.socketpair(); b.set_inheritable(True)
      p = subprocess.Popen([sys.argv[1], "run", "--policy", "network", "--socket", str(b.fileno()), "talk.wat"], pass_fds=[b.fileno()])
      b.close(); a.sendall(b"ping"); print(a.recv(16)); print(a.recv(16)); print(p.wait())
      d = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); u = socket.socket()
      for s in (d, u):
        p = subprocess.Popen([sys.argv[1], "run", "--policy", "network", "--socket", str(s.fileno()), "talk.wat"], pass_fds=[s.fileno()])
        print(p.wait())
      """
    let result = try Shell.run(
      "command -v python3 >/dev/null || exit 98; python3 -c '\(python)' \"$SWASM\"",
      directory: scratch.path)
    if result.status == 98 {
      withKnownIssue("NOT TESTED: there is no python3") { #expect(result.status == 0) }
      return
    }
    #expect(result.stdout == "b'ping'\nb''\n0\n2\n2\n", "\(result.stderr)")
    #expect(result.stderr.contains("is not a listening or connected stream socket"))
  }

  @Test func portThatIsTaken() throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.nothing)
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(listener) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let port = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        _ = bind(listener, address, size)
        _ = listen(listener, 1)
        _ = getsockname(listener, address, &size)
      }
      return UInt16(bigEndian: pointer.pointee.sin_port)
    }
    let result = try LauncherRun.run(
      ["run", "--policy", "network", "--tcplisten", "127.0.0.1:\(port)", "a.wat"],
      directory: scratch.path)
    #expect(result.status == 125)
    #expect(
      result.stderr.contains(
        "cannot listen on 127.0.0.1:\(port) for --tcplisten: Address already in use"))
  }

  /// Without a grant there is nothing, whatever the policy; the refusal says what would.
  @Test(arguments: ["standard", "network"]) func nothingWithoutAGrant(_ policy: String) throws {
    let scratch = try Scratch()
    _ = try scratch.file("echo.wat", Programs.echo)
    let result = try LauncherRun.run(
      ["run", "--policy", policy, "echo.wat"], directory: scratch.path)
    // badf
    #expect(result.status == 8)
    #expect(result.stderr.contains("--tcplisten ADDRESS:PORT would"), "\(result.stderr)")
  }

  /// Calls that a socket's level leaves out: socket, connect, bind, listen, sendmsg, setsockopt, socketpair.
  @Test(arguments: [41, 42, 49, 50, 46, 54, 53]) func noOtherSocketCall(_ number: Int) throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.calls(number))
    let result = try LauncherRun.run(
      ["run", "--policy", "network", "--tcplisten", "127.0.0.1:\(Self.freePort())", "a.wat"],
      directory: scratch.path)
    #expect(result.status == 159, "\(result.stderr)")
  }
}
