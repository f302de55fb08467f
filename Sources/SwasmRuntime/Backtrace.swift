import CSwasm
import SwasmArtifact
public import SwasmModule

/// A frame of a backtrace in terms of the wasm module.
public struct BacktraceFrame: Hashable, Sendable, CustomStringConvertible {
  /// The module's name, when it has one.
  public var module: String?
  /// The module's position in its linked set.
  public var moduleIndex: Int
  public var function: FunctionIndex?
  public var functionName: String?
  /// Byte offset of the instruction in the module.
  public var wasmOffset: Int?

  public var description: String {
    var text = module ?? "module \(moduleIndex)"
    text += "!" + (functionName ?? function.map { "func[\($0)]" } ?? "?")
    if let wasmOffset { text += " @ 0x" + String(wasmOffset, radix: 16) }
    return text
  }
}

extension ArtifactFile {
  /// Names the frames that belong to this artifact, which was the store's n-th. Frames may be forged: what they point
  /// past is left out. Needs no guest: the launcher calls it when the guest is dead.
  public func symbolize(_ frames: [TrapFrame], as position: Int = 0) -> [BacktraceFrame] {
    frames.compactMap { frame in
      guard frame.artifact == position, artifact.modules.indices.contains(frame.module) else {
        return nil
      }
      return symbolize(frame)
    }
  }

  private func symbolize(_ frame: TrapFrame) -> BacktraceFrame {
    let module = artifact.modules[frame.module].module
    var result = BacktraceFrame(module: module.name, moduleIndex: frame.module)
    // The call ends here. What begins here is another instruction, or another function.
    let inside = frame.isReturnAddress ? frame.codeOffset &- 1 : frame.codeOffset
    let rows = frameRows(of: frame.module)
    guard
      let defined = rows.firstIndex(where: { $0.start <= inside && inside < $0.end }),
      defined < module.functions.count, rows[defined].start <= frame.codeOffset
    else { return result }
    let function = FunctionIndex(module.importStubs.count + defined)
    result.function = function
    result.functionName = name(of: function, in: frame.module)
    result.wasmOffset = AddressLookup.wasmOffset(
      at: inside - rows[defined].start,
      in: addressPairs(of: defined, in: frame.module))
    return result
  }
}
