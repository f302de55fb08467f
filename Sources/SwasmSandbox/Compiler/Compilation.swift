import SwasmArtifact
import SwasmDecoder
import SwasmModule
import SwasmText
import SwasmValidator

/// The work of a compiler process after lockdown: from bytes to an artifact, or to words about a module.
struct Compilation {
  let plan: CompilerPlan
  let pool: WorkerPool

  /// Why a module of the plan is not usable.
  struct Rejected: Error {
    var module: Int
    var reason: String
  }

  /// Does the plan's task and writes its result to the start of `output`.
  func perform(_ inputs: [UnsafeRawBufferPointer], _ output: UnsafeMutableRawBufferPointer)
    -> CompilerReport
  {
    do throws(Rejected) {
      switch plan.task {
      case .compile: return try writeArtifact(inputs, output)
      case .inspect(let asJSON):
        let inspection = Inspection(try validated(inputs[inputs.count - 1], inputs.count - 1))
        return write(asJSON ? inspection.json : inspection.text, output)
      case .inspectLinked: return write(try inspectLinked(inputs), output)
      case .script(let runs):
        return try writeScript(inputs[inputs.count - 1], runs: runs, output)
      case .dump(let forms, let function):
        return write(try dump(forms, of: function, inputs), output)
      case .encode: return write(try binary(inputs[inputs.count - 1], inputs.count - 1), output)
      case .link: return write(try linked(inputs), output)
      }
    } catch {
      return .rejected(module: error.module, reason: error.reason)
    }
  }

  private func write(_ text: String, _ output: UnsafeMutableRawBufferPointer) -> CompilerReport {
    write(Array(text.utf8), output)
  }

  private func write(_ bytes: [UInt8], _ output: UnsafeMutableRawBufferPointer) -> CompilerReport {
    guard bytes.count <= output.count else { return .tooLarge(bytes.count) }
    output.copyBytes(from: bytes)
    return .done(bytes.count)
  }

  /// The module in the binary format: as it is, or encoded from text.
  func binary(_ input: UnsafeRawBufferPointer, _ index: Int) throws(Rejected) -> [UInt8] {
    switch ModuleFormat(input) {
    case .binary: return [UInt8](input)
    case .text:
      do throws(TextError) {
        return try encode(text: [UInt8](input))
      } catch {
        throw Rejected(module: index, reason: error.description)
      }
    case .empty:
      throw Rejected(module: index, reason: "the file is empty; a module begins with \\0asm")
    case .unknown(let offset):
      throw Rejected(
        module: index,
        reason: "not a WebAssembly module: neither \\0asm nor \"(\" at byte \(offset)")
    }
  }

  /// The module with everything but its bodies validated.
  private func decoded(_ input: UnsafeRawBufferPointer, _ index: Int) throws(Rejected) -> Module {
    let bytes = try binary(input, index)
    do throws(DecodeError) {
      return try decode(bytes, features: plan.code.features)
    } catch {
      throw Rejected(module: index, reason: error.description)
    }
  }

  /// A module with everything but its bodies validated; its types are added to `types`.
  func declared(_ input: UnsafeRawBufferPointer, _ index: Int, _ types: inout TypeTables)
    throws(Rejected) -> ValidatedModule
  {
    let module = try decoded(input, index)
    do throws(ValidationError) {
      return try validate(module, types: &types, features: plan.code.features)
    } catch {
      throw Rejected(module: index, reason: error.description)
    }
  }

  /// A module with its bodies validated.
  func validated(_ input: UnsafeRawBufferPointer, _ index: Int) throws(Rejected)
    -> ValidatedModule
  {
    let module = try decoded(input, index)
    var types = TypeTables()
    do throws(ValidationError) {
      return try validateAll(module, types: &types, features: plan.code.features)
    } catch {
      throw Rejected(module: index, reason: error.description)
    }
  }
}

/// What a file seems to be.
enum ModuleFormat: Equatable {
  case binary
  case text
  case empty
  /// The first byte that fits neither.
  case unknown(offset: Int)

  private static let magic: [UInt8] = [0x00, 0x61, 0x73, 0x6d]

  init(_ bytes: UnsafeRawBufferPointer) {
    if bytes.isEmpty {
      self = .empty
    } else if bytes[0] == 0 {
      // From here on the decoder says what is wrong.
      self = bytes.starts(with: Self.magic.prefix(bytes.count)) ? .binary : .unknown(offset: 0)
    } else {
      let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0d).contains($0) }
      guard let first = bytes.firstIndex(where: { !isSpace($0) }) else {
        self = .empty
        return
      }
      // A module, or a comment before it.
      let isText = bytes[first] == UInt8(ascii: "(") || bytes[first...].starts(with: [0x3b, 0x3b])
      self = isText ? .text : .unknown(offset: first)
    }
  }
}
