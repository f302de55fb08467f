import SwasmModule

/// Where the arguments and results of a signature are: see `Artifact` for the rules.
struct CallingConvention: Sendable {
  /// By argument and by result.
  var arguments: [Place] = []
  var results: [Place] = []
  /// Bytes of arguments on the stack, a multiple of 16; the callee pops them.
  var stackArgumentBytes: Int32 = 0
  /// Bytes of results on the stack, directly above the arguments; a multiple of 16.
  var stackResultBytes: Int32 = 0

  struct Place: Sendable {
    var type: IRType
    /// None: on the stack at `offset` from the first stack argument.
    var register: Register
    var offset: Int32
  }

  static var argumentRegisters: [Register] {
    [.rdi, .rsi, .rdx, .rcx, .r8, .r9, .rax, .r10]
  }
  static var resultRegisters: [Register] { [.rax, .rdx, .rcx, .rdi] }
  static let floatArguments = 8
  static let floatResults = 4

  init(_ type: FunctionType) {
    (arguments, stackArgumentBytes) = Self.assign(
      type.parameters, registers: Self.argumentRegisters, floats: Self.floatArguments, from: 0)
    (results, stackResultBytes) = Self.assign(
      type.results, registers: Self.resultRegisters, floats: Self.floatResults,
      from: stackArgumentBytes)
  }

  private static func assign(
    _ types: [ValueType], registers: [Register], floats: Int, from start: Int32
  ) -> ([Place], Int32) {
    var places: [Place] = []
    var general = 0
    var vector = 0
    var offset = start
    for type in types.map(IRType.init) {
      var register = Register.none
      if type.isFloat {
        if vector < floats { register = .xmm(vector) }
        vector += 1
      } else {
        if general < registers.count { register = registers[general] }
        general += 1
      }
      places.append(Place(type: type, register: register, offset: offset))
      if register.isNone { offset += type == .v128 ? 16 : 8 }
    }
    return (places, (offset - start + 15) & ~15)
  }
}

extension IRType {
  init(_ type: ValueType) {
    switch type {
    case .i32: self = .i32
    case .f32: self = .f32
    case .f64: self = .f64
    case .v128: self = .v128
    default: self = .i64
    }
  }
}
