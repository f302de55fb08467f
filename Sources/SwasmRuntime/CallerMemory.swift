public import SwasmArtifact

/// The memory of the instance that called a host function: the one that its module exports as `memory`, else memory 0.
/// Made of the data block that the function is given. Allocates nothing, so host functions may use it after lockdown.
public struct CallerMemory {
  public let base: UnsafeMutableRawPointer
  public let byteLength: UInt64

  /// `nil` when the caller has no memory.
  @inlinable public init?(data: UnsafeMutableRawPointer) {
    let slot = Int(data.load(fromByteOffset: ContextLayout.hostMemory, as: UInt32.self))
    guard
      let base = data.load(fromByteOffset: slot, as: UnsafeMutableRawPointer?.self),
      let definition = data.load(fromByteOffset: slot + 8, as: UnsafeRawPointer?.self)
    else { return nil }
    self.base = base
    byteLength = definition.load(as: UInt64.self)
  }

  /// The bytes from `address` on, or `nil` when not all of them are in the memory.
  @inlinable public func bytes(
    at address: UInt32, count: UInt32
  ) -> UnsafeMutableRawBufferPointer? {
    guard UInt64(address) + UInt64(count) <= byteLength else { return nil }
    return UnsafeMutableRawBufferPointer(start: base + Int(address), count: Int(count))
  }
}
