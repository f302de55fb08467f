import SwasmArtifact
public import SwasmModule
public import SwasmRuntime

/// One function of WASI preview 1.
public struct WASIFunction {
  public let name: String
  public let type: FunctionType
  /// What the filter must hold for it.
  public let needs: WASINeeds
  let pointer: HostFunctionPointer
  /// How its arguments are shown by a trace.
  let traced: [TracedArgument]

  /// `parameters`: `i` is an i32, `I` an i64, `t` an i32 that is the address of a text, with its length after it. All
  /// functions but `proc_exit` give an errno.
  init(
    _ name: String, _ parameters: String, _ needs: WASINeeds,
    _ pointer: @escaping HostFunctionPointer
  ) {
    self.name = name
    type = FunctionType(
      parameters: parameters.utf8.map { $0 == Self.long ? .i64 : .i32 },
      results: name == "proc_exit" ? [] : [.i32])
    self.needs = needs
    self.pointer = pointer
    traced = parameters.utf8.map { $0 == Self.long ? .i64 : $0 == Self.text ? .text : .i32 }
  }

  // Bytes rather than characters: the table is made in every start.
  private static var long: UInt8 { UInt8(ascii: "I") }
  private static var text: UInt8 { UInt8(ascii: "t") }
}

// The pointer is to C code without state.
extension WASIFunction: @unchecked Sendable {}

/// Every function of WASI preview 1, one line each.
public enum WASITable {
  public static let functions: [WASIFunction] = [
    // Arguments, environment, clocks, the process.
    WASIFunction("args_get", "ii", []) { enter($0, $1, $2, Handlers.argsGet) },
    WASIFunction("args_sizes_get", "ii", []) { enter($0, $1, $2, Handlers.argsSizesGet) },
    WASIFunction("environ_get", "ii", []) { enter($0, $1, $2, Handlers.environGet) },
    WASIFunction("environ_sizes_get", "ii", []) { enter($0, $1, $2, Handlers.environSizesGet) },
    WASIFunction("clock_res_get", "ii", []) { enter($0, $1, $2, Handlers.clockResGet) },
    WASIFunction("clock_time_get", "iIi", []) { enter($0, $1, $2, Handlers.clockTimeGet) },
    WASIFunction("poll_oneoff", "iiii", polling) { enter($0, $1, $2, Handlers.pollOneoff) },
    WASIFunction("proc_exit", "i", []) { enter($0, $1, $2, Handlers.procExit) },
    WASIFunction("proc_raise", "i", []) { enter($0, $1, $2, Handlers.procRaise) },
    WASIFunction("random_get", "ii", [.random]) { enter($0, $1, $2, Handlers.randomGet) },
    WASIFunction("sched_yield", "", []) { enter($0, $1, $2, Handlers.schedYield) },
    // Descriptors.
    WASIFunction("fd_advise", "iIIi", []) { enter($0, $1, $2, Handlers.fdAdvise) },
    WASIFunction("fd_allocate", "iII", broker) { enter($0, $1, $2, Handlers.fdAllocate) },
    WASIFunction("fd_close", "i", closing) { enter($0, $1, $2, Handlers.fdClose) },
    WASIFunction("fd_datasync", "i", [.synchronize]) { enter($0, $1, $2, Handlers.fdDatasync) },
    WASIFunction("fd_fdstat_get", "ii", []) { enter($0, $1, $2, Handlers.fdFdstatGet) },
    WASIFunction("fd_fdstat_set_flags", "ii", [.poll]) {
      enter($0, $1, $2, Handlers.fdFdstatSetFlags)
    },
    WASIFunction("fd_fdstat_set_rights", "iII", []) {
      enter($0, $1, $2, Handlers.fdFdstatSetRights)
    },
    WASIFunction("fd_filestat_get", "ii", status) { enter($0, $1, $2, Handlers.fdFilestatGet) },
    WASIFunction("fd_filestat_set_size", "iI", [.resize]) {
      enter($0, $1, $2, Handlers.fdFilestatSetSize)
    },
    WASIFunction("fd_filestat_set_times", "iIIi", broker) {
      enter($0, $1, $2, Handlers.fdFilestatSetTimes)
    },
    WASIFunction("fd_pread", "iiiIi", reading) { enter($0, $1, $2, Handlers.fdPread) },
    WASIFunction("fd_prestat_dir_name", "iii", []) { enter($0, $1, $2, Handlers.fdPrestatDirName) },
    WASIFunction("fd_prestat_get", "ii", []) { enter($0, $1, $2, Handlers.fdPrestatGet) },
    WASIFunction("fd_pwrite", "iiiIi", writing) { enter($0, $1, $2, Handlers.fdPwrite) },
    WASIFunction("fd_read", "iiii", reading) { enter($0, $1, $2, Handlers.fdRead) },
    WASIFunction("fd_readdir", "iiiIi", broker) { enter($0, $1, $2, Handlers.fdReaddir) },
    WASIFunction("fd_renumber", "ii", closing) { enter($0, $1, $2, Handlers.fdRenumber) },
    WASIFunction("fd_seek", "iIii", [.seek]) { enter($0, $1, $2, Handlers.fdSeek) },
    WASIFunction("fd_sync", "i", [.synchronize]) { enter($0, $1, $2, Handlers.fdSync) },
    WASIFunction("fd_tell", "ii", [.seek]) { enter($0, $1, $2, Handlers.fdTell) },
    WASIFunction("fd_write", "iiii", writing) { enter($0, $1, $2, Handlers.fdWrite) },
    // Paths: all by the broker.
    WASIFunction("path_create_directory", "iti", broker) {
      enter($0, $1, $2, Handlers.pathCreateDirectory)
    },
    WASIFunction("path_filestat_get", "iitii", broker) {
      enter($0, $1, $2, Handlers.pathFilestatGet)
    },
    WASIFunction("path_filestat_set_times", "iitiIIi", broker) {
      enter($0, $1, $2, Handlers.pathFilestatSetTimes)
    },
    WASIFunction("path_link", "iitiiti", broker) { enter($0, $1, $2, Handlers.pathLink) },
    WASIFunction("path_open", "iitiiIIii", [.openPaths, .close]) {
      enter($0, $1, $2, Handlers.pathOpen)
    },
    WASIFunction("path_readlink", "itiiii", broker) { enter($0, $1, $2, Handlers.pathReadlink) },
    WASIFunction("path_remove_directory", "iti", broker) {
      enter($0, $1, $2, Handlers.pathRemoveDirectory)
    },
    WASIFunction("path_rename", "itiiti", broker) { enter($0, $1, $2, Handlers.pathRename) },
    WASIFunction("path_symlink", "tiiti", broker) { enter($0, $1, $2, Handlers.pathSymlink) },
    WASIFunction("path_unlink_file", "iti", broker) { enter($0, $1, $2, Handlers.pathUnlinkFile) },
    // Sockets.
    WASIFunction("sock_accept", "iii", accepting) { enter($0, $1, $2, Handlers.sockAccept) },
    WASIFunction("sock_recv", "iiiiii", polled) { enter($0, $1, $2, Handlers.sockRecv) },
    WASIFunction("sock_send", "iiiii", polled) { enter($0, $1, $2, Handlers.sockSend) },
    WASIFunction("sock_shutdown", "ii", [.sockets]) { enter($0, $1, $2, Handlers.sockShutdown) },
  ]

