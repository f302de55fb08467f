import SwasmModule

extension LoadedArtifact {
  /// Decodes a whole file that is in memory.
  public init(decoding file: [UInt8], host: CPUFeatures) throws(ArtifactError) {
    let metadata = try Self.metadataRange(
      header: Array(file.prefix(ArtifactFormat.headerSize)), fileSize: file.count)
    try self.init(
      header: Array(file.prefix(ArtifactFormat.headerSize)), metadata: Array(file[metadata]),
      fileSize: file.count, host: host)
  }

  /// Where the metadata is, according to a checked header: the part of the file to be read.
  public static func metadataRange(
    header: [UInt8], fileSize: Int
  ) throws(ArtifactError) -> Range<Int> {
    try ArtifactHeader(decoding: header, fileSize: fileSize).metadata
  }

  /// Decodes a file's header (``ArtifactFormat/headerSize`` bytes) and metadata; the rest is neither needed
  /// nor looked at.
  public init(
    header bytes: [UInt8], metadata: [UInt8], fileSize: Int, host: CPUFeatures
  ) throws(ArtifactError) {
    let header = try ArtifactHeader(decoding: bytes, fileSize: fileSize)
    guard metadata.count == header.metadata.count else {
      throw .badSection("metadata", offset: header.metadata.lowerBound)
    }
    var features = ByteReader(Array(bytes[12..<16]), origin: 12)
    let needed = CPUFeatures(rawValue: try features.u32())
    guard host.isSuperset(of: needed) else { throw .missingFeatures(needed.subtracting(host)) }
    var decoder = ArtifactDecoder(header: header, metadata: metadata)
    self = try decoder.artifact(features: needed)
    try checkMeaning()
  }
}

extension ArtifactHeader {
  init(decoding bytes: [UInt8], fileSize: Int) throws(ArtifactError) {
    let magic = ArtifactFormat.magic
    guard Array(bytes.prefix(magic.count)) == magic else { throw .notAnArtifact }
    guard bytes.count == ArtifactFormat.headerSize else {
      throw .fileTruncated(bytes.count, of: nil)
    }
    var reader = ByteReader(Array(bytes.dropFirst(magic.count)), origin: magic.count)
    let version = try reader.u32()
    guard version == ArtifactFormat.version else { throw .formatVersion(found: version) }
    _ = try reader.u32()
    var name: [UInt8] = []
    for _ in 0..<ArtifactFormat.compilerVersionSize { name.append(try reader.u8()) }
    let compiler = String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
    guard compiler == ArtifactFormat.compilerVersion else {
      throw .compilerVersion(found: compiler)
    }
    self.fileSize = try reader.size()
    guard self.fileSize <= fileSize else { throw .fileTruncated(fileSize, of: self.fileSize) }
    code = try Self.section("code", &reader, before: self.fileSize)
    tables = try Self.section("tables", &reader, before: self.fileSize)
    metadata = try Self.section("metadata", &reader, before: self.fileSize)
    let flag = try reader.u32()
    guard flag <= 1 else { throw .badSection("header", offset: 104) }
    checksBounds = flag == 1
    for part in [code.lowerBound, code.upperBound] where part % ArtifactFormat.pageSize != 0 {
      throw .badSection("code", offset: part)
    }
    guard tables.lowerBound % 16 == 0 else {
      throw .badSection("tables", offset: tables.lowerBound)
    }
  }

  private static func section(
    _ name: String, _ reader: inout ByteReader, before end: Int
  ) throws(ArtifactError) -> Range<Int> {
    let start = try reader.size()
    let size = try reader.size()
    guard start >= ArtifactFormat.headerSize, start <= end, size <= end - start else {
      throw .badSection(name, offset: start)
    }
    return start..<start + size
  }
}

/// Reads the metadata in the order in which ``ArtifactEncoder`` writes it.
struct ArtifactDecoder {
  private let header: ArtifactHeader
  private var reader: ByteReader
  private var types = TypeTables()
  private var moduleCount = 0

  init(header: ArtifactHeader, metadata: [UInt8]) {
    self.header = header
    reader = ByteReader(metadata, origin: header.metadata.lowerBound)
  }

  mutating func artifact(features: CPUFeatures) throws(ArtifactError) -> LoadedArtifact {
    try decodeTypes()
    let trampolines = try trampolines()
    let modules = try decodeModules()
    guard reader.isAtEnd else { throw .trailingBytes(offset: reader.offset) }
    return LoadedArtifact(
      types: types, features: features, checksBounds: header.checksBounds, code: header.code,
      trampolines: trampolines,
      modules: modules, fileSize: header.fileSize)
  }

