/// What an instruction does with each of its operand fields, for liveness and allocation. Says nothing of fixed
/// operands (the divisor's rdx:rax, a shift's cl), which the function's side table holds.
///
/// A field may also hold a special base or none (negative ids), so look at the id before counting it as a use.
/// In tied forms r0 is written while base and index (or r2) are still needed: they must be elsewhere, unless
/// they are the tied value itself.
struct OperandRoles: OptionSet {
  var rawValue: UInt16

  static var r0Read: OperandRoles { OperandRoles(rawValue: 1 << 0) }
  static var r0Written: OperandRoles { OperandRoles(rawValue: 1 << 1) }
  static var r0Vector: OperandRoles { OperandRoles(rawValue: 1 << 2) }
  static var r1Read: OperandRoles { OperandRoles(rawValue: 1 << 3) }
  /// Only xchg writes r1.
  static var r1Written: OperandRoles { OperandRoles(rawValue: 1 << 4) }
  /// r1 has to be in r0's register.
  static var r1Tied: OperandRoles { OperandRoles(rawValue: 1 << 5) }
  static var r1Vector: OperandRoles { OperandRoles(rawValue: 1 << 6) }
  /// The base field is read, as r2 or as the base of a memory operand.
  static var baseRead: OperandRoles { OperandRoles(rawValue: 1 << 7) }
  /// The base field is r2, a vector register.
  static var baseVector: OperandRoles { OperandRoles(rawValue: 1 << 8) }
  static var indexRead: OperandRoles { OperandRoles(rawValue: 1 << 9) }
  /// There is a memory operand; lea's isn't accessed.
  static var memory: OperandRoles { OperandRoles(rawValue: 1 << 10) }
  static var memoryRead: OperandRoles { OperandRoles(rawValue: 1 << 11) }
  static var memoryWritten: OperandRoles { OperandRoles(rawValue: 1 << 12) }

  /// The base field is written: a scratch register of a pseudo-instruction.
  static var baseWritten: OperandRoles { OperandRoles(rawValue: 1 << 13) }
  /// Sources are still needed when the results are written.
  static var lateSources: OperandRoles { OperandRoles(rawValue: 1 << 14) }

  private static var address: OperandRoles { [.memory, .baseRead, .indexRead] }
  private static var load: OperandRoles { [address, .memoryRead] }
  private static var tie: OperandRoles { [.r0Written, .r1Read, .r1Tied] }
  private static var vectors: OperandRoles { [.r0Vector, .r1Vector, .baseVector] }

  /// The roles that the form alone gives; stores count as modifications.
  private static func of(_ form: OperandForm) -> OperandRoles {
    switch form {
    case .none, .label: []
    case .r, .ri: .r0Read
    case .d, .di: .r0Written
    case .dr, .dri: [.r0Written, .r1Read]
    case .dm, .dmi: [.r0Written, load]
    case .drr, .drri: [.r0Written, .r1Read, .baseRead]
    case .drm, .drmi, .dmr: [.r0Written, .r1Read, load]
    case .t, .ti: tie
    case .tr, .tri: [tie, .baseRead]
    case .tm, .tmi: [tie, load]
    case .rr: [.r0Read, .r1Read]
    case .rm: [.r0Read, load]
    case .mr: [.r0Read, load, .memoryWritten]
    case .mi, .m: [load, .memoryWritten]
    case .mri: [.r0Read, address, .memoryWritten]
    case .trr: [tie, .baseRead, .indexRead]
    }
  }

  /// Which registers are vectors, and which roles of the form the operation doesn't have.
  private static func exceptions(
    _ op: MachineOperation, _ form: OperandForm
  ) -> (vectors: OperandRoles, extra: OperandRoles, missing: OperandRoles) {
    switch op {
    case .addf, .subf, .mulf, .divf, .minf, .maxf, .sqrtf, .andf, .andnf, .orf, .xorf, .ucomi,
      .round, .cvtss2sd, .cvtsd2ss, .cmpf:
      (vectors, [], [])
    case .movf: (vectors, [], form == .mr ? .memoryRead : [])
    case .cvtsi2ss, .cvtsi2sd: ([.r0Vector, .r1Vector], [], [])
    case .cvttss2si, .cvttsd2si: (.r1Vector, [], [])
    case .movdToVector:
      (form == .mr ? [] : .r0Vector, [], form == .mr ? .memoryRead : [])
    case .movdToGeneral:
      (form == .mr ? .r0Vector : form == .dr ? .r1Vector : [], [], form == .mr ? .memoryRead : [])
    case .mov: ([], [], form == .mr || form == .mi ? .memoryRead : [])
    case .lea: ([], [], .memoryRead)
    case .cmp, .test, .push, .mul, .imulHigh, .jmpIndirect, .callIndirect, .tailCallIndirect:
      ([], [], .memoryWritten)
    case .pop: ([], [], .memoryRead)
    case .fmin, .fmax, .selectf: (vectors, [], [])
    case .truncate: (.r1Vector, [.baseWritten, .lateSources], [])
    case .convertU64: (.r0Vector, [.baseWritten, .lateSources], [])
    case .xchg: ([], form == .rr ? [.r0Written, .r1Written] : [], [])
    case .ones: (.r0Vector, [], [])
    default:
      op.isPacked ? (packedVectors(op, form), [], form == .mr ? .memoryRead : []) : ([], [], [])
    }
  }

  /// An extraction to memory reads the vector from r0.
  private static func packedVectors(_ op: MachineOperation, _ form: OperandForm) -> OperandRoles {
    form == .mri ? .r0Vector : op.packedRow.kind.vectors
  }

  /// The roles of an operation's operands in a form.
  static func of(_ op: MachineOperation, _ form: OperandForm) -> OperandRoles {
    let (vectors, extra, missing) = exceptions(op, form)
    var roles = OperandRoles.of(form).union(vectors).union(extra).subtracting(missing)
    // The registers of an address are general ones, and absent operands have no class.
    if roles.contains(.memory) || !roles.contains(.baseRead) { roles.remove(.baseVector) }
    if roles.isDisjoint(with: [.r0Read, .r0Written]) { roles.remove(.r0Vector) }
    if !roles.contains(.r1Read) { roles.remove(.r1Vector) }
    return roles
  }
}

extension MachineInstruction {
  var roles: OperandRoles { OperandRoles.of(op, form) }
}