  private static let broker: WASINeeds = [.openPaths]
  private static let closing: WASINeeds = [.close, .openPaths]
  private static let status: WASINeeds = [.status, .openPaths]
  private static let reading: WASINeeds = [.read, .vectors]
  private static let writing: WASINeeds = [.write, .vectors]
  private static let polling: WASINeeds = [.poll, .sleep, .status, .seek]
  private static let polled: WASINeeds = [.sockets, .poll]
  private static let accepting: WASINeeds = [.sockets, .poll, .close]

  /// The names of the modules that these functions are imported from.
  public static let moduleNames = ["wasi_snapshot_preview1", "wasi_unstable"]

  /// What a module that imports this function needs of the kernel; an unknown name needs nothing.
  public static func needs(ofImport name: String) -> WASINeeds {
    functions.first { $0.name == name }?.needs ?? []
  }

  /// The same of an import from any module: those that are not WASI's need nothing.
  public static func needs(ofImport name: String, from module: String) -> WASINeeds {
    moduleNames.contains(module) ? needs(ofImport: name) : []
  }
}

/// The WASI functions of one guest, bound to its state. Made before lock-down and never freed in a
/// guest's process.
public struct WASIHost {
  private let state: UnsafeMutablePointer<WASIState>
  private let contexts: UnsafeMutablePointer<WASIContext>
  /// `wasi_snapshot_preview1` and `wasi_unstable`.
  public let instances: [HostInstance]

  public init(_ configuration: WASIConfiguration) {
    state = .allocate(capacity: 1)
    state.initialize(to: WASIState(configuration))
    let functions = WASITable.functions
    contexts = .allocate(capacity: 2 * functions.count)
    var made: [HostInstance] = []
    for (version, layout) in [WASILayout.preview1, .unstable].enumerated() {
      let contexts = contexts + version * functions.count
      for (index, function) in functions.enumerated() {
        (contexts + index).initialize(
          to: WASIContext(
            state: state, layout: layout, memoryField: ContextLayout.hostMemory, function: index,
            arguments: TracedArgument.packed(function.traced)))
      }
      made.append(
        HostInstance(
          name: WASITable.moduleNames[version],
          functions: functions.enumerated().map { index, function in
            HostFunction(
              name: function.name, type: function.type, pointer: function.pointer,
              context: UnsafeMutableRawPointer(contexts + index))
          }))
    }
    instances = made
  }

  /// Frees the state; the functions must not be called any more.
  public func deallocate() {
    state.pointee.deallocate()
    state.deallocate()
    contexts.deallocate()
  }
}
