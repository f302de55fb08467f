import SwasmModule

// The items of a module in an artifact's metadata: writer and reader of each, one below the other.

/// The codes of constant instructions, initializers and segment modes are their positions in these lists.
private enum ConstantCode: UInt8 {
  case i32Const, i64Const, f32Const, f64Const, globalGet, refNull, refFunc
  case i32Add, i32Sub, i32Mul, i64Add, i64Sub, i64Mul
  case v128Const
}

private enum InitializerCode: UInt8 {
  case importItem, defineFunctions, defineTable, defineMemory, defineGlobal
  case applyElement, applyData, start
  case importValue, importImplicitInstance, aliasExport, aliasUpvalue, defineModule, instantiate
}

private enum ModeCode: UInt8 { case passive, active, declarative }

private enum ItemsCode: UInt8 { case functions, expressions }

extension ByteReader {
  fileprivate mutating func code<Code: RawRepresentable>(
    _ what: String, _: Code.Type
  ) throws(ArtifactError) -> Code where Code.RawValue == UInt8 {
    let at = offset
    let byte = try u8()
    guard let code = Code(rawValue: byte) else { throw .badTag(what, byte, offset: at) }
    return code
  }

  mutating func externalKind() throws(ArtifactError) -> ExternalKind {
    try code("kind", ExternalKind.self)
  }
}

// MARK: Types

extension ByteWriter {
  mutating func limits(_ limits: Limits) {
    u64(limits.minimum)
    optional(limits.maximum) { $0.u64($1) }
  }

  mutating func tableType(_ type: TableType) {
    u32(type.element.rawValue)
    limits(type.limits)
    u8(type.is64 ? 1 : 0)
  }

  mutating func memoryType(_ type: MemoryType) {
    limits(type.limits)
    u8(type.is64 ? 1 : 0)
    u8(type.isShared ? 1 : 0)
    u8(type.pageSizeLog2)
  }

  mutating func globalType(_ type: GlobalType) {
    u32(type.value.rawValue)
    u8(type.isMutable ? 1 : 0)
  }
}

extension ByteReader {
  /// - Parameter last: the last type that a reference may name.
  mutating func valueType(upTo last: UInt32 = anyType) throws(ArtifactError) -> ValueType {
    let at = offset
    guard let type = ByteReader.valueType(UInt64(try u32()), upTo: last) else {
      throw .outOfRange("value type", offset: at)
    }
    return type
  }

  /// Types are compared by number; which there are is known to those who look one up.
  static let anyType = UInt32(ImplementationLimits.canonicalTypes)

  /// The type that a word stands for, if it does.
  fileprivate static func valueType(_ word: UInt64, upTo last: UInt32 = anyType) -> ValueType? {
    guard let word = UInt32(exactly: word) else { return nil }
    let type = ValueType(rawValue: word)
    if let index = type.definedIndex {
      return index > 0 && index <= last ? type : nil
    }
    guard let plain = ValueType(code: type.code) else { return nil }
    return plain == type || type.isReference && plain.nonNull == type ? type : nil
  }

  mutating func limits() throws(ArtifactError) -> Limits {
    let minimum = try u64()
    let maximum = try optional { (reader) throws(ArtifactError) in try reader.u64() }
    return Limits(minimum: minimum, maximum: maximum)
  }

  mutating func tableType() throws(ArtifactError) -> TableType {
    TableType(element: try valueType(), limits: try limits(), is64: try flag())
  }

  mutating func memoryType() throws(ArtifactError) -> MemoryType {
    let limits = try limits()
    let (is64, isShared) = (try flag(), try flag())
    let at = offset
    let pageSizeLog2 = try u8()
    guard pageSizeLog2 == 16 || pageSizeLog2 == 0 else {
      throw .outOfRange("page size", offset: at)
    }
    return MemoryType(
      limits: limits, is64: is64, isShared: isShared, pageSizeLog2: pageSizeLog2)
  }

  mutating func globalType() throws(ArtifactError) -> GlobalType {
    GlobalType(value: try valueType(), isMutable: try flag())
  }
}

// MARK: Imports

extension ByteWriter {
  mutating func importItem(_ item: ImportItem) {
    u8(item.kind.rawValue)
    switch item {
    case .function(let type): u32(type.rawValue)
    case .table(let type): tableType(type)
    case .memory(let type): memoryType(type)
    case .global(let type): globalType(type)
    case .tag(let type), .module(let type), .instance(let type): u32(type.rawValue)
    }
  }
}

