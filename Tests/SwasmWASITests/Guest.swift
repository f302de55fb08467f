import CSwasm
import Foundation
import Glibc
import SwasmArtifact
import SwasmModule
import SwasmRuntime

@testable import SwasmSandbox
@testable import SwasmWASI

/// A guest without code: a memory, a data block and slots, from which WASI functions are called by
/// name.
final class Guest {
  let length: Int
  let memory: UnsafeMutableRawPointer
  let data: UnsafeMutableRawPointer
  let slots: UnsafeMutableRawPointer
  let page: UnsafeMutableRawPointer
  private let definition: UnsafeMutablePointer<UInt64>
  private let host: WASIHost
  private let functions: [String: HostFunction]
  private var channel: Int32 = -1

  /// `directories` are served by a broker on a thread of its own, under the names given.
  init(
    pages: Int = 1, module: String = "wasi_snapshot_preview1",
    directories: [(guestPath: String, path: String, isReadOnly: Bool)] = [],
    _ configure: (inout WASIConfiguration) -> Void = { _ in }
  ) {
    length = pages * 65536
    memory = .allocate(byteCount: max(length, 1), alignment: 4096)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: length)
    slots = .allocate(byteCount: 16 * 16, alignment: 16)
    slots.initializeMemory(as: UInt8.self, repeating: 0, count: 256)
    data = .allocate(byteCount: ContextLayout.memory0 + 16, alignment: 16)
    definition = .allocate(capacity: 1)
    definition.initialize(to: UInt64(length))
    (data + ContextLayout.hostMemory).storeBytes(
      of: UInt32(ContextLayout.memory0), as: UInt32.self)
    (data + ContextLayout.memory0).storeBytes(of: memory, as: UnsafeMutableRawPointer.self)
    (data + ContextLayout.memory0 + 8).storeBytes(
      of: UnsafeMutableRawPointer(definition), as: UnsafeMutableRawPointer.self)
    page = mmap(
      nil, StatusPage.byteCount, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)
    var configuration = WASIConfiguration()
    configuration.standardStreams = [false, false, false]
    configuration.statusPage = page
    if !directories.isEmpty {
      channel = startBroker(
        directories.map {
          Broker.Directory(
            descriptor: Glibc.open($0.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
            isReadOnly: $0.isReadOnly)
        })
      configuration.channel = channel
      configuration.preopens = directories.enumerated().map {
        .init(
          guestPath: $1.guestPath, handle: UInt32($0), isReadOnly: $1.isReadOnly)
      }
    }
    configure(&configuration)
    host = WASIHost(configuration)
    let instance = host.instances.first { $0.name == module }!
    functions = Dictionary(uniqueKeysWithValues: instance.functions.map { ($0.name, $0) })
  }

  deinit {
    host.deallocate()
    if channel >= 0 { close(channel) }
    munmap(page, StatusPage.byteCount)
    definition.deallocate()
    data.deallocate()
    slots.deallocate()
    memory.deallocate()
  }

  func function(_ name: String) -> HostFunction { functions[name]! }

  /// Calls a function; the errno is what it left in slot 0.
  @discardableResult
  func call(_ name: String, _ arguments: UInt64...) -> WASIErrno { call(name, arguments) }

  func call(_ name: String, _ arguments: [UInt64]) -> WASIErrno {
    let function = function(name)
    precondition(function.type.parameters.count == arguments.count, name)
    for (index, argument) in arguments.enumerated() {
      (slots + 16 * index).storeBytes(of: argument, as: UInt64.self)
    }
    precondition(function.pointer(function.context, slots, data) == 0)
    return WASIErrno(code: UInt16((slots).load(as: UInt64.self)))
  }

  // MARK: Memory

  func u16(_ address: Int) -> UInt16 { (memory + address).loadUnaligned(as: UInt16.self) }
  func u32(_ address: Int) -> UInt32 { (memory + address).loadUnaligned(as: UInt32.self) }
  func u64(_ address: Int) -> UInt64 { (memory + address).loadUnaligned(as: UInt64.self) }
  func put<T>(_ value: T, _ address: Int) { (memory + address).storeBytes(of: value, as: T.self) }
  func text(_ address: Int, _ count: Int) -> String {
    String(decoding: UnsafeRawBufferPointer(start: memory + address, count: count), as: UTF8.self)
  }

