import CSwasm

/// The first steps of a forked child, before it maps or runs anything: death with the parent, no descriptors but
/// the listed ones, no inherited signal handlers, timers, keys, umask or working directory. It stays in the parent's
/// process group: what a terminal does to the job it does to all of it.
public struct ChildEntry: Sendable {
  /// Sorted; every other descriptor is closed. Those missing from the process are ignored.
  public let keptDescriptors: [Int32]
  /// umask of the child; a broker takes the launcher's, so that created files look as expected.
  public let fileMask: UInt32

  public init(keptDescriptors: some Sequence<Int32>, fileMask: UInt32 = 0o077) {
    self.keptDescriptors = Array(Set(keptDescriptors)).sorted()
    self.fileMask = fileMask
  }

  /// Does the steps in the calling process. Allocates nothing.
  ///
  /// - Throws: the step that failed; the process has to end then.
  public func enter(link: consuming ParentLink) throws(LockdownError) {
    let ends = link.release()
    let failure = keptDescriptors.withUnsafeBufferPointer { kept in
      var entry = swasm_entry(
        child_end: ends.childEnd, parent_end: ends.parentEnd, kept: kept.baseAddress,
        kept_count: kept.count, file_mask: fileMask)
      return swasm_enter_child(&entry)
    }
    try LockdownError.check(failure)
  }
}
