/// Which fields of an instruction are values.
struct OperandUses: OptionSet {
  var rawValue: UInt8
  static var a: OperandUses { OperandUses(rawValue: 1) }
  static var b: OperandUses { OperandUses(rawValue: 2) }
  static var c: OperandUses { OperandUses(rawValue: 4) }
  /// pool[a ..< a + b].
  static var run: OperandUses { OperandUses(rawValue: 8) }
}

extension Operation {
  var uses: OperandUses {
    switch self {
    case .vbinary, .vshift, .replaceLane, .shuffle, .loadLane, .storeLane: [.a, .b]
    case .vunary, .splat, .extractLane, .vtest, .vload: .a
    case .vternary: [.a, .b, .c]
    case .nop, .param, .constant, .vconst, .memorySize, .memoryLength, .globalGet, .tableSize,
      .refFunc,
      .tagAddress, .caught, .jump, .trap:
      []
    case .add, .sub, .mul, .and, .or, .xor, .shl, .shrS, .shrU, .rotl, .rotr, .divS, .divU, .remS,
      .remU, .mulHighS, .mulHighU, .icmp, .fcmp, .fadd, .fsub, .fmul, .fdiv, .fmin, .fmax,
      .copysign, .store, .payloadStore:
      [.a, .b]
    case .clz, .ctz, .popcnt, .extend8S, .extend16S, .extend32S, .wrap, .extendS, .extendU, .fabs,
      .fneg, .ceil, .floor, .trunc, .nearest, .sqrt, .promote, .demote, .truncS, .truncU,
      .truncSatS, .truncSatU, .convertS, .convertU, .reinterpret, .load, .globalSet, .tableGet,
      .result, .branch, .branchTable, .invoke, .trapIf, .payloadLoad:
      .a
    case .select: [.a, .b, .c]
    case .libcall, .call, .callIndirect, .callRef, .return, .returnCall, .returnCallIndirect,
      .returnCallRef:
      .run
    }
  }

  /// Must stay where it is: writes something, calls, traps otherwise than a load, or ends the block.
  var hasEffect: Bool {
    switch self {
    case .store, .storeLane, .globalSet, .tableGet, .libcall, .call, .callIndirect, .callRef,
      .result, .divS,
      .divU, .remS, .remU, .truncS, .truncU, .trapIf, .caught, .payloadStore, .jump, .branch,
      .branchTable, .invoke, .return, .returnCall, .returnCallIndirect, .returnCallRef, .trap:
      true
    default: false
    }
  }

  var isLoad: Bool { self == .load || self == .vload || self == .loadLane }
  var isConstant: Bool { self == .constant || self == .vconst }
}
