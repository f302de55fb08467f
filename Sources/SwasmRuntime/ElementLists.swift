import SwasmArtifact
import SwasmModule

/// The element segments of an artifact that list functions, for libcalls: made once, for a module may be instantiated
/// thousands of times.
final class ElementLists {
  /// By module and segment; empty as long as nobody has asked.
  private var lists: [[UnsafeMutableBufferPointer<UInt32>?]] = []

  /// A segment's functions as indices. They live as long as this does.
  func list(
    _ segment: Int, of module: Int, in artifact: LoadedArtifact, budgetedBy store: Store
  ) throws(InstantiationFailure) -> UnsafeBufferPointer<UInt32> {
    if lists.isEmpty { lists = Array(repeating: [], count: artifact.modules.count) }
    let segments = artifact.modules[module].module.elements
    if lists[module].isEmpty { lists[module] = Array(repeating: nil, count: segments.count) }
    if let known = lists[module][segment] { return UnsafeBufferPointer(known) }
    guard case .functions(let functions) = segments[segment].items else {
      throw .malformed("element segment")
    }
    try store.take(.elements, MemoryLayout<UInt32>.stride * functions.count)
    let list = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: functions.count)
    _ = list.initialize(from: functions.lazy.map(\.rawValue))
    lists[module][segment] = list
    return UnsafeBufferPointer(list)
  }

  deinit { for list in lists.joined() { list?.deallocate() } }
}
