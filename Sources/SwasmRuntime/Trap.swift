import CSwasm
public import SwasmArtifact

/// A place in compiled code: an offset in the text of a module of one of a store's artifacts (0 in a guest process).
public struct TrapFrame: Hashable, Sendable {
  public var artifact: Int
  public var module: Int
  public var codeOffset: UInt32
  /// The offset is that of the instruction after a call.
  public var isReturnAddress: Bool

  public init(artifact: Int, module: Int, codeOffset: UInt32, isReturnAddress: Bool) {
    self.artifact = artifact
    self.module = module
    self.codeOffset = codeOffset
    self.isReturnAddress = isReturnAddress
  }
}

/// The end of compiled code that the specification calls a trap.
public struct Trap: Error, Hashable, Sendable, CustomStringConvertible {
  public var kind: TrapKind
  /// The innermost frame first; at most 64.
  public var frames: [TrapFrame]

  public init(kind: TrapKind, frames: [TrapFrame] = []) {
    self.kind = kind
    self.frames = frames
  }

  public var description: String { kind.message }
}

/// What a guest process left in the page that it shares with the launcher. Whatever it says, a guest may have
/// forged: it is to be reported, never to be trusted.
public struct TrapRecord: Sendable {
  public enum State: Sendable, Hashable {
    /// The guest ended by itself (`proc_exit`) or was killed.
    case none
    /// The entry export returned.
    case returned
    case trapped(TrapKind)
    /// A fault that is no trap, by signal number.
    case internalError(signal: Int)
  }

  public var state: State
  /// When the first guest instruction was about to run, in nanoseconds of the monotonic clock; 0: never.
  public var startedNanoseconds: UInt64
  public var programCounter: UInt64
  public var faultAddress: UInt64
  public var stackPointer: UInt64
  public var frames: [TrapFrame]
  /// The instance inside others that was being made, and which of its initializers ran; empty when there was none.
  public var place: String
  /// memory.grow was refused for a limit that is not the module's own.
  public var wasGrowthRefused: Bool
  /// Bytes of linear memories, and of all that counts against the limit of memory.
  public var memoryBytes: UInt64
  public var countedBytes: UInt64

  init(_ raw: swasm_trap_record) {
    state =
      switch (raw.state, TrapKind(rawValue: UInt8(truncatingIfNeeded: raw.kind))) {
      case (UInt32(SWASM_STATE_RETURNED.rawValue), _): .returned
      case (UInt32(SWASM_STATE_TRAPPED.rawValue), let kind?): .trapped(kind)
      case (UInt32(SWASM_STATE_RUNNING.rawValue), _): .none
      default: .internalError(signal: Int(raw.signal & 0x7f))
      }
    startedNanoseconds = raw.started_nanoseconds
    programCounter = raw.pc
    faultAddress = raw.fault_address
    stackPointer = raw.stack_pointer
    wasGrowthRefused = raw.growth_refused != 0
    memoryBytes = raw.memory_used
    countedBytes = raw.used
    let count = min(Int(raw.frame_count), Int(SWASM_TRAP_FRAMES))
    let firstIsReturn = raw.first_is_return_address != 0
    frames = withUnsafeBytes(of: raw.frames) { bytes in
      bytes.bindMemory(to: swasm_trap_frame.self).prefix(count).enumerated().map { index, frame in
        TrapFrame(
          artifact: Int(frame.artifact), module: Int(frame.module), codeOffset: frame.offset,
          isReturnAddress: index > 0 || firstIsReturn)
      }
    }
    place = withUnsafeBytes(of: raw.place) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
