import CSwasm
import SwasmModule

/// A tag as host functions throw it. Valid as long as the store of the instance that defines it. Throwing allocates nothing,
/// so host functions may do it after lockdown.
///
///     return tag.throw(values, data)
///
/// is the last thing that a host function does: the exception is thrown to its caller when it returns.
public struct HostTag {
  let address: UInt64
  /// How many values an exception of the tag carries.
  public let valueCount: Int

  /// - Parameters:
  ///   - values: as many slots of 16 bytes as the tag has parameters, as in ``HostFunctionPointer``. References to exceptions
  ///     among them have to be on the stack too, for instance in the function's own slots.
  ///   - data: what the host function was called with.
  public func `throw`(
    _ values: UnsafeRawPointer?, _ data: UnsafeMutableRawPointer
  ) -> UInt32 {
    swasm_host_throw(
      data, address, values?.assumingMemoryBound(to: swasm_slot.self), UInt64(valueCount))
  }

  /// Throws on what has ended a call of the host function's with the trap ``TrapKind/uncaughtException``: the host function
  /// has made that call last of all.
  public static func throwAgain(_ data: UnsafeMutableRawPointer) -> UInt32 {
    swasm_host_throw_again(data)
  }
}

extension External {
  /// A tag, for host functions to throw exceptions of.
  public var tag: HostTag? {
    guard case .tag(let tag) = value else { return nil }
    return HostTag(address: tag.address, valueCount: store.type(of: tag).parameters.count)
  }
}
