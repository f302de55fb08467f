public import SwasmModule

/// Decodes a binary module, with the modules inside it.
///
/// Function bodies are only delimited: their instructions, and with them the malformed ones, are the
/// validator's to read. The name section, when it is well-formed, is kept for backtraces.
///
/// - Parameter features: what the module may use.
/// - Throws: ``DecodeError`` for the first thing that is malformed, beyond the implementation's limits,
///   or beyond the features.
public func decode(
  _ bytes: [UInt8], features: Features = .all
) throws(DecodeError) -> Module {
  var decoder = ModuleDecoder(bytes, features)
  try decoder.decodeHeader()
  while true {
    if !decoder.reader.isAtEnd {
      try decoder.decodeSection()
    } else {
      try decoder.checkCounts()
      guard try decoder.resumeParent() else { break }
    }
  }
  decoder.module.nested = decoder.nested
  decoder.module.use = decoder.reader.use
  return decoder.module
}

/// The state between sections. Modules inside modules are decoded by the same loop: their parents wait in a list.
struct ModuleDecoder {
  var module: Module
  var reader: SectionReader
  /// The place of the last section that was not a custom one.
  private var lastPlace = 0
  /// A section that came twice or too late, which is right only in a module that uses linking.
  private var disorder: DecodeError?
  /// Finished modules inside the root.
  var nested: [Module] = []
  /// Hints of the module at hand, until its bodies are known.
  var branchHints: RelativeHints?
  private var parents: [Parent] = []

  /// A module inside which others are being decoded.
  private struct Parent {
    var module: Module
    var lastPlace: Int
    var disorder: DecodeError?
    var branchHints: RelativeHints?
    /// Modules of the section that are still to be decoded after this one.
    var modulesLeft: Int
    /// The ends that reading had before the section and before the nested module.
    var sectionEnd: Int
    var moduleEnd: Int
  }

  init(_ bytes: [UInt8], _ features: Features) {
    module = Module(source: bytes)
    reader = SectionReader(bytes, allowed: features)
  }

  mutating func decodeHeader() throws(DecodeError) {
    let start = reader.position
    let size = reader.remaining
    guard size <= ImplementationLimits.moduleSize else {
      throw DecodeError(
        .limitExceeded(
          "bytes in the module", count: size, most: ImplementationLimits.moduleSize), at: 0)
    }
    guard try reader.fixed32() == 0x6d73_6100 else {
      throw DecodeError(.magicHeaderNotDetected, at: start)
    }
    let version = try reader.fixed32()
    // The upper half is the layer: 0 is a core module.
    if version >> 16 == 1 { throw DecodeError(.component, at: start + 4) }
    guard version == 1 else { throw DecodeError(.unknownBinaryVersion(version), at: start + 4) }
  }

  /// Begins the modules of a module section.
  private mutating func beginModules(sectionEnd: Int) throws(DecodeError) {
    let start = reader.position
    let count = try reader.count(of: "modules", most: ImplementationLimits.nestedModules)
    guard count > 0 else {
      // To core WebAssembly there is no such section; without a module in it nothing says that this is more.
      if parents.isEmpty, nested.isEmpty, !module.usesLinking {
        throw DecodeError(.malformedSectionID(SectionID.module.rawValue), at: start)
      }
      try endSection(resumingUpTo: sectionEnd)
      return
    }
    guard parents.count < ImplementationLimits.moduleNesting else {
      throw DecodeError(
        .limitExceeded(
          "modules around a module", count: parents.count + 1,
          most: ImplementationLimits.moduleNesting), at: start)
    }
    let end = try reader.beginSection()
    parents.append(
      Parent(
        module: module, lastPlace: lastPlace, disorder: disorder, branchHints: branchHints,
        modulesLeft: count - 1, sectionEnd: sectionEnd, moduleEnd: end))
    branchHints = nil
    try beginModule()
  }

  private mutating func beginModule() throws(DecodeError) {
    guard nested.count < ImplementationLimits.nestedModules else {
      throw DecodeError(
        .limitExceeded(
          "modules", count: nested.count, most: ImplementationLimits.nestedModules),
        at: reader.position)
    }
    module = Module(source: module.source)
    lastPlace = 0
    disorder = nil
    try decodeHeader()
  }

  /// Goes on behind the module that has just ended; false when it was the root.
  mutating func resumeParent() throws(DecodeError) -> Bool {
    guard var parent = parents.popLast() else { return false }
    _ = reader.endSection(resumingUpTo: parent.moduleEnd)
    parent.module.items.append(.module(nested.count))
    nested.append(module)
    if parent.modulesLeft > 0 {
      parent.modulesLeft -= 1
      parent.moduleEnd = try reader.beginSection()
      parents.append(parent)
      try beginModule()
    } else {
      module = parent.module
      lastPlace = parent.lastPlace
      disorder = parent.disorder
      branchHints = parent.branchHints
      try endSection(resumingUpTo: parent.sectionEnd)
    }
    return true
  }

  mutating func decodeSection() throws(DecodeError) {
    let start = reader.position
    let code = try reader.byte()
    let id = try section(code, at: start)
    if code >= SectionID.module.rawValue {
      try reader.require(.moduleLinking, for: "section \(code)", at: start)
    }
    let end = try reader.beginSection()
    if id == .module {
      try beginModules(sectionEnd: end)
    } else {
      try decodeContents(of: id)
      try endSection(resumingUpTo: end)
    }
  }

  private mutating func endSection(resumingUpTo end: Int) throws(DecodeError) {
    let unread = reader.endSection(resumingUpTo: end)
    guard unread == 0 else {
      throw DecodeError(.sectionSizeMismatch, at: reader.position)
    }
  }

  /// What a section id stands for, when it may come at this place.
  private mutating func section(
    _ code: UInt8, at offset: Int
  ) throws(DecodeError) -> SectionID {
    guard let id = SectionID(rawValue: code) else {
      throw DecodeError(.malformedSectionID(code), at: offset)
    }
    if id.isRepeatable {
      guard lastPlace < SectionID.function.place else {
        throw DecodeError(.sectionOutOfOrder(code), at: offset)
      }
      if id.place <= lastPlace, disorder == nil {
        disorder = DecodeError(.sectionOutOfOrder(code), at: offset)
      }
      lastPlace = max(lastPlace, id.place)
    } else if id != .custom {
      guard id.place > lastPlace else { throw DecodeError(.sectionOutOfOrder(code), at: offset) }
      lastPlace = id.place
    }
    return id
  }

  private mutating func decodeContents(of id: SectionID) throws(DecodeError) {
    switch id {
    case .custom: try decodeCustomSection()
    case .type: try decodeTypeSection()
    case .module: preconditionFailure("a module section is begun, not read")
    case .instance: try decodeInstanceSection()
    case .alias: try decodeAliasSection()
    case .import: try decodeImportSection()
    case .function: try decodeFunctionSection()
    case .table: try decodeTableSection()
    case .memory: try decodeMemorySection()
    case .global: try decodeGlobalSection()
    case .tag: try decodeTagSection()
    case .export: try decodeExportSection()
    case .start: try decodeStartSection()
    case .element: try decodeElementSection()
    case .dataCount: try decodeDataCountSection()
    case .code: try decodeCodeSection()
    case .data: try decodeDataSection()
    }
  }

  /// What can only be said when all sections are known.
  mutating func checkCounts() throws(DecodeError) {
    placeBranchHints()
    if let disorder, parents.isEmpty, nested.isEmpty, !module.usesLinking { throw disorder }
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
