/// A value of the SSA form: the instruction that makes it. Its number is the instruction's position.
struct Value: Hashable, Comparable {
  var id: Int32
  init(_ id: Int32) { self.id = id }
  init(_ position: Int) { id = Int32(truncatingIfNeeded: position) }
  static var none: Value { Value(Int32(-1)) }
  var position: Int { Int(id) }
  var isNone: Bool { id < 0 }
  static func < (a: Value, b: Value) -> Bool { a.id < b.id }
}

/// A block, numbered in layout order.
struct BlockID: Hashable, Comparable {
  var id: Int32
  init(_ id: Int32) { self.id = id }
  init(_ position: Int) { id = Int32(truncatingIfNeeded: position) }
  static var none: BlockID { BlockID(Int32(-1)) }
  var position: Int { Int(id) }
  var isNone: Bool { id < 0 }
  static func < (a: BlockID, b: BlockID) -> Bool { a.id < b.id }
}

struct EdgeID: Hashable {
  var id: Int32
  init(_ id: Int32) { self.id = id }
  init(_ position: Int) { id = Int32(truncatingIfNeeded: position) }
  var position: Int { Int(id) }
}

/// The type of a value in the SSA form. References are 64-bit numbers.
enum IRType: UInt8 {
  case none = 0
  case i32, i64, f32, f64, v128

  var isInteger: Bool { self == .i32 || self == .i64 }
  var isFloat: Bool { self == .f32 || self == .f64 || self == .v128 }
}

/// Conditions of `icmp` and `fcmp`. Float comparisons use eq, ne and the signed four;
/// all but `ne` are false on NaN.
enum Condition: UInt8 {
  case eq, ne, ltS, ltU, gtS, gtU, leS, leU, geS, geU
}

/// How many bytes a load or store touches and how a load extends them to its type.
enum Access: UInt8 {
  case u8, s8, u16, s16, u32, s32
  /// The whole type.
  case full
}

/// One SSA instruction: 16 bytes, trivial. What the fields mean is said at each ``Operation``; lists (call
/// arguments, returned values) are runs of `Function.pool`.
struct Instruction {
  var op: Operation
  var type: IRType
  var flags: UInt16
  var a: Int32
  var b: Int32
  var c: Int32

  init(
    _ op: Operation, _ type: IRType = .none, flags: UInt16 = 0, a: Int32 = -1, b: Int32 = -1,
    c: Int32 = -1
  ) {
    self.op = op
    self.type = type
    self.flags = flags
    self.a = a
    self.b = b
    self.c = c
  }
}

/// Operations of the SSA form. "value a" means that field `a` is the id of a value.
enum Operation: UInt8 {
  /// Removed; keeps its number.
  case nop
  /// Parameter of a block: a = block, b = position in the block's parameter list. The entry block's are the function's.
  case param
  /// The low 32 bits of the constant in a, the high ones in b. An i32 has b = 0. Also floats, as bit patterns.
  case constant

  // Integers, i32 and i64. Binary: values a and b. Shift counts have the type of the value shifted and are taken modulo its width.
  case add, sub, mul, and, or, xor, shl, shrS, shrU, rotl, rotr
  /// These trap.
  case divS, divU, remS, remU
  case clz, ctz, popcnt
  /// The upper half of the 128-bit product of i64 values a and b.
  case mulHighS, mulHighU
  /// Sign extension of the low 8, 16, 32 bits within the type.
  case extend8S, extend16S, extend32S
  /// i64 ─▶ i32; i32 ─▶ i64.
  case wrap, extendS, extendU
  /// Comparison of values a and b (flags = Condition), result i32 0 or 1. Operands are integers / floats of one type.
  case icmp, fcmp

  // Floats, f32 and f64.
  case fadd, fsub, fmul, fdiv, fmin, fmax, copysign
  case fabs, fneg, ceil, floor, trunc, nearest, sqrt
  case promote, demote
  /// Float a to integer type; these trap.
  case truncS, truncU
  case truncSatS, truncSatU
  /// Integer a to float type.
  case convertS, convertU
  /// Same bits, other register class.
  case reinterpret

  /// c (an i32 value) ≠ 0 ? a : b.
  case select

  // Memory. flags = memory | access << 8; c = offset (u32).
  /// a = address. Traps.
  case load
  /// a = address, b = value. Traps.
  case store
  /// In pages; flags = memory.
  case memorySize
  /// Bytes of a memory, i64; flags = memory. It only ever grows.
  case memoryLength
  /// Traps (flags = TrapKind) when the i32 value a is not 0.
  case trapIf
  /// c = global.
  case globalGet
  /// a = value, c = global.
  case globalSet
  /// a = index, flags = table, result is a reference (i64). Traps.
  case tableGet
  /// In elements, i32; flags = table.
  case tableSize
  /// The reference (i64) of function c.
  case refFunc
  /// flags = Libcall; arguments pool[a ..< a + b], without the data block, indices as constants. Traps when the
  /// libcall says "failed".
  case libcall

