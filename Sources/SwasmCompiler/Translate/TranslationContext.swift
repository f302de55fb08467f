import SwasmModule

/// What translation needs to know of a validated module, flat and computed once.
struct TranslationContext: Sendable {
  /// The module's bytes.
  let source: [UInt8]
  /// By type index.
  let types: [Signature]
  /// By function index: its type index.
  let functions: [Int32]
  /// By function index.
  let hints: [Int32: [BranchHint]]
  /// By tag index: its type index.
  let tags: [Int32]
  let importedFunctionCount: Int
  /// By defined function.
  let bodies: [FunctionBody]
  /// By memory index.
  let memories: [Memory]
  /// By table index: the type of indices.
  let tables: [IRType]
  /// Indices of all tables are compared with the length; else of those with 64-bit addresses only.
  let checksTables: Bool
  /// By global index.
  let globals: [Global]
  /// Runs of this are the types of blocks. The first five elements are the value types alone.
  let typePool: ContiguousArray<IRType>

  /// A function type.
  struct Signature: Sendable {
    var parameters: [IRType]
    var results: [IRType]
    /// In `typePool`.
    var parameterRun: PoolRun
    var resultRun: PoolRun
    var canonical: CanonicalTypeIndex
  }

  struct Memory: Sendable {
    var is64: Bool
    var check: BoundsCheck
    var isShared: Bool
    /// The type of addresses.
    var address: IRType { is64 ? .i64 : .i32 }
  }

  struct Global: Sendable {
    var type: IRType
    /// Never changes and starts as `bits`.
    var isConstant: Bool
    var bits: UInt64
  }

  /// - Parameters:
  ///   - types: by type index of `module`.
  ///   - checksBounds: memories and tables have no address space around them that faults.
  init(_ module: Module, types: [CanonicalTypeIndex], checksBounds: Bool = false) {
    var pool: ContiguousArray<IRType> = [.i32, .i64, .f32, .f64, .v128]
    func append(_ types: [IRType]) -> PoolRun {
      let start = pool.count
      pool.append(contentsOf: types)
      return PoolRun(start: Int32(start), count: Int32(types.count))
    }
    var signatures: [Signature] = []
    signatures.reserveCapacity(module.types.count)
    for (index, canonical) in types.enumerated() {
      let type =
        module.functionType(TypeIndex(index)) ?? FunctionType(parameters: [], results: [])
      let parameters = type.parameters.map(IRType.init)
      let results = type.results.map(IRType.init)
      signatures.append(
        Signature(
          parameters: parameters, results: results, parameterRun: append(parameters),
          resultRun: append(results), canonical: canonical))
    }
    self.types = signatures
    typePool = pool
    source = module.source
    functions = module.functions.map { Int32(truncatingIfNeeded: $0.position) }
    hints = Dictionary(
      uniqueKeysWithValues: module.branchHints.map {
        (Int32(truncatingIfNeeded: $0.key.position), $0.value)
      })
    tags = module.tags.map { Int32(truncatingIfNeeded: $0.position) }
    importedFunctionCount = module.importedFunctionCount
    bodies = module.bodies
    memories = module.memories.map {
      let isExact = checksBounds || $0.pageSizeLog2 < 12
      return Memory(
        is64: $0.is64, check: isExact ? .end : $0.is64 ? .index : .none,
        isShared: $0.isShared)
    }
    tables = module.tables.map { $0.is64 ? .i64 : .i32 }
    checksTables = checksBounds
    globals = Self.globals(of: module)
  }

  private static func globals(of module: Module) -> [Global] {
    var globals: [Global] = []
    for (index, type) in module.globals.enumerated() {
      var global = Global(type: IRType(type.value), isConstant: false, bits: 0)
      let defined = index - module.importedGlobalCount
      if !type.isMutable, defined >= 0, defined < module.globalInitializers.count,
        let bits = evaluate(module.globalInitializers[defined], globals)
      {
        global.isConstant = true
        global.bits = bits
      }
      globals.append(global)
    }
    return globals
  }

  /// The value of an expression that depends on nothing known only when instantiating.
  private static func evaluate(_ expression: ConstantExpression, _ known: [Global]) -> UInt64? {
    var stack: [UInt64] = []
    func narrow(_ operation: (UInt64, UInt64) -> UInt64, _ mask: UInt64) -> Bool {
      guard let b = stack.popLast(), let a = stack.popLast() else { return false }
      stack.append(operation(a, b) & mask)
      return true
    }
    let (word, long): (UInt64, UInt64) = (0xffff_ffff, .max)
    for instruction in expression.instructions {
      switch instruction {
      case .i32Const(let value): stack.append(UInt64(UInt32(bitPattern: value)))
      case .i64Const(let value): stack.append(UInt64(bitPattern: value))
      case .f32Const(let bits): stack.append(UInt64(bits))
      case .f64Const(let bits): stack.append(bits)
      case .v128Const: return nil
      case .refNull: stack.append(0)
      case .refFunc: return nil
      case .globalGet(let index):
        guard index.position < known.count, known[index.position].isConstant else { return nil }
        stack.append(known[index.position].bits)
      case .i32Add: guard narrow(&+, word) else { return nil }
      case .i32Sub: guard narrow(&-, word) else { return nil }
      case .i32Mul: guard narrow(&*, word) else { return nil }
      case .i64Add: guard narrow(&+, long) else { return nil }
      case .i64Sub: guard narrow(&-, long) else { return nil }
      case .i64Mul: guard narrow(&*, long) else { return nil }
      }
    }
    return stack.count == 1 ? stack[0] : nil
  }

  /// Where a block type of one value lies in `typePool`.
  static func run(of type: IRType) -> PoolRun {
    PoolRun(start: Int32(type.rawValue) - 1, count: 1)
  }
}
