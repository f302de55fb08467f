import SwasmModule

extension Artifact {
  /// The artifact's file.
  public func encode() -> [UInt8] {
    var encoder = ArtifactEncoder()
    encoder.encode(self)
    var bytes = encoder.header(of: self)
    bytes.reserveCapacity(encoder.fileSize)
    for part in encoder.parts(of: self) {
      bytes.append(contentsOf: repeatElement(0, count: part.offset - bytes.count))
      bytes.append(contentsOf: part.bytes)
    }
    return bytes
  }

  /// Writes the artifact's file to the start of a buffer and returns its size.
  public func encode(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(ArtifactError) -> Int {
    var encoder = ArtifactEncoder()
    encoder.encode(self)
    guard encoder.fileSize <= buffer.count else {
      throw .bufferTooSmall(needed: encoder.fileSize)
    }
    var parts = encoder.parts(of: self)
    parts.insert((0, encoder.header(of: self)[...]), at: 0)
    var end = 0
    for part in parts {
      // SAFETY: parts are in order, disjoint, and end at `fileSize`.
      for gap in end..<part.offset { unsafe buffer[gap] = 0 }
      unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[part.offset...])
        .copyBytes(from: part.bytes)
      end = part.offset + part.bytes.count
    }
    return encoder.fileSize
  }
}

/// Collects the tables and metadata of an artifact.
struct ArtifactEncoder {
  private var tables = ByteWriter()
  private var metadata = ByteWriter()
  private var codeSize = 0

  private var codeOffset: Int { ArtifactFormat.pageSize }
  private var tablesOffset: Int { codeOffset + ArtifactFormat.roundedToPage(codeSize) }
  private var metadataOffset: Int { tablesOffset + tables.bytes.count }
  var fileSize: Int { metadataOffset + metadata.bytes.count }

  /// What follows the header, in order.
  func parts(of artifact: Artifact) -> [(offset: Int, bytes: ArraySlice<UInt8>)] {
    [
      (codeOffset, artifact.code[...]), (tablesOffset, tables.bytes[...]),
      (metadataOffset, metadata.bytes[...]),
    ]
  }

  func header(of artifact: Artifact) -> [UInt8] {
    var writer = ByteWriter(bytes: ArtifactFormat.magic)
    writer.u32(ArtifactFormat.version)
    writer.u32(artifact.features.rawValue)
    let version = Array(
      ArtifactFormat.compilerVersion.utf8.prefix(ArtifactFormat.compilerVersionSize))
    writer.bytes += version
    writer.bytes += repeatElement(0, count: ArtifactFormat.compilerVersionSize - version.count)
    writer.size(fileSize)
    for (offset, size) in [
      (codeOffset, ArtifactFormat.roundedToPage(codeSize)), (tablesOffset, tables.bytes.count),
      (metadataOffset, metadata.bytes.count),
    ] {
      writer.size(offset)
      writer.size(size)
    }
    writer.u32(artifact.checksBounds ? 1 : 0)
    writer.bytes += repeatElement(0, count: ArtifactFormat.headerSize - writer.bytes.count)
    return writer.bytes
  }

  mutating func encode(_ artifact: Artifact) {
    codeSize = artifact.code.count
    metadata.sequence(Array(artifact.types.functionTypes.dropFirst())) { writer, type in
      writer.array(type.parameters.map(\.rawValue))
      writer.array(type.results.map(\.rawValue))
    }
    metadata.sequence(artifact.types.linkingTypes) { $0.linkingType($1) }
    metadata.range(artifact.trampolines.text)
    metadata.array(artifact.trampolines.entries)
    metadata.array(artifact.trampolines.hosts)
    metadata.u32(UInt32(artifact.modules.count))
    for module in artifact.modules {
      encodeCode(of: module)
      encodeTables(of: module)
      encodeItems(of: module)
    }
  }

  private mutating func encodeCode(of module: ModuleArtifact) {
    metadata.optional(module.name) { $0.string($1) }
    metadata.u8(module.isNested ? 1 : 0)
    metadata.optional(module.type) { $0.u32($1.rawValue) }
    metadata.u32(UInt32(module.upvalueCount))
    metadata.range(module.text)
    metadata.u8(module.usesGS ? 1 : 0)
    metadata.u8(module.usesExceptions ? 1 : 0)
    metadata.array(module.typeIndices.map(\.rawValue))
    metadata.array(module.functionTypes.map(\.rawValue))
    metadata.array(module.importStubs)
    metadata.array(module.functions)
  }

  /// Ranges are relative to the tables, whose place in the file is known last.
  private mutating func encodeTables(of module: ModuleArtifact) {
    appendTable { tables in
      for row in module.frames {
        tables.u32(row.start)
        tables.u32(row.end)
        tables.u32(row.frameSize)
        tables.u32(UInt32(row.savedRegisters))
        tables.u32(row.poppedBytes)
      }
    }
    appendTable { tables in
      for landing in module.landings {
        tables.u32(landing.returnAddress)
        tables.u32(landing.target)
      }
    }
    appendTable { tables in for start in module.addressMap.starts { tables.u32(start) } }
    appendTable { $0.bytes += module.addressMap.bytes }
    appendTable { tables in
      for (index, name) in module.functionNames.sorted(by: { $0.key < $1.key }) {
        tables.u32(index.rawValue)
        tables.string(name)
      }
    }
    metadata.u32(UInt32(module.data.count))
    for segment in module.data { appendTable { $0.bytes += segment.bytes } }
  }

  /// Tables begin at multiples of 16, so that what is read in place is aligned.
  private mutating func appendTable(_ write: (inout ByteWriter) -> Void) {
    let padding = -tables.bytes.count & 15
    tables.bytes.append(contentsOf: repeatElement(0, count: padding))
    let start = tables.bytes.count
    write(&tables)
    metadata.range(start..<tables.bytes.count)
  }

  private mutating func encodeItems(of module: ModuleArtifact) {
    metadata.sequence(module.tables) { $0.tableType($1) }
    metadata.sequence(module.memories) { $0.memoryType($1) }
    metadata.sequence(module.globals) { $0.globalType($1) }
    metadata.array(module.tags.map(\.rawValue))
    metadata.sequence(module.imports) { writer, item in
      writer.string(item.module)
      writer.string(item.name)
      writer.u8(item.isSingleLevel ? 1 : 0)
      writer.importItem(item.item)
      writer.size(item.offset)
    }
    metadata.sequence(module.exports) { writer, export in
      writer.string(export.name)
      writer.u8(export.kind.rawValue)
      writer.u32(export.index)
      writer.size(export.offset)
    }
    metadata.sequence(module.elements) { $0.element($1) }
    for segment in module.data { metadata.dataMode(segment.mode) }
    metadata.sequence(module.initializers) { $0.initializer($1) }
    let layout = module.layout
    for count in [
      layout.memories, layout.tables, layout.importedFunctions, layout.importedGlobals,
      layout.definedGlobals, layout.tags,
    ] { metadata.u32(UInt32(count)) }
  }
}
