import CSwasm
import Glibc

/// What `--trace` needs, made before lock-down: after it nothing can be allocated.
struct CallTrace {
  let isOn: Bool
  /// In the order of ``WASITable/functions``.
  let functionNames: StringBlock
  /// Index of `proc_exit`.
  let exit: Int
  /// By code.
  let errnoNames: StringBlock
  /// Room for one line.
  let line: UnsafeMutablePointer<UInt8>

  static var capacity: Int { @_noLocks get { 1024 } }

  init(isOn: Bool) {
    self.isOn = isOn
    functionNames = StringBlock(isOn ? WASITable.functions.map { Array($0.name.utf8) } : [])
    exit = WASITable.functions.firstIndex { $0.name == "proc_exit" } ?? 0
    errnoNames = StringBlock(isOn ? WASIErrno.allCases.map { Array("\($0)".utf8) } : [])
    line = .allocate(capacity: isOn ? Self.capacity : 1)
  }

  func deallocate() {
    functionNames.deallocate()
    errnoNames.deallocate()
    line.deallocate()
  }
}

/// How an argument is shown.
enum TracedArgument: UInt64 {
  case i32, i64
  /// The address of a text whose length is the next argument.
  case text

  @_noLocks
  static func == (a: Self, b: Self) -> Bool { a.rawValue == b.rawValue }

  /// Four bits an argument, the first one lowest; how many there are is in the top byte.
  static func packed(_ arguments: [TracedArgument]) -> UInt64 {
    arguments.enumerated().reduce(UInt64(arguments.count) << 56) {
      $0 | $1.element.rawValue << UInt64(4 * $1.offset)
    }
  }
}

/// A line under way; what does not fit is left out.
private struct TraceLine {
  let bytes: UnsafeMutablePointer<UInt8>
  var count = 0

  @_noLocks
  init(_ bytes: UnsafeMutablePointer<UInt8>) { self.bytes = bytes }

  @_noLocks
  mutating func put(_ byte: UInt8) {
    guard count < CallTrace.capacity &- 1 else { return }
    bytes[count] = byte
    count &+= 1
  }

  /// Bytes that a terminal or a line would take for more than letters are shown as `?`.
  @_noLocks
  mutating func put(_ text: UnsafePointer<UInt8>, _ length: Int) {
    for index in 0..<length {
      let byte = text[index]
      put(byte < 0x20 || byte == 0x22 || byte >= 0x7f ? 0x3f : byte)
    }
  }

  @_noLocks
  mutating func put(_ block: StringBlock, _ index: Int) {
    guard index < block.count else { return }
    put(block.bytes + block.offsets[index], block.length(index))
  }

  @_noLocks
  mutating func put(number: UInt64) {
    var divisor: UInt64 = 1
    while number / divisor >= 10 { divisor = divisor &* 10 }
    while divisor > 0 {
      put(UInt8(truncatingIfNeeded: 0x30 &+ number / divisor % 10))
      divisor /= 10
    }
  }
}

extension GuestCall {
  /// Writes `name(arguments) = errno` to standard error. The guest's own process does it: one that broke out of its code
  /// writes what it likes.
  @_noLocks
  func trace(_ function: Int, _ arguments: UInt64, _ error: WASIErrno) {
    let trace = state.pointee.trace
    var line = TraceLine(trace.line)
    line.put(trace.functionNames, function)
    line.put(0x28)
    let count = Int(arguments &>> 56)
    for index in 0..<count {
      if index > 0 {
        line.put(0x2c)
        line.put(0x20)
      }
      switch arguments &>> UInt64(4 &* index) & 0xf {
      case 1: line.put(number: u64(index))
      case 2: putText(u32(index), u32(index &+ 1), &line)
      default: line.put(number: UInt64(u32(index)))
      }
    }
    line.put(0x29)
    line.put(0x20)
    line.put(0x3d)
    line.put(0x20)
    line.put(trace.errnoNames, Int(error.code))
    line.bytes[line.count] = 0x0a
    write(line.bytes, line.count &+ 1)
  }

  /// `proc_exit`, which has one argument and no result.
  @_noLocks
  func traceExit() {
    let trace = state.pointee.trace
    var line = TraceLine(trace.line)
    line.put(trace.functionNames, trace.exit)
    line.put(0x28)
    line.put(number: UInt64(u32(0)))
    line.put(0x29)
    line.bytes[line.count] = 0x0a
    write(line.bytes, line.count &+ 1)
  }

  /// In quotes; its address where it is not in the memory.
  @_noLocks
  private func putText(_ address: UInt32, _ length: UInt32, _ line: inout TraceLine) {
    do throws(WASIErrno) {
      let text = try bytes(address, UInt64(length))
      line.put(0x22)
      line.put(text.assumingMemoryBound(to: UInt8.self), min(Int(length), 256))
      line.put(0x22)
    } catch {
      line.put(number: UInt64(address))
    }
  }

  /// With the call that the level has for it.
  @_noLocks
  private func write(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int) {
    if state.pointee.allowed.contains(.vectors) {
      var vector = iovec(iov_base: bytes, iov_len: count)
      _ = swasm_wasi_pwritev2(2, &vector, 1, -1, 0)
    } else {
      _ = swasm_wasi_write(2, bytes, count)
    }
  }
}
