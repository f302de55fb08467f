import Glibc
import SwasmLockdown

/// What a run grants its guest: the policy with the command line on top.
struct GuestGrants {
  /// Without the options' limits.
  let base: Policy
  let policy: Policy
  /// Open directories, for the broker.
  private(set) var directories: [Granted] = []
  private(set) var sockets: [GrantedSocket] = []
  let environment: [String]
  /// Options that allow more than the policy, with what it allows.
  let widened: [String]

  struct GrantedSocket {
    var descriptor: Int32
    var isListening: Bool
  }

  struct Granted {
    var descriptor: Int32
    var guestPath: String
    var isReadOnly: Bool
  }

  init(_ options: RunOptions) throws(Failure) {
    base =
      try options.policy.map { (name) throws(Failure) in try Policy.named(name) } ?? .defaultPolicy
    policy = base.limited(by: options)
    widened = policy.limitsWider(than: base)
    let inherited = policy.capabilities.environment.compactMap { name in
      getenv(name).map { "\(name)=\(String(cString: $0))" }
    }
    environment = Self.lastOfEach(inherited + options.environment)
    let descriptors = 3 + options.directories.count + options.sockets.count
    guard descriptors <= ShellLimits.openFiles else {
      throw .usage(
        "\(descriptors) descriptors are granted, more than the \(ShellLimits.openFiles) of `ulimit -n`"
      )
    }
    guard descriptors <= policy.limits.openFiles else {
      throw .usage(
        "\(descriptors) descriptors are granted, more than the limit of \(policy.limits.openFiles); "
          + "\(RunOption.openFiles.flag) sets it")
    }
    for directory in options.directories { directories.append(try open(directory)) }
    for socket in options.sockets { sockets.append(try open(socket)) }
  }

  /// The level of system calls.
  var level: Level {
    policy.level(grantsDirectories: !directories.isEmpty, grantsSockets: !sockets.isEmpty)
  }

  /// Of variables that are set twice the last value counts, at the first's place.
  private static func lastOfEach(_ variables: [String]) -> [String] {
    // No dictionary for those who name none: making its type costs more than all else here.
    if variables.count < 2 { return variables }
    var order: [Substring] = []
    var values: [Substring: String] = [:]
    for variable in variables {
      let name = variable.prefix { $0 != "=" }
      if values.updateValue(variable, forKey: name) == nil { order.append(name) }
    }
    return order.compactMap { values[$0] }
  }

  private func open(_ directory: RunOptions.Directory) throws(Failure) -> Granted {
    let most = policy.capabilities.directories
    let wanted = directory.access ?? most
    guard most != .none else {
      throw .usage(
        "--dir \(directory): policy \(policy.name) grants no directories; --policy strict allows reading"
      )
    }
    guard wanted <= most else {
      throw .usage(
        "--dir \(directory): policy \(policy.name) allows directories to be read only; "
          + "--policy standard allows writing")
    }
    let descriptor = Glibc.open(directory.host, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw Failure(
        .setupFailed,
        "cannot open directory \"\(directory.host)\" for --dir: \(describe(errno: errno))")
    }
    return Granted(
      descriptor: descriptor, guestPath: directory.guest, isReadOnly: wanted == .readOnly)
  }

  private func open(_ source: SocketSource) throws(Failure) -> GrantedSocket {
    guard policy.capabilities.sockets else {
      throw .usage(
        "\(source): policy \(policy.name) grants no sockets; --policy network allows them")
    }
    switch source {
    case .listening(let address):
      let descriptor = address.listen()
      guard descriptor >= 0 else {
        throw .system("cannot listen on \(address) for --tcplisten", descriptor)
      }
      return GrantedSocket(descriptor: descriptor, isListening: true)
    case .inherited(let descriptor):
      guard InheritedDescriptor.isOpen(descriptor) else {
        throw .usage("\(source): is not open")
      }
      guard let isListening = SocketAddress.isListeningStream(descriptor) else {
        throw .usage("\(source): is no stream socket that listens or is connected")
      }
      return GrantedSocket(descriptor: descriptor, isListening: isListening)
    }
  }

  /// The limits of the guest's process.
  var limits: GuestLimits {
    var limits = GuestLimits()
    if let memory = policy.limits.memory { limits.memoryBytes = memory }
    limits.stackBytes = policy.limits.stack
    if let size = policy.limits.maxFileSize { limits.fileBytes = size }
    if let time = policy.limits.cpuTime { limits.cpuMilliseconds = time }
    limits.openFiles = min(policy.limits.openFiles, ShellLimits.openFiles)
    limits.maxFiles = policy.limits.maxFiles
    if let size = policy.limits.maxWritten { limits.writtenBytes = size }
    return limits
  }
}
