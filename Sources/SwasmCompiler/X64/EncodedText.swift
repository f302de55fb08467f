/// The code of many functions in one run of bytes, with what the linker has to patch in it.
///
/// A worker appends its functions to one text; the linker concatenates the texts at multiples of 16.
struct EncodedText: Sendable {
  var bytes: ContiguousArray<UInt8> = []
  /// In the order in which they were encoded.
  var functions: ContiguousArray<EncodedFunction> = []
  var relocations: ContiguousArray<Relocation> = []
  var addresses: ContiguousArray<AddressEntry> = []
  var landings: ContiguousArray<LandingEntry> = []
  /// Some function throws or catches.
  var usesExceptions = false
}

/// One function's part of an ``EncodedText``.
struct EncodedFunction: Hashable {
  /// Offset of the first byte in the text, a multiple of 16.
  var start: Int32
  /// Bytes of instructions.
  var codeBytes: Int32
  /// Bytes of instructions, constants and jump tables.
  var totalBytes: Int32
  /// Its elements of `EncodedText.relocations`, `addresses` and `landings`, whose positions count from `start`.
  var relocations: Range<Int32>
  var addresses: Range<Int32>
  var landings: Range<Int32> = 0..<0
}

/// Ties an address of the code to the wasm instruction that it came from.
struct AddressEntry: Hashable {
  /// Offset from the function's first byte.
  var position: Int32
  /// Byte offset in the module.
  var source: UInt32
}

/// Where an exception out of a call goes on; both offsets are from the function's first byte.
struct LandingEntry: Hashable {
  /// Where the call would return to.
  var returnPosition: Int32
  var position: Int32
}

enum RelocationKind: UInt8 {
  /// A call or jump to the function with this index in the module.
  case function
  /// A memory operand at this offset in the data block.
  case dataBlock
  /// A memory operand: the function's own constant with this index.
  case constant
  /// A memory operand: the function's own jump table with this number.
  case jumpTable
}

/// Four bytes of code that hold a distance which isn't known yet, relative to the end of their instruction.
struct Relocation: Hashable {
  /// Offset of the four bytes from the function's first byte.
  var position: Int32
  /// Function index, offset in the data block, constant, or table.
  var target: Int32
  var kind: RelocationKind
  /// Bytes from `position` to the end of the instruction: 4 and the immediate's size.
  var trailing: UInt8

  /// Writes the distance. `function` is the offset of the function's first byte and `address` that of the target,
  /// both counted from the start of `bytes`; the target may lie outside of them.
  func patch(_ bytes: inout ContiguousArray<UInt8>, function: Int, address: Int) {
    let place = function + Int(position)
    let distance = Int32(exactly: address - place - Int(trailing))
    precondition(distance != nil, "the text is larger than a branch can span")
    let bits = UInt32(bitPattern: distance ?? 0)
    for byte in 0..<4 {
      bytes[place + byte] = UInt8(truncatingIfNeeded: bits >> UInt32(8 * byte))
    }
  }
}
