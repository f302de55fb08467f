import CSwasm

/// Restrictions of the C library's allocator that a role's rows rely on. Set them first thing in the
/// process: they don't move what is already allocated.
public enum Allocator {
  /// Broker: brk is the only call it makes.
  public static func stayInHeap() { swasm_allocate_from_heap_only() }

  /// Compiler: brk, mmap and munmap, never the mprotect that per-thread arenas need.
  public static func stayInOneArena() { swasm_allocate_from_one_arena() }
}