extension ByteReader {
  mutating func importItem(types: Int) throws(ArtifactError) -> ImportItem {
    switch try externalKind() {
    case .function: .function(TypeIndex(try index("type index", below: types)))
    case .table: .table(try tableType())
    case .memory: .memory(try memoryType())
    case .global: .global(try globalType())
    case .tag: .tag(TypeIndex(try index("type index", below: types)))
    case .module: .module(TypeIndex(try index("type index", below: types)))
    case .instance: .instance(TypeIndex(try index("type index", below: types)))
    }
  }
}

// MARK: Constant expressions

extension ByteWriter {
  mutating func expression(_ expression: ConstantExpression) {
    size(expression.offset)
    sequence(expression.instructions) { $0.constant($1) }
  }

  private mutating func constant(_ instruction: ConstantInstruction) {
    switch instruction {
    case .i32Const(let value): constant(.i32Const, UInt64(UInt32(bitPattern: value)))
    case .i64Const(let value): constant(.i64Const, UInt64(bitPattern: value))
    case .f32Const(let bits): constant(.f32Const, UInt64(bits))
    case .f64Const(let bits): constant(.f64Const, bits)
    case .v128Const(let low, let high):
      constant(.v128Const, low)
      u64(high)
    case .globalGet(let index): constant(.globalGet, UInt64(index.rawValue))
    case .refNull(let type): constant(.refNull, UInt64(type.rawValue))
    case .refFunc(let index): constant(.refFunc, UInt64(index.rawValue))
    case .i32Add: constant(.i32Add, 0)
    case .i32Sub: constant(.i32Sub, 0)
    case .i32Mul: constant(.i32Mul, 0)
    case .i64Add: constant(.i64Add, 0)
    case .i64Sub: constant(.i64Sub, 0)
    case .i64Mul: constant(.i64Mul, 0)
    }
  }

  private mutating func constant(_ code: ConstantCode, _ operand: UInt64) {
    u8(code.rawValue)
    u64(operand)
  }
}

extension ByteReader {
  mutating func expression(in spaces: IndexSpaces) throws(ArtifactError) -> ConstantExpression {
    let offset = try size()
    let instructions = try sequence(minimumSize: 9) { (reader) throws(ArtifactError) in
      try reader.constant(in: spaces)
    }
    return ConstantExpression(instructions, offset: offset)
  }

  private mutating func constant(
    in spaces: IndexSpaces
  ) throws(ArtifactError) -> ConstantInstruction {
    let code = try code("constant instruction", ConstantCode.self)
    let at = offset
    let operand = try u64()
    func index(_ what: String, below count: Int) throws(ArtifactError) -> UInt32 {
      guard operand < UInt64(count) else { throw .outOfRange(what, offset: at) }
      return UInt32(operand)
    }
    switch code {
    case .i32Const: return .i32Const(Int32(truncatingIfNeeded: operand))
    case .i64Const: return .i64Const(Int64(bitPattern: operand))
    case .f32Const: return .f32Const(UInt32(truncatingIfNeeded: operand))
    case .f64Const: return .f64Const(operand)
    case .v128Const: return .v128Const(operand, try u64())
    case .globalGet:
      return .globalGet(GlobalIndex(try index("global index", below: spaces.globals)))
    case .refNull:
      // All nulls are the same: whose numbers the type has makes no difference.
      guard let word = UInt32(exactly: operand), ValueType(rawValue: word).isReference else {
        throw .outOfRange("value type", offset: at)
      }
      let type = ValueType(rawValue: word)
      return .refNull(type)
    case .refFunc:
      return .refFunc(FunctionIndex(try index("function index", below: spaces.functions)))
    case .i32Add: return .i32Add
    case .i32Sub: return .i32Sub
    case .i32Mul: return .i32Mul
    case .i64Add: return .i64Add
    case .i64Sub: return .i64Sub
    case .i64Mul: return .i64Mul
    }
  }
}

// MARK: Segments

extension ByteWriter {
  mutating func elementMode(_ mode: ElementMode) {
    switch mode {
    case .passive: u8(ModeCode.passive.rawValue)
    case .declarative: u8(ModeCode.declarative.rawValue)
    case .active(let table, let offset): active(table.rawValue, offset)
    }
  }

  mutating func dataMode(_ mode: DataMode) {
    switch mode {
    case .passive: u8(ModeCode.passive.rawValue)
    case .active(let memory, let offset): active(memory.rawValue, offset)
    }
  }

