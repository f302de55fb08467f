public import SwasmModule

/// A function of the host: called with its context, the arguments' slots and the data block of the calling instance
/// (see `ContextLayout`). Arguments are in 16-byte slots, low bytes first (an i32 zero-extended to 64 bits);
/// results are written over them from slot 0. Returns 0, or the raw value of a `TrapKind`, or what ``HostTag`` gives when it
/// throws an exception to its caller.
///
/// After lock-down a host function must not allocate, take locks or touch lazily initialised globals.
public typealias HostFunctionPointer =
  @convention(c) (
    _ context: UnsafeMutableRawPointer?, _ slots: UnsafeMutableRawPointer,
    _ data: UnsafeMutableRawPointer
  ) -> UInt32

/// One export of a host instance.
public struct HostFunction {
  public var name: String
  public var type: FunctionType
  public var pointer: HostFunctionPointer
  public var context: UnsafeMutableRawPointer?

  public init(
    name: String, type: FunctionType, pointer: @escaping HostFunctionPointer,
    context: UnsafeMutableRawPointer?
  ) {
    self.name = name
    self.type = type
    self.pointer = pointer
    self.context = context
  }
}

/// An instance whose exports are host functions; modules import from it as from any other instance.
public struct HostInstance {
  /// The module name under which it is imported.
  public var name: String
  public var functions: [HostFunction]

  public init(name: String, functions: [HostFunction]) {
    self.name = name
    self.functions = functions
  }
}
