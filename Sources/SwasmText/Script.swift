/// A test script (`.wast`): what is to be done, in order, as data. Nothing here runs anything.
public struct Script: Hashable, Sendable {
  public var commands: [Command]

  /// One form of the script.
  public struct Command: Hashable, Sendable {
    /// The line, from 1, on which it begins.
    public var line: Int
    public var directive: Directive
  }

  public enum Directive: Hashable, Sendable {
    /// Define a module and make its instance.
    case module(Module)
    /// Define a module only.
    case moduleDefinition(Module)
    /// Make an instance, known by `name`, of the module that was defined as `definition`, or last.
    case moduleInstance(name: String?, definition: String?)
    /// Let modules import an instance (or the last one) by a name.
    case register(name: [UInt8], instance: String?)
    case action(Action)
    case assertReturn(Action, [Pattern])
    case assertTrap(Action, message: String)
    case assertExhaustion(Action, message: String)
    case assertException(Action)
    case assertInvalid(Module, message: String)
    case assertMalformed(Module, message: String)
    case assertUnlinkable(Module, message: String)
    /// Making the instance traps.
    case assertUninstantiable(Module, message: String)
    case assertInvalidCustom(Module, message: String)
    case assertMalformedCustom(Module, message: String)
    /// What is none of these, or isn't written as it should be.
    case unreadable(TextError)

    /// The module that it defines or asserts something about; nil for one about custom sections.
    public var module: Module? {
      switch self {
      case .module(let module), .moduleDefinition(let module), .assertInvalid(let module, _),
        .assertMalformed(let module, _), .assertUnlinkable(let module, _),
        .assertUninstantiable(let module, _):
        module
      default: nil
      }
    }
  }

  /// A module of a script.
  public struct Module: Hashable, Sendable {
    /// The identifier, without its `$`.
    public var name: String?
    public var form: Form
    /// The binary module, or why its text is not one. Only a script whose parentheses or strings are broken
    /// can't be read for the sake of a module.
    public var encoding: Result<[UInt8], TextError>
  }

  /// How a module is given.
  public enum Form: Hashable, Sendable {
    case text, binary, quote
  }

  public enum Action: Hashable, Sendable {
    case invoke(instance: String?, function: [UInt8], arguments: [Value])
    case get(instance: String?, global: [UInt8])
  }

  /// An argument.
  public enum Value: Hashable, Sendable {
    case i32(UInt32)
    case i64(UInt64)
    /// The bit pattern.
    case f32(UInt32)
    /// The bit pattern.
    case f64(UInt64)
    /// 16 bytes, the lowest first.
    case v128([UInt8])
    /// `ref.null` of the heap type of that name.
    case nullReference(String)
    /// A reference of the host's that is known by a number.
    case externReference(UInt32)
    /// `ref.host`: the same as an internal reference.
    case hostReference(UInt32)
  }

  /// What a result must be.
  public enum Pattern: Hashable, Sendable {
    case value(Value)
    case f32(NotANumber)
    case f64(NotANumber)
    /// Lanes, the lowest first, of which some are not a certain number.
    case f32x4([Lane])
    case f64x2([Lane])
    /// A null reference of any type.
    case nullReference
    /// Any reference that is not null of a kind: the word after `ref.`, as in `ref.func`.
    case reference(String)
    case either([Pattern])
  }

  public enum NotANumber: Hashable, Sendable {
    case canonical, arithmetic
  }

  public enum Lane: Hashable, Sendable {
    case bits(UInt64)
    case notANumber(NotANumber)
  }
}

/// Reads a script.
///
/// A text that begins with a module's field is the script that defines that module.
///
/// - Parameter text: the source, UTF-8.
/// - Throws: the first error that is not inside a module, with its position.
public func parseScript(text: [UInt8]) throws(TextError) -> Script {
  var parser = ScriptParser(cursor: try Cursor(text))
  return Script(commands: try parser.commands())
}