  private mutating func active(_ target: UInt32, _ offset: ConstantExpression) {
    u8(ModeCode.active.rawValue)
    u32(target)
    expression(offset)
  }

  mutating func element(_ segment: ElementSegment) {
    u32(segment.type.rawValue)
    elementMode(segment.mode)
    size(segment.offset)
    switch segment.items {
    case .functions(let functions):
      u8(ItemsCode.functions.rawValue)
      array(functions.map(\.rawValue))
    case .expressions(let expressions):
      u8(ItemsCode.expressions.rawValue)
      sequence(expressions) { $0.expression($1) }
    }
  }
}

extension ByteReader {
  mutating func elementMode(in spaces: IndexSpaces) throws(ArtifactError) -> ElementMode {
    switch try code("segment mode", ModeCode.self) {
    case .passive: return .passive
    case .declarative: return .declarative
    case .active:
      let table = TableIndex(try index("segment target", below: spaces.tables))
      return .active(table, offset: try expression(in: spaces))
    }
  }

  mutating func dataMode(in spaces: IndexSpaces) throws(ArtifactError) -> DataMode {
    let start = offset
    let mode = try code("segment mode", ModeCode.self)
    switch mode {
    case .passive: return .passive
    case .declarative: throw .badTag("data segment mode", mode.rawValue, offset: start)
    case .active:
      let memory = MemoryIndex(try index("segment target", below: spaces.memories))
      return .active(memory, offset: try expression(in: spaces))
    }
  }

  mutating func element(in spaces: IndexSpaces) throws(ArtifactError) -> ElementSegment {
    let type = try valueType()
    let mode = try elementMode(in: spaces)
    let offset = try size()
    let items: ElementSegment.Items
    switch try code("element items", ItemsCode.self) {
    case .functions:
      items = .functions(
        try indices("function index", below: spaces.functions).map { FunctionIndex($0) })
    case .expressions:
      items = .expressions(
        try sequence(minimumSize: 12) { (reader) throws(ArtifactError) in
          try reader.expression(in: spaces)
        })
    }
    return ElementSegment(type: type, mode: mode, items: items, offset: offset)
  }
}

// MARK: Initializers

extension ByteWriter {
  mutating func initializer(_ initializer: Initializer) {
    switch initializer {
    case .importItem(let index): step(.importItem, UInt32(index))
    case .defineFunctions: step(.defineFunctions, 0)
    case .defineTable(let index, let initial):
      step(.defineTable, index.rawValue)
      optional(initial) { $0.expression($1) }
    case .defineMemory(let index): step(.defineMemory, index.rawValue)
    case .defineGlobal(let index, let initial):
      step(.defineGlobal, index.rawValue)
      expression(initial)
    case .applyElement(let index): step(.applyElement, index.rawValue)
    case .applyData(let index): step(.applyData, index.rawValue)
    case .start(let index): step(.start, index.rawValue)
    case .importValue(let index, let type):
      step(.importValue, UInt32(index))
      u32(type.rawValue)
    case .importImplicitInstance(let index): step(.importImplicitInstance, UInt32(index))
    case .aliasExport(let instance, let kind, let name):
      step(.aliasExport, instance.rawValue)
      u8(kind.rawValue)
      string(name)
    case .aliasUpvalue(let number): step(.aliasUpvalue, UInt32(number))
    case .defineModule(let module, let upvalues):
      step(.defineModule, UInt32(module))
      sequence(upvalues) { $0.upvalue($1) }
    case .instantiate(let item):
      step(.instantiate, item.module.rawValue)
      size(item.offset)
      sequence(item.arguments) { writer, argument in
        writer.string(argument.name)
        writer.u8(argument.kind.rawValue)
        writer.u32(argument.index)
      }
    }
  }

  private mutating func upvalue(_ upvalue: Upvalue) {
    switch upvalue {
    case .module(let index):
      u8(0)
      u32(index.rawValue)
    case .outer(let number):
      u8(1)
      u32(UInt32(number))
    }
  }

  private mutating func step(_ code: InitializerCode, _ index: UInt32) {
    u8(code.rawValue)
    u32(index)
  }
}