  private mutating func decodeTypes() throws(ArtifactError) {
    let signatures = Int(try reader.u32())
    for number in 0..<signatures {
      // Types refer to earlier ones and to themselves.
      let own = UInt32(number + 1)
      func list() throws(ArtifactError) -> [ValueType] {
        try reader.sequence(minimumSize: 4) { (reader) throws(ArtifactError) in
          try reader.valueType(upTo: own)
        }
      }
      let start = reader.offset
      var type = FunctionType(parameters: try list(), results: try list())
      type.replaceIndices { $0 == own ? TypeTables.recursive : $0 }
      guard types.intern(type).rawValue == own else {
        throw .outOfRange("duplicate type", offset: start)
      }
    }
    let count = Int(try reader.u32())
    for number in 0..<count {
      let at = reader.offset
      let type = try reader.linkingType(functions: types.count, earlier: number)
      guard let index = types.intern(type), index.position == number else {
        throw .outOfRange("linking type", offset: at)
      }
    }
  }

  /// A page-aligned range of the code.
  private mutating func text() throws(ArtifactError) -> Range<Int> {
    let at = reader.offset
    let text = try reader.range()
    let page = ArtifactFormat.pageSize
    guard text.upperBound <= header.code.count, text.lowerBound % page == 0,
      text.upperBound % page == 0, text.count <= Int(Int32.max)
    else { throw .outOfRange("text", offset: at) }
    return text
  }

  private mutating func trampolines() throws(ArtifactError) -> Trampolines {
    let text = try text()
    func offsets() throws(ArtifactError) -> [UInt32] {
      let at = reader.offset
      let offsets = try reader.array()
      guard offsets.count == types.count,
        offsets.allSatisfy({ $0 == UInt32.max || Int($0) < text.count })
      else { throw .outOfRange("trampolines", offset: at) }
      return offsets
    }
    return Trampolines(text: text, entries: try offsets(), hosts: try offsets())
  }

  private mutating func decodeModules() throws(ArtifactError) -> [LoadedModule] {
    let at = reader.offset
    let count = try reader.u32()
    var modules: [LoadedModule] = []
    moduleCount = Int(count)
    for _ in 0..<count { modules.append(try module()) }
    guard let root = modules.last, !root.module.isNested else { throw .badCount(0, offset: at) }
    return modules
  }

  private mutating func module() throws(ArtifactError) -> LoadedModule {
    let name = try reader.optional { (reader) throws(ArtifactError) in try reader.string() }
    let isNested = try reader.flag()
    let linkingTypes = types.linkingTypes.count
    let type = try reader.optional { (reader) throws(ArtifactError) in
      LinkingTypeIndex(try reader.index("linking type", below: linkingTypes))
    }
    let upvalues = Int(
      try reader.index("upvalue count", below: ImplementationLimits.upvalues + 1))
    let text = try text()
    let usesGS = try reader.flag()
    let usesExceptions = try reader.flag()
    let typeIndices = try canonicalTypes()
    let functionTypes = try canonicalTypes()
    let importStubs = try codeOffsets(in: text)
    let functions = try codeOffsets(in: text)
    let at = reader.offset
    guard importStubs.count + functions.count == functionTypes.count else {
      throw .outOfRange("function count", offset: at)
    }
    let frames = try tableRange(multipleOf: ArtifactFormat.frameRowSize)
    let landings = try tableRange(multipleOf: ArtifactFormat.landingSize)
    let starts = try tableRange(multipleOf: 4)
    let map = try tableRange(multipleOf: 1)
    let names = try tableRange(multipleOf: 1)
    let dataCount = Int(try reader.index("data count", below: reader.bytes.count))
    var data: [Range<Int>] = []
    for _ in 0..<dataCount { data.append(try tableRange(multipleOf: 1)) }
    var module = ModuleArtifact(
      name: name, text: text,
      layout: ContextLayout(
        memories: 0, tables: 0, importedFunctions: importStubs.count, importedGlobals: 0,
        definedGlobals: 0, tags: 0),
      usesGS: usesGS, typeIndices: typeIndices, functionTypes: functionTypes,
      importStubs: importStubs, functions: functions, frames: [],
      addressMap: AddressMap(starts: [], bytes: []), imports: [], exports: [], tables: [],
      memories: [], globals: [], elements: [], data: [], initializers: [], functionNames: [:])
    module.isNested = isNested
    module.usesExceptions = usesExceptions
    module.type = type
    module.upvalueCount = upvalues
    try decodeItems(of: &module, dataCount: dataCount)
    return LoadedModule(
      module: module, frames: frames, landings: landings, addressMapStarts: starts,
      addressMapBytes: map,
      functionNames: names, data: data)
  }

  private mutating func canonicalTypes() throws(ArtifactError) -> [CanonicalTypeIndex] {
    try reader.indices("canonical type", below: types.count).map { CanonicalTypeIndex($0) }
  }

