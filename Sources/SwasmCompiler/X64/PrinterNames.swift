// The words of the assembly language: names of operations, registers and conditions.

extension ConditionCode {
  var suffix: String {
    switch self {
    case .overflow: "o"
    case .noOverflow: "no"
    case .below: "b"
    case .aboveEqual: "ae"
    case .equal: "e"
    case .notEqual: "ne"
    case .belowEqual: "be"
    case .above: "a"
    case .sign: "s"
    case .notSign: "ns"
    case .parity: "p"
    case .noParity: "np"
    case .less: "l"
    case .greaterEqual: "ge"
    case .lessEqual: "le"
    case .greater: "g"
    }
  }
}

extension Register {
  private static let oldNames = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"]

  /// The name of the part of `width` bytes. Virtual registers carry the suffix of r8–r15: v40b v40w v40d v40.
  func name(width: UInt8) -> String {
    if isVector { return "xmm\(number)" }
    let suffix = width == 1 ? "b" : width == 2 ? "w" : width == 4 ? "d" : ""
    if isVirtual { return "v\(id)\(suffix)" }
    guard id >= 0 else { return isNone ? "none" : "special\(-id)" }
    if number >= 8 { return "r\(number)\(suffix)" }
    let old = Register.oldNames[Int(number)]
    switch width {
    case 1: return number < 4 ? "\(old.prefix(1))l" : "\(old)l"
    case 2: return old
    case 4: return "e\(old)"
    default: return "r\(old)"
    }
  }
}

extension MachineInstruction {
  private var scalarSuffix: String { width == 8 ? "sd" : "ss" }
  private var packedSuffix: String { width == 8 ? "pd" : "ps" }

  /// Is this a VEX form of an operation that also has a legacy one?
  private var vexPrefix: String {
    switch form {
    case .drr, .drm, .drri, .drmi: "v"
    default: ""
    }
  }

  /// The name of the instruction as a disassembler prints it.
  var mnemonic: String {
    switch op {
    case .setcc: "set\(condition.suffix)"
    case .cmovcc: "cmov\(condition.suffix)"
    case .jcc: "j\(condition.suffix)"
    case .selectf: "selectf\(condition.suffix)"
    case .trapIf: "trap\(condition.suffix)"
    case .fmin, .fmax: "\(op)\(width == 8 ? ".f64" : ".f32")"
    case .convertU64: "\(op)\(width == 8 ? ".f64" : ".f32")"
    case .truncate: "\(op)\(truncationSuffix)"
    case .imulHigh: "imul"
    case .jmpIndirect, .tailCallIndirect: "jmp"
    case .callIndirect: "call"
    case .cdq: width == 8 ? "cqo" : "cdq"
    case .movabs: shortConstant == nil ? "movabs" : "mov"
    case .movsx64: width == 4 ? "movsxd" : "movsx"
    case .movsx32: width == 4 ? "mov" : "movsx"
    case .addf, .subf, .mulf, .divf, .minf, .maxf, .sqrtf:
      "\(vexPrefix)\(arithmeticName)\(scalarSuffix)"
    case .andf: "\(vexPrefix)and\(packedSuffix)"
    case .andnf: "\(vexPrefix)andn\(packedSuffix)"
    case .orf: "\(vexPrefix)or\(packedSuffix)"
    case .xorf: "\(vexPrefix)xor\(packedSuffix)"
    case .ucomi: "ucomi\(scalarSuffix)"
    case .round: "\(vexPrefix)round\(scalarSuffix)"
    case .cmpf: "\(vexPrefix)cmp\(comparisonName)\(scalarSuffix)"
    case .cvtsi2ss, .cvtsi2sd, .cvtss2sd, .cvtsd2ss: "\(vexPrefix)\(op)"
    case .movf: form == .dr ? "movaps" : width == 16 ? "movups" : "mov\(scalarSuffix)"
    case .movdToVector: form == .mr ? "mov" : width == 8 ? "movq" : "movd"
    case .movdToGeneral: form == .dm ? "mov" : width == 8 ? "movq" : "movd"
    default: op.isPacked ? packedMnemonic : "\(op)"
    }
  }

  private var packedMnemonic: String {
    let name =
      switch op {
      case .cmpps: "cmp\(comparisonName)ps"
      case .cmppd: "cmp\(comparisonName)pd"
      default: "\(op)"
      }
    return isVexPacked && !name.hasPrefix("v") ? "v" + name : name
  }

  private var truncationSuffix: String {
    (immediate & TruncationKind.double != 0 ? ".f64" : ".f32")
      + (immediate & TruncationKind.unsigned != 0 ? ".u" : ".s")
      + (immediate & TruncationKind.saturating != 0 ? ".sat" : "")
  }

  /// addf ─▶ add
  private var arithmeticName: Substring { "\(op)".dropLast() }

  private var comparisonName: String {
    let names = ["eq", "lt", "le", "unord", "neq", "nlt", "nle", "ord"]
    return names.indices.contains(Int(immediate)) ? names[Int(immediate)] : "?\(immediate)?"
  }

  /// What movabs loads.
  var constant: Int64 {
    Int64(displacement) << 32 | Int64(UInt32(bitPattern: immediate))
  }

  /// The constant and the width of the register that a mov with a 32-bit immediate sets; nil when it takes 64 bits.
  var shortConstant: (value: Int64, width: UInt8)? {
    let value: Int64 =
      op == .movabs
      ? constant : width == 8 ? Int64(immediate) : Int64(UInt32(bitPattern: immediate))
    if value == Int64(UInt32(truncatingIfNeeded: value)) { return (value, 4) }
    return value == Int64(Int32(truncatingIfNeeded: value)) ? (value, 8) : nil
  }
}