extension ByteReader {
  mutating func initializer(in spaces: IndexSpaces) throws(ArtifactError) -> Initializer {
    switch try code("initializer", InitializerCode.self) {
    case .importItem:
      return .importItem(Int(try index("import", below: spaces.imports)))
    case .defineFunctions:
      _ = try index("initializer", below: 1)
      return .defineFunctions
    case .defineTable:
      let table = TableIndex(try index("table index", below: spaces.tables))
      let initial = try optional { (reader) throws(ArtifactError) in
        try reader.expression(in: spaces)
      }
      return .defineTable(table, initial: initial)
    case .defineMemory:
      return .defineMemory(MemoryIndex(try index("memory index", below: spaces.memories)))
    case .defineGlobal:
      let global = GlobalIndex(try index("global index", below: spaces.globals))
      return .defineGlobal(global, initial: try expression(in: spaces))
    case .applyElement:
      return .applyElement(ElementIndex(try index("element index", below: spaces.elements)))
    case .applyData: return .applyData(DataIndex(try index("data index", below: spaces.data)))
    case .start:
      return .start(FunctionIndex(try index("function index", below: spaces.functions)))
    case .importValue:
      let item = Int(try index("import", below: spaces.imports))
      let type = LinkingTypeIndex(try index("linking type", below: spaces.linkingTypes))
      return .importValue(item, type)
    case .importImplicitInstance:
      return .importImplicitInstance(Int(try index("import", below: spaces.imports)))
    case .aliasExport:
      let instance = InstanceIndex(try u32())
      return .aliasExport(instance, try externalKind(), name: try string())
    case .aliasUpvalue: return .aliasUpvalue(Int(try index("upvalue", below: spaces.upvalues)))
    case .defineModule:
      let module = Int(try index("module", below: spaces.artifactModules))
      let upvalues = try sequence(minimumSize: 5) { (reader) throws(ArtifactError) in
        try reader.upvalue()
      }
      return .defineModule(module, upvalues: upvalues)
    case .instantiate:
      let module = ModuleIndex(try u32())
      let offset = try size()
      let arguments = try sequence(minimumSize: 9) {
        (reader) throws(ArtifactError) -> Instantiation.Argument in
        Instantiation.Argument(
          name: try reader.string(), kind: try reader.externalKind(), index: try reader.u32())
      }
      return .instantiate(Instantiation(module: module, arguments: arguments, offset: offset))
    }
  }

  private mutating func upvalue() throws(ArtifactError) -> Upvalue {
    try flag() ? .outer(Int(try u32())) : .module(ModuleIndex(try u32()))
  }
}

/// The sizes of a module's index spaces.
struct IndexSpaces {
  var functions = 0
  var tables = 0
  var memories = 0
  var globals = 0
  var tags = 0
  var elements = 0
  var data = 0
  var imports = 0
  var upvalues = 0
  var linkingTypes = 0
  var artifactModules = 0
}

// MARK: Module and instance types

extension ByteWriter {
  mutating func linkingType(_ type: LinkingType) {
    sequence(type.imports) { $0.entity($1) }
    sequence(type.exports) { $0.entity($1) }
  }

  private mutating func entity(_ entity: NamedEntity) {
    string(entity.name.text)
    u8(entity.type.kind.rawValue)
    switch entity.type {
    case .function(let type): u32(type.rawValue)
    case .table(let type): tableType(type)
    case .memory(let type): memoryType(type)
    case .global(let type): globalType(type)
    case .tag(let type): u32(type.rawValue)
    case .module(let type), .instance(let type): u32(type.rawValue)
    }
  }
}

extension ByteReader {
  /// - Parameters:
  ///   - functions: number of canonical types.
  ///   - earlier: number of linking types before this one, the only ones it may name.
  mutating func linkingType(functions: Int, earlier: Int) throws(ArtifactError) -> LinkingType {
    func list() throws(ArtifactError) -> [NamedEntity] {
      try sequence(minimumSize: 9) { (reader) throws(ArtifactError) in
        let name = ItemName(try reader.string())
        return NamedEntity(name, try reader.entity(functions: functions, earlier: earlier))
      }
    }
    return LinkingType(imports: try list(), exports: try list())
  }

  private mutating func entity(functions: Int, earlier: Int) throws(ArtifactError) -> EntityType {
    switch try externalKind() {
    case .function: .function(CanonicalTypeIndex(try index("type", below: functions)))
    case .table: .table(try tableType())
    case .memory: .memory(try memoryType())
    case .global: .global(try globalType())
    case .tag: .tag(CanonicalTypeIndex(try index("type", below: functions)))
    case .module: .module(LinkingTypeIndex(try index("linking type", below: earlier)))
    case .instance: .instance(LinkingTypeIndex(try index("linking type", below: earlier)))
    }
  }
}
