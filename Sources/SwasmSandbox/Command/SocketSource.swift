import Glibc

/// A socket that a run grants.
public enum SocketSource: Equatable, Sendable, CustomStringConvertible {
  /// The launcher makes it listen.
  case listening(SocketAddress)
  /// The launcher was started with it, under this number.
  case inherited(Int32)

  /// As on the command line.
  public var description: String {
    switch self {
    case .listening(let address): "\(RunOption.tcplisten.flag) \(address)"
    case .inherited(let number): "\(RunOption.socket.flag) \(number)"
    }
  }
}

/// Where to listen: `127.0.0.1:80`, `[::1]:80`.
///
/// Addresses are numbers: looking a name up would ask the network before anything runs.
public struct SocketAddress: Equatable, Sendable, CustomStringConvertible {
  public var host: String
  public var port: UInt16

  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  init(_ option: RunOption, _ value: String) throws(Failure) {
    let wanted = Failure.usage(
      "\(option.flag) \(value): expected ADDRESS:PORT in numbers, as 127.0.0.1:8080 or [::1]:8080")
    guard let colon = value.lastIndex(of: ":") else { throw wanted }
    var host = value[..<colon]
    let digits = value[value.index(after: colon)...]
    guard digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let port = UInt16(digits),
      port > 0
    else {
      throw wanted
    }
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      throw wanted
    }
    self.host = String(host)
    self.port = port
    guard family != nil else { throw wanted }
  }

  /// AF_INET or AF_INET6; nil when the host is no address.
  private var family: Int32? {
    var bytes = in6_addr()
    if inet_pton(AF_INET, host, &bytes) == 1 { return AF_INET }
    return inet_pton(AF_INET6, host, &bytes) == 1 ? AF_INET6 : nil
  }

  /// A listening socket. The guest can't change anything about it.
  ///
  /// - Returns: the descriptor, or the negated errno.
  func listen() -> Int32 {
    guard let family else { return -EINVAL }
    let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return -errno }
    var on: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    guard bind(descriptor, family) == 0, Glibc.listen(descriptor, 128) == 0 else {
      let error = errno
      close(descriptor)
      return -error
    }
    return descriptor
  }

  /// Whether an open stream socket listens; nil for anything else and for one that is not connected.
  static func isListeningStream(_ descriptor: Int32) -> Bool? {
    func option(_ name: Int32) -> Int32? {
      var value: Int32 = 0
      var size = socklen_t(MemoryLayout<Int32>.size)
      return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
    }
    guard option(SO_TYPE) == Int32(SOCK_STREAM.rawValue), let listens = option(SO_ACCEPTCONN)
    else { return nil }
    if listens != 0 { return true }
    var address = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let isConnected = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getpeername(descriptor, $0, &size) == 0
      }
    }
    return isConnected ? false : nil
  }

  private func bind(_ descriptor: Int32, _ family: Int32) -> Int32 {
    func bind<Address>(_ address: Address) -> Int32 {
      withUnsafePointer(to: address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
        }
      }
    }
    if family == AF_INET {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      inet_pton(AF_INET, host, &address.sin_addr)
      return bind(address)
    }
    var address = sockaddr_in6()
    address.sin6_family = sa_family_t(AF_INET6)
    address.sin6_port = port.bigEndian
    inet_pton(AF_INET6, host, &address.sin6_addr)
    return bind(address)
  }
}
