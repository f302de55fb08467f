import SwasmArtifact

extension Selector {
  /// Selects one instruction: one line per operation.
  mutating func selectInstruction(_ i: Instruction) {
    switch i.op {
    case .nop, .param, .constant, .vconst, .extendU, .result: break
    case .add: selectAdd(i)
    case .sub: selectBinary(i, .sub, commutes: false)
    case .mul: selectMultiply(i)
    case .and: selectBinary(i, .and, commutes: true)
    case .or: selectBinary(i, .or, commutes: true)
    case .xor: selectXor(i)
    case .shl: selectShift(i, .shl, .shlx)
    case .shrS: selectShift(i, .sar, .sarx)
    case .shrU: selectShift(i, .shr, .shrx)
    case .rotl: selectRotate(i, .rol)
    case .rotr: selectRotate(i, .ror)
    case .divS, .divU, .remS, .remU: selectDivision(i)
    case .clz: selectCount(i, .lzcnt)
    case .ctz: selectCount(i, .tzcnt)
    case .popcnt: selectCount(i, .popcnt)
    case .extend8S: selectExtend(i, from: 1)
    case .extend16S: selectExtend(i, from: 2)
    case .extend32S, .extendS: selectExtend(i, from: 4)
    case .wrap: selectWrap(i)
    case .icmp: selectIntegerCompare(i)
    case .fcmp: selectFloatCompare(i)
    case .select: selectSelect(i)
    case .fadd: selectFloatBinary(i, .addf, commutes: true)
    case .fsub: selectFloatBinary(i, .subf, commutes: false)
    case .fmul: selectFloatBinary(i, .mulf, commutes: true)
    case .fdiv: selectFloatBinary(i, .divf, commutes: false)
    case .fmin: selectMinMax(i, .fmin)
    case .fmax: selectMinMax(i, .fmax)
    case .copysign: selectCopysign(i)
    case .fabs: selectSignBit(i, .andf, mask: ~signBit(i.type))
    case .fneg: selectSignBit(i, .xorf, mask: signBit(i.type))
    case .ceil: selectRound(i, 0x0a)
    case .floor: selectRound(i, 0x09)
    case .trunc: selectRound(i, 0x0b)
    case .nearest: selectRound(i, 0x08)
    case .sqrt: selectFloatUnary(i, .sqrtf)
    case .promote: selectFloatUnary(i, .cvtss2sd)
    case .demote: selectFloatUnary(i, .cvtsd2ss)
    case .truncS: selectTruncate(i, 0)
    case .truncU: selectTruncate(i, TruncationKind.unsigned)
    case .truncSatS: selectTruncate(i, TruncationKind.saturating)
    case .truncSatU: selectTruncate(i, TruncationKind.saturating | TruncationKind.unsigned)
    case .convertS: selectConvertSigned(i)
    case .convertU: selectConvertUnsigned(i)
    case .reinterpret: selectReinterpret(i)
    case .vunary: selectVectorUnary(i)
    case .vbinary: selectVectorBinary(i)
    case .vternary: selectVectorTernary(i)
    case .vshift: selectVectorShift(i)
    case .splat: selectSplat(i)
    case .extractLane: selectExtractLane(i)
    case .replaceLane: selectReplaceLane(i)
    case .vtest: selectVectorTest(i)
    case .shuffle: selectShuffle(i)
    case .vload: selectVectorLoad(i)
    case .loadLane: selectLoadLane(i)
    case .storeLane: selectStoreLane(i)
    case .load: selectLoad(i)
    case .store: selectStore(i)
    case .memorySize: selectMemorySize(i)
    case .globalGet: selectGlobalGet(i)
    case .globalSet: selectGlobalSet(i)
    case .tableGet: selectTableGet(i)
    case .tableSize: selectTableSize(i)
    case .refFunc: selectFunctionReference(i)
    case .libcall: selectLibcall(i)
    case .call: selectCall(i)
    case .callIndirect: selectCallIndirect(i)
    case .jump: emit(MachineInstruction(.nop, .none))
    case .branch: selectBranch(i)
    case .branchTable: selectBranchTable(i)
    case .return: selectReturn(i)
    case .trap: selectTrap(i)
    }
  }

  func width(_ type: IRType) -> UInt8 { type == .i32 || type == .f32 ? 4 : 8 }

  /// The register of an integer operand of a `width`-byte instruction.
  mutating func operand(_ value: Value, width: UInt8) -> Register {
    width == 4 ? registerLow(value) : register(value)
  }

  func peel(_ value: Value, width: UInt8) -> Value {
    width == 4 ? resolveLow(value) : resolve(value)
  }
}
