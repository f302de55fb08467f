import Glibc

/// A range of address space, inaccessible until parts of it are opened, given back when the value ends.
struct Reservation: ~Copyable {
  let base: UInt64
  let size: UInt64

  /// `size` bytes of which the one at `pivot` has an address that is a multiple of `alignment`.
  init(_ what: String, size: UInt64, alignment: UInt64 = 4096, pivot: UInt64 = 0)
    throws(InstantiationFailure)
  {
    let slack = alignment > 4096 ? alignment : 0
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    guard let start = mmap(nil, Int(size + slack), PROT_NONE, flags, -1, 0), start != MAP_FAILED
    else { throw .addressSpaceRefused(what: what, bytes: size + slack, errno: errno) }
    let first = UInt64(UInt(bitPattern: start))
    let aligned = (first + pivot + alignment - 1) & ~(alignment - 1)
    base = aligned - pivot
    self.size = size
    // SAFETY: head and tail were mapped just now and belong to nobody else.
    if base > first { munmap(start, Int(base - first)) }
    let tail = first + size + slack - (base + size)
    if tail > 0 { munmap(UnsafeMutableRawPointer(bitPattern: UInt(base + size)), Int(tail)) }
  }

  deinit { munmap(UnsafeMutableRawPointer(bitPattern: UInt(base)), Int(size)) }

  var range: Range<UInt64> { base..<base + size }

  func pointer(at offset: UInt64) -> UnsafeMutableRawPointer {
    precondition(offset < size)
    return UnsafeMutableRawPointer(bitPattern: UInt(base + offset))!
  }

  /// Makes whole pages readable and writable.
  func open(_ what: String, at offset: UInt64, count: UInt64) throws(InstantiationFailure) {
    guard count > 0 else { return }
    precondition(offset + count <= size)
    guard mprotect(pointer(at: offset), Int(count), PROT_READ | PROT_WRITE) == 0 else {
      throw .addressSpaceRefused(what: what, bytes: count, errno: errno)
    }
  }
}

extension UnsafeRawBufferPointer {
  init(_ range: Range<UInt64>) {
    self.init(
      start: UnsafeRawPointer(bitPattern: UInt(range.lowerBound)),
      count: Int(range.upperBound - range.lowerBound))
  }
}

func roundedToPage(_ size: UInt64) -> UInt64 { (size + 4095) & ~4095 }