  // Exceptions (see `TranslatorExceptions`).
  /// c = tag; the address that stands for it, i64.
  case tagAddress
  /// Of the exception that was just caught: c = ``CaughtField``, i64. At the start of a handler only.
  case caught
  /// Value c of an exception's payload, which is at a (i64).
  case payloadLoad
  /// The same, set to value b.
  case payloadStore

  // Vectors, type v128 where nothing else is said; flags = VectorOperation. A v128's load and store are those above.
  /// c = index in `IRFunction.vectors`.
  case vconst
  /// Value a; values a, b; values a, b, c.
  case vunary, vbinary, vternary
  /// v128 a by i32 b, taken modulo the lane's width.
  case vshift
  /// Scalar a (an integer's low bits) in all lanes.
  case splat
  /// Lane c of v128 a; the type is the scalar's.
  case extractLane
  /// v128 a with scalar b as lane c.
  case replaceLane
  /// v128 a ─▶ i32.
  case vtest
  /// Bytes of v128 a, b; c = index of the 16 selectors in `IRFunction.vectors`.
  case shuffle
  /// Loads that extend, splat or fill with zeros: flags = memory, a = address, b = VectorOperation, c = offset. Traps.
  case vload
  /// a = address, b = v128, c = offset; flags = memory | lane << 8 | log2 of the lane's bytes << 12. Trap.
  case loadLane, storeLane

  // Calls. Arguments pool[a ..< a + b]. type is the result's when there is one result, else none.
  /// c = function index.
  case call
  /// c = canonical type index, flags = table; the table index is the last element of the run. Traps.
  case callIndirect
  /// c = canonical type index; the reference (i64) is the last element of the run. Traps.
  case callRef
  /// c-th result of call a, which has two results or more; these follow their call directly, all of them, in order.
  /// Those of a call that an `invoke` names begin the block of its first edge.
  case result

  // Terminators. c = first edge, b = number of edges.
  case jump
  /// a = condition (i32); edge c when ≠ 0, edge c + 1 when 0. flags: 0, or 1 + the number of the edge that is seldom taken.
  case branch
  /// a = index (i32); edge c + min(index, b − 1).
  case branchTable
  /// a = a call or libcall, the last thing that this block does. Goes on at edge c, unless that throws: then at edge
  /// c + 1, with nothing but ``caught``.
  case invoke
  /// pool[a ..< a + b].
  case `return`
  /// As the calls of these names; their results are the function's.
  case returnCall, returnCallIndirect, returnCallRef
  /// flags = TrapKind.
  case trap

  var isTerminator: Bool { rawValue >= Operation.jump.rawValue }
}

/// What a handler finds of the exception that it has caught.
enum CaughtField: Int32 {
  /// An exnref.
  case reference
  /// What `tagAddress` gives for its tag.
  case tag
  /// Where its values are, 16 bytes each, until the next call.
  case payload
}

extension Instruction {
  var value: (a: Value, b: Value, c: Value) { (Value(a), Value(b), Value(c)) }
  var constantBits: UInt64 {
    UInt64(UInt32(bitPattern: a)) | UInt64(UInt32(bitPattern: b)) << 32
  }
  var condition: Condition { Condition(rawValue: UInt8(truncatingIfNeeded: flags)).unsafelyKnown }
  var access: Access { Access(rawValue: UInt8(truncatingIfNeeded: flags >> 8)).unsafelyKnown }
  /// Index of the memory of a load or store.
  var memory: Int { Int(flags & 0xff) }
  var offset: UInt32 { UInt32(bitPattern: c) }

  /// The call that an `invoke` ends its block with, which throws to the handler; −1 for other instructions.
  var invokedCall: Int32 { op == .invoke ? a : -1 }

  /// How many edges a terminator has to have.
  var edgeCount: Int32 {
    switch op {
    case .jump: 1
    case .branch, .invoke: 2
    default: max(1, b)
    }
  }

  static func constant(_ type: IRType, _ bits: UInt64) -> Instruction {
    Instruction(
      .constant, type, a: Int32(truncatingIfNeeded: bits), b: Int32(truncatingIfNeeded: bits >> 32))
  }
}

extension Optional {
  /// The value of an enum whose raw value this compiler itself wrote.
  @inline(__always)
  var unsafelyKnown: Wrapped {
    guard let self else { preconditionFailure("a field holds no value of its enum") }
    return self
  }
}