  private mutating func codeOffsets(in text: Range<Int>) throws(ArtifactError) -> [UInt32] {
    try reader.indices("code offset", below: text.count)
  }

  /// A range of the tables, as a range of the file.
  private mutating func tableRange(multipleOf unit: Int) throws(ArtifactError) -> Range<Int> {
    let at = reader.offset
    let range = try reader.range()
    guard range.upperBound <= header.tables.count, range.lowerBound % 16 == 0,
      range.count % unit == 0
    else { throw .outOfRange("table", offset: at) }
    let base = header.tables.lowerBound
    return base + range.lowerBound..<base + range.upperBound
  }

  private mutating func decodeItems(
    of module: inout ModuleArtifact, dataCount: Int
  ) throws(ArtifactError) {
    module.tables = try reader.sequence(minimumSize: 14) { (reader) throws(ArtifactError) in
      try reader.tableType()
    }
    module.memories = try reader.sequence(minimumSize: 12) { (reader) throws(ArtifactError) in
      try reader.memoryType()
    }
    module.globals = try reader.sequence(minimumSize: 5) { (reader) throws(ArtifactError) in
      try reader.globalType()
    }
    module.tags = try canonicalTypes()
    var spaces = IndexSpaces()
    spaces.functions = module.functionTypes.count
    spaces.tables = module.tables.count
    spaces.memories = module.memories.count
    spaces.globals = module.globals.count
    spaces.tags = module.tags.count
    spaces.data = dataCount
    try decodeExternals(of: &module, in: &spaces)
    module.elements = try reader.sequence(minimumSize: 18) { (reader) throws(ArtifactError) in
      try reader.element(in: spaces)
    }
    spaces.elements = module.elements.count
    spaces.upvalues = module.upvalueCount
    spaces.linkingTypes = types.linkingTypes.count
    spaces.artifactModules = moduleCount
    for _ in 0..<dataCount {
      module.data.append(DataInitializer(mode: try reader.dataMode(in: spaces), bytes: []))
    }
    module.initializers = try reader.sequence(minimumSize: 5) { (reader) throws(ArtifactError) in
      try reader.initializer(in: spaces)
    }
    module.layout = try layout(of: module)
  }

  private mutating func decodeExternals(
    of module: inout ModuleArtifact, in spaces: inout IndexSpaces
  ) throws(ArtifactError) {
    let types = module.typeIndices.count
    module.imports = try reader.sequence(minimumSize: 17) {
      (reader) throws(ArtifactError) -> Import in
      let (first, second) = (try reader.string(), try reader.string())
      let isSingleLevel = try reader.flag()
      var item = Import(
        module: first, name: second, item: try reader.importItem(types: types),
        offset: try reader.size())
      item.isSingleLevel = isSingleLevel
      return item
    }
    spaces.imports = module.imports.count
    let counts = [spaces.functions, spaces.tables, spaces.memories, spaces.globals, spaces.tags]
    module.exports = try reader.sequence(minimumSize: 17) {
      (reader) throws(ArtifactError) -> Export in
      let name = try reader.string()
      let kind = try reader.externalKind()
      // How many modules and instances there are shows when the initializers have run.
      let position = Int(kind.rawValue)
      let count = position < counts.count ? counts[position] : Int(UInt32.max)
      let index = try reader.index("export", below: count)
      return Export(name: name, kind: kind, index: index, offset: try reader.size())
    }
  }

  /// The layout follows from the index spaces; what the file says has to be the same.
  private mutating func layout(of module: ModuleArtifact) throws(ArtifactError) -> ContextLayout {
    let at = reader.offset
    var counts: [Int] = []
    for _ in 0..<6 { counts.append(Int(try reader.u32())) }
    var imported = [0, 0, 0, 0, 0, 0, 0]
    for item in module.imports { imported[Int(item.item.kind.rawValue)] += 1 }
    for initializer in module.initializers {
      if case .aliasExport(_, let kind, _) = initializer { imported[Int(kind.rawValue)] += 1 }
    }
    let layout = ContextLayout(
      memories: module.memories.count, tables: module.tables.count,
      importedFunctions: module.importStubs.count, importedGlobals: imported[3],
      definedGlobals: max(0, module.globals.count - imported[3]), tags: module.tags.count)
    guard
      counts == [
        layout.memories, layout.tables, layout.importedFunctions, layout.importedGlobals,
        layout.definedGlobals, layout.tags,
      ], imported[0] == module.importStubs.count, imported[1] <= module.tables.count,
      imported[2] <= module.memories.count, imported[3] <= module.globals.count
    else { throw .outOfRange("context layout", offset: at) }
    return layout
  }
}