  /// Writes a string to `address`, and gives the two arguments for it.
  func path(_ text: String, at address: Int = 1024) -> (UInt64, UInt64) {
    let bytes = Array(text.utf8)
    (memory + address).copyMemory(from: bytes, byteCount: bytes.count)
    return (UInt64(address), UInt64(bytes.count))
  }

  /// Writes one vector to address 16, over bytes at 4096.
  func vector(_ text: String) -> UInt64 {
    vector(address: 4096, count: path(text, at: 4096).1)
  }
  func vector(address: UInt64, count: UInt64, at place: Int = 16) -> UInt64 {
    put(UInt32(address), place)
    put(UInt32(count), place + 4)
    return UInt64(place)
  }

  // MARK: Files

  static let allRights = WASIRights.file.union(.directory).rawValue

  /// Opens a path below descriptor 3 or gives the errno.
  func open(
    _ path: String, below directory: UInt64 = 3, flags: WASIOpenFlags = [], rights: UInt64? = nil,
    fdFlags: WASIFdFlags = [], follow: Bool = true
  ) -> Result<UInt64, WASIErrno> {
    let (address, count) = self.path(path)
    let writing = WASIRights.fdWrite.rawValue
    let isDirectory = flags.contains(.directory) || path.hasSuffix("/") || path.hasSuffix(".")
    let base = rights ?? (isDirectory ? Self.allRights & ~writing : Self.allRights)
    let errno = call(
      "path_open", directory, follow ? 1 : 0, address, count, UInt64(flags.rawValue), base,
      Self.allRights, UInt64(fdFlags.rawValue), 8)
    return errno == .success ? .success(UInt64(u32(8))) : .failure(errno)
  }

  func write(_ descriptor: UInt64, _ text: String) -> WASIErrno {
    call("fd_write", descriptor, vector(text), 1, 8)
  }

  func read(_ descriptor: UInt64) -> Result<String, WASIErrno> {
    let errno = call("fd_read", descriptor, vector(address: 8192, count: 4096), 1, 8)
    return errno == .success ? .success(text(8192, Int(u32(8)))) : .failure(errno)
  }

  func contents(_ path: String) -> Result<String, WASIErrno> {
    open(path, rights: WASIRights.fdRead.rawValue).flatMap { descriptor in
      defer { call("fd_close", descriptor) }
      return read(descriptor)
    }
  }

  var denials: [Denial] { StatusPage.denials(in: page).kept }
}

/// Starts a broker on a thread of its own; it ends when the end of the channel that is given back
/// is closed.
func startBroker(_ directories: [Broker.Directory]) -> Int32 {
  let (guest, broker) = socketPair()
  Thread.detachNewThread {
    var server = Broker(channel: broker, directories: directories)
    _ = server.run()
    close(broker)
  }
  return guest
}

func socketPair() -> (Int32, Int32) {
  var ends: [Int32] = [-1, -1]
  precondition(socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &ends) == 0)
  return (ends[0], ends[1])
}

/// A directory that goes away with the test: `file` holds "hello", `dir/nested` is a directory.
final class Scratch {
  let path: String
  init() {
    var template = Array("/tmp/swasm-wasi-XXXXXX".utf8CString)
    precondition(mkdtemp(&template) != nil)
    let root = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    path = root + "/granted"
    for name in ["", "/dir", "/dir/nested"] { mkdir(path + name, 0o755) }
    write("hello", "file")
    try! "secret".write(toFile: root + "/secret", atomically: false, encoding: .utf8)
  }
  deinit {
    try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent)
  }

  func write(_ text: String, _ name: String) {
    try! text.write(toFile: path + "/" + name, atomically: false, encoding: .utf8)
  }
  func read(_ name: String) -> String? {
    try? String(contentsOfFile: path + "/" + name, encoding: .utf8)
  }
  func exists(_ name: String) -> Bool {
    var status = stat()
    return lstat(path + "/" + name, &status) == 0
  }
  func link(_ name: String, to text: String) { symlink(text, path + "/" + name) }

  func guest(readOnly: Bool = false) -> Guest {
    Guest(directories: [("/data", path, readOnly)])
  }
}
