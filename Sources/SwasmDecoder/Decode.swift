public import SwasmModule

/// Decodes a binary module.
///
/// Function bodies are only delimited: their instructions, and with them the malformed ones, are the
/// validator's to read. The name section, when it is well-formed, is kept for backtraces.
///
/// - Throws: ``DecodeError`` for the first thing that is malformed, beyond the implementation's limits,
///   or beyond the features that are supported.
public func decode(_ bytes: [UInt8]) throws(DecodeError) -> Module {
  var decoder = ModuleDecoder(bytes)
  try decoder.decodeHeader()
  while !decoder.reader.isAtEnd { try decoder.decodeSection() }
  try decoder.checkCounts()
  return decoder.module
}

/// The state between sections.
struct ModuleDecoder {
  var module: Module
  var reader: SectionReader
  /// The place of the last section that was not a custom one.
  private var lastPlace = 0

  init(_ bytes: [UInt8]) {
    module = Module(source: bytes)
    reader = SectionReader(bytes)
  }

  mutating func decodeHeader() throws(DecodeError) {
    let size = module.source.count
    guard size <= ImplementationLimits.moduleSize else {
      throw DecodeError(
        .limitExceeded(
          "bytes in the module", count: size, most: ImplementationLimits.moduleSize), at: 0)
    }
    guard try reader.fixed32() == 0x6d73_6100 else {
      throw DecodeError(.magicHeaderNotDetected, at: 0)
    }
    let version = try reader.fixed32()
    guard version == 1 else { throw DecodeError(.unknownBinaryVersion(version), at: 4) }
  }

  mutating func decodeSection() throws(DecodeError) {
    let start = reader.position
    let code = try reader.byte()
    let id = try section(code, at: start)
    let end = try reader.beginSection()
    try decodeContents(of: id)
    let unread = reader.endSection(resumingUpTo: end)
    guard unread == 0 else {
      throw DecodeError(.sectionSizeMismatch, at: reader.position)
    }
  }

  /// What a section id stands for, when it may come at this place.
  private mutating func section(
    _ code: UInt8, at offset: Int
  ) throws(DecodeError) -> SectionID {
    switch code {
    case 13: throw reader.unsupported(.exceptions, "section", code: code, at: offset)
    case 14, 15, 16:
      throw reader.unsupported(.moduleLinking, "section", code: code, at: offset)
    default: break
    }
    guard let id = SectionID(rawValue: code) else {
      throw DecodeError(.malformedSectionID(code), at: offset)
    }
    if id != .custom {
      guard id.place > lastPlace else { throw DecodeError(.sectionOutOfOrder(code), at: offset) }
      lastPlace = id.place
    }
    return id
  }

  private mutating func decodeContents(of id: SectionID) throws(DecodeError) {
    switch id {
    case .custom: try decodeCustomSection()
    case .type: try decodeTypeSection()
    case .import: try decodeImportSection()
    case .function: try decodeFunctionSection()
    case .table: try decodeTableSection()
    case .memory: try decodeMemorySection()
    case .global: try decodeGlobalSection()
    case .export: try decodeExportSection()
    case .start: try decodeStartSection()
    case .element: try decodeElementSection()
    case .dataCount: try decodeDataCountSection()
    case .code: try decodeCodeSection()
    case .data: try decodeDataSection()
    }
  }

  /// What can only be said when all sections are known.
  func checkCounts() throws(DecodeError) {
    let functions = module.functions.count - module.importedFunctionCount
    guard functions == module.bodies.count else {
      throw DecodeError(
        .functionAndCodeCounts(functions: functions, bodies: module.bodies.count),
        at: reader.position)
    }
    if let declared = module.dataCount, Int(declared) != module.dataSegments.count {
      throw DecodeError(
        .dataCounts(declared: Int(declared), segments: module.dataSegments.count),
        at: reader.position)
    }
  }
}
