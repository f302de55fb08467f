/// What a host function's context points to: the guest's state and the version that was imported.
struct WASIContext {
  let state: UnsafeMutablePointer<WASIState>
  let layout: WASILayout
  /// Where a data block says which memory is meant. A constant of another module could be initialised lazily.
  let memoryField: Int
  /// Index in ``WASITable/functions``.
  let function: Int
  /// See ``TracedArgument``.
  let arguments: UInt64
}

/// One call of a WASI function: its arguments and the guest's memory. The only way to that memory.
struct GuestCall {
  let state: UnsafeMutablePointer<WASIState>
  let layout: WASILayout
  /// Index in ``WASITable/functions``.
  let function: Int
  private let slots: UnsafeMutableRawPointer
  private let memory: UnsafeMutableRawPointer
  private let length: UInt64

  /// A guest without a memory has one of length 0.
  @_noLocks
  init(
    _ context: UnsafeMutableRawPointer, _ slots: UnsafeMutableRawPointer,
    _ data: UnsafeMutableRawPointer
  ) {
    let known = context.assumingMemoryBound(to: WASIContext.self)
    state = known.pointee.state
    layout = known.pointee.layout
    function = known.pointee.function
    self.slots = slots
    let slot = data + Int((data + known.pointee.memoryField).load(as: UInt32.self))
    if let base = slot.load(as: UnsafeMutableRawPointer?.self),
      let definition = (slot + 8).load(as: UnsafeMutableRawPointer?.self)
    {
      memory = base
      length = definition.load(as: UInt64.self)
    } else {
      memory = slots
      length = 0
    }
  }

  @_noLocks
  func u32(_ argument: Int) -> UInt32 { (slots + (16 &* argument)).load(as: UInt32.self) }
  @_noLocks
  func u16(_ argument: Int) -> UInt16 { UInt16(truncatingIfNeeded: u32(argument)) }
  @_noLocks
  func u64(_ argument: Int) -> UInt64 { (slots + (16 &* argument)).load(as: UInt64.self) }
  @_noLocks
  func i64(_ argument: Int) -> Int64 { Int64(bitPattern: u64(argument)) }

  /// `count` bytes of the guest's memory.
  @_noLocks
  func bytes(_ address: UInt32, _ count: UInt64) throws(WASIErrno) -> UnsafeMutableRawPointer {
    guard count <= length, UInt64(address) <= length &- count else { throw .fault }
    return memory + Int(address)
  }

  /// The address of element `index` of an array; past the end of the address space there is none.
  @_noLocks
  func element(_ array: UInt32, _ index: UInt32, _ size: UInt64) throws(WASIErrno) -> UInt32 {
    let address = UInt64(array) &+ UInt64(index) &* size
    guard address <= UInt64(UInt32.max) else { throw .fault }
    return UInt32(truncatingIfNeeded: address)
  }

  // One function per width: a generic one would need its type's metadata at run time.
  @_noLocks
  func loadU8(_ address: UInt32) throws(WASIErrno) -> UInt8 {
    try bytes(address, 1).load(as: UInt8.self)
  }
  @_noLocks
  func loadU16(_ address: UInt32) throws(WASIErrno) -> UInt16 {
    try bytes(address, 2).loadUnaligned(as: UInt16.self)
  }
  @_noLocks
  func loadU32(_ address: UInt32) throws(WASIErrno) -> UInt32 {
    try bytes(address, 4).loadUnaligned(as: UInt32.self)
  }
  @_noLocks
  func loadU64(_ address: UInt32) throws(WASIErrno) -> UInt64 {
    try bytes(address, 8).loadUnaligned(as: UInt64.self)
  }
  @_noLocks
  func store(_ value: UInt16, _ address: UInt32) throws(WASIErrno) {
    try bytes(address, 2).storeBytes(of: value, as: UInt16.self)
  }
  @_noLocks
  func store(_ value: UInt32, _ address: UInt32) throws(WASIErrno) {
    try bytes(address, 4).storeBytes(of: value, as: UInt32.self)
  }
  @_noLocks
  func store(_ value: UInt64, _ address: UInt32) throws(WASIErrno) {
    try bytes(address, 8).storeBytes(of: value, as: UInt64.self)
  }

  /// The errno is the function's result.
  @_noLocks
  func finish(_ errno: WASIErrno) {
    slots.storeBytes(of: UInt64(errno.code), as: UInt64.self)
  }
}

/// The way into every WASI function: unpacks the call, runs the handler, stores the errno.
@inline(__always)
func enter(
  _ context: UnsafeMutableRawPointer?, _ slots: UnsafeMutableRawPointer,
  _ data: UnsafeMutableRawPointer, _ handler: (GuestCall) throws(WASIErrno) -> Void
) -> UInt32 {
  guard let context else { return 0 }
  let call = GuestCall(context, slots, data)
  var result = WASIErrno.success
  do throws(WASIErrno) {
    try handler(call)
  } catch {
    call.noteLimit(error)
    result = error
  }
  // Before the result takes the place of the first argument.
  if call.state.pointee.trace.isOn {
    let known = context.assumingMemoryBound(to: WASIContext.self)
    call.trace(known.pointee.function, known.pointee.arguments, result)
  }
  call.finish(result)
  return 0
}
