/// Why a guest stopped. The raw value is the byte that follows the `ud2` (0F 0B) of a trap site.
public enum TrapKind: UInt8, CaseIterable, Sendable {
  case unreachable = 1
  case memoryOutOfBounds
  case tableOutOfBounds
  case integerOverflow
  case integerDivideByZero
  case invalidConversionToInteger
  /// `call_indirect` past the end of its table.
  case undefinedElement
  /// `call_indirect` of a null element.
  case uninitializedElement
  case indirectCallTypeMismatch
  case stackOverflow
  case nullReference
  /// A site of `call_indirect` whose check failed. Three bytes follow the kind: the number of the register
  /// that holds the table index times 16 and the table index (u16). The handler finds out which of
  /// undefinedElement, uninitializedElement and indirectCallTypeMismatch it is.
  case indirectCall
  /// A host function returned a non-zero trap kind; it is in eax.
  case host
  case nullFunctionReference
  case nullExceptionReference
  /// `throw` of an exception that nobody catches.
  case uncaughtException
  /// More exceptions are referred to than there is room for.
  case exceptionsExhausted
  /// An atomic access to an address that is no multiple of its width.
  case unalignedAtomic
  /// `memory.atomic.wait` on a memory that is not shared.
  case expectedSharedMemory
  /// `memory.atomic.wait` without an end: a guest has one thread, so nobody can notify it.
  case endlessWait

  /// The specification's words.
  public var message: String {
    switch self {
    case .unreachable: "unreachable"
    case .memoryOutOfBounds: "out of bounds memory access"
    case .tableOutOfBounds: "out of bounds table access"
    case .integerOverflow: "integer overflow"
    case .integerDivideByZero: "integer divide by zero"
    case .invalidConversionToInteger: "invalid conversion to integer"
    case .undefinedElement: "undefined element"
    case .uninitializedElement: "uninitialized element"
    case .indirectCallTypeMismatch: "indirect call type mismatch"
    case .stackOverflow: "call stack exhausted"
    case .nullReference: "null reference"
    case .nullFunctionReference: "null function reference"
    case .nullExceptionReference: "null exception reference"
    case .uncaughtException: "uncaught exception"
    case .exceptionsExhausted: "too many exceptions"
    case .unalignedAtomic: "unaligned atomic"
    case .endlessWait: "endless wait"
    case .expectedSharedMemory: "expected shared memory"
    case .indirectCall: "indirect call"
    case .host: "host function failed"
    }
  }
}
