import CSwasm
import Glibc
import SwasmLockdown
import SwasmModule
import SwasmWASI

/// What a run grants its guest: the policy with the command line on top.
struct GuestGrants {
  /// Without the options' limits.
  let base: Policy
  let policy: Policy
  /// Open directories, for the broker.
  private(set) var directories: [Granted] = []
  /// See ``GrantNesting``.
  private(set) var pinned: [FileIdentity] = []
  /// For each `--dir` the number of its directory; nil for those that deny.
  private(set) var directoryOfRule: [Int?] = []
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
    /// With its access.
    var asked: RunOptions.Directory
    /// Places in it with a rule of their own, and those rules.
    var inner: [(place: GrantNesting.Inner, rule: RunOptions.Directory)] = []

    var isReadOnly: Bool { asked.access == .readOnly }
    var isCopied: Bool { asked.access == .copyOnWrite }
    var isWritable: Bool { asked.access?.allowsChanges == true }
  }

  /// - Parameter base: the policy that the options name, whose own grants are among the options by now.
  init(_ options: RunOptions, _ base: Policy) throws(Failure) {
    self.base = base
    policy = base.limited(by: options)
    widened = policy.limitsWider(than: base)
    let inherited = policy.capabilities.environment.compactMap { name in
      getenv(ByteText.forC(name)).map { "\(name)=\(ByteText.string(fromC: $0))" }
    }
    environment = Self.lastOfEach(inherited + options.environment)
    let granted = options.directories.count { $0.access != DirectoryAccess.none }
    let descriptors = 3 + granted + (options.grantsTemporary ? 1 : 0) + options.sockets.count
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
    try open(options.directories)
    if options.grantsTemporary { try grantTemporary() }
    try checkChanges(options)
    for socket in options.sockets { sockets.append(try open(socket)) }
  }

  /// The level of system calls.
  var level: Level {
    policy.level(grantsDirectories: !directories.isEmpty, grantsSockets: !sockets.isEmpty)
  }

  /// Of variables that are set twice the last value counts, at the first's place. Names are the same when their bytes
  /// are.
  private static func lastOfEach(_ variables: [String]) -> [String] {
    // No dictionary for those who name none: making its type costs more than all else here.
    if variables.count < 2 { return variables }
    var order: [[UInt8]] = []
    var values: [[UInt8]: String] = [:]
    for variable in variables {
      let name = Array(variable.utf8.prefix { $0 != UInt8(ascii: "=") })
      if values.updateValue(variable, forKey: name) == nil { order.append(name) }
    }
    return order.compactMap { values[$0] }
  }

  /// Opens the directories, and finds out which rule holds where they lie in one another.
  private mutating func open(_ asked: [RunOptions.Directory]) throws(Failure) {
    var rules: [GrantNesting.Rule] = []
    /// For each rule the number of the directory, which those that deny have not.
    var numbers: [Int?] = []
    for directory in asked {
      var directory = directory
      let access = try access(of: directory)
      directory.access = access
      let descriptor = try Self.open(directory)
      rules.append(
        GrantNesting.Rule(
          descriptor: descriptor,
          path: asked.count < 2 ? [] : try Self.resolved(directory), access: access))
      numbers.append(access == .none ? nil : directories.count)
      if access != .none { directories.append(Granted(descriptor: descriptor, asked: directory)) }
    }
    let nesting = try GrantNesting(rules)
    pinned = nesting.pinned
    for (rule, places) in nesting.inner.enumerated() {
      guard let number = numbers[rule] else { continue }
      directories[number].inner = places.map { place in
        var inner = asked[place.rule]
        inner.access = rules[place.rule].access
        return (place, inner)
      }
    }
    directoryOfRule = numbers
  }

  /// The last of the directories; there is none before the run.
  private mutating func grantTemporary() throws(Failure) {
    guard policy.capabilities.directories.allowsChanges else {
      throw .usage(
        "--tmp: policy \(policy.name) allows no writing to directories; --policy standard allows it"
      )
    }
    directories.append(Granted(descriptor: -1, asked: .temporary))
  }

  private func checkChanges(_ options: RunOptions) throws(Failure) {
    guard options.commits || options.changesFile != nil else { return }
    let flag = (options.commits ? RunOption.commit : .changes).flag
    guard directories.contains(where: \.isCopied) else {
      throw .usage("\(flag): no directory is copied on write; --dir DIRECTORY:cow makes it so")
    }
    guard !options.commits || policy.capabilities.directories == .readWrite else {
      throw .usage(
        "\(flag): policy \(policy.name) allows directories to be copied only; --policy standard allows "
          + "writing")
    }
  }

  /// What a rule grants, which may be no more than the policy allows.
  private func access(of directory: RunOptions.Directory) throws(Failure) -> DirectoryAccess {
    let most = policy.capabilities.directories
    let wanted = directory.access ?? most
    guard most != .none || directory.access == DirectoryAccess.none else {
      throw .usage(
        "--dir \(directory): policy \(policy.name) grants no directories; --policy strict allows reading"
      )
    }
    guard wanted <= most else {
      throw .usage(
        "--dir \(directory): policy \(policy.name) allows directories to be "
          + "\(most == .readOnly ? "read" : "copied") only; "
          + "--policy standard allows writing")
    }
    return wanted
  }

  private static func open(_ directory: RunOptions.Directory) throws(Failure) -> Int32 {
    let isDenied = directory.access == DirectoryAccess.none
    let descriptor = Glibc.open(
      ByteText.forC(directory.host), O_CLOEXEC | (isDenied ? pathOnly : O_RDONLY | O_DIRECTORY))
    guard descriptor >= 0 else {
      throw Failure(
        .setupFailed,
        "cannot open \(isDenied ? "" : "directory ")\"\(directory.host)\" for --dir: "
          + describe(errno: errno))
    }
    guard isDenied || swasm_is_proc(descriptor) == 0 else {
      throw Failure(
        .setupFailed,
        "cannot grant \"\(directory.host)\": it shows every process its own files, and here that would be the broker"
      )
    }
    return descriptor
  }

  /// Absolute and without links.
  private static func resolved(_ directory: RunOptions.Directory) throws(Failure) -> [UInt8] {
    guard let path = realpath(ByteText.forC(directory.host), nil) else {
      throw .system("cannot find \"\(directory.host)\" for --dir", errno)
    }
    defer { free(path) }
    return Array(UnsafeRawBufferPointer(start: path, count: strlen(path)))
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
        throw .usage("\(source): is not a listening or connected stream socket")
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
