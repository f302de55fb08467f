/// Reads the commands of a script.
struct ScriptParser {
  var cursor: Cursor
  /// The line of an earlier position: lines are counted on from there.
  private var line = (number: 1, offset: 0)

  init(cursor: Cursor) { self.cursor = cursor }

  mutating func commands() throws(TextError) -> [Script.Command] {
    if case .word(let word) = cursor.ahead.meaning, cursor.token.kind == .leftParenthesis,
      word != .module
    {
      let module = Script.Module(
        name: nil, form: .text, encoding: .success(try encode(text: cursor.source)))
      return [Script.Command(line: 1, directive: .module(module))]
    }
    var commands: [Script.Command] = []
    while cursor.token.kind != .end {
      let line = line(at: cursor.token)
      commands.append(Script.Command(line: line, directive: try anyDirective()))
    }
    return commands
  }

  private mutating func line(at token: Token) -> Int {
    let newline = UInt8(ascii: "\n")
    line.number += cursor.source[line.offset..<token.offset].count { $0 == newline }
    line.offset = token.offset
    return line.number
  }

  /// A form that is no command, or is wrong, is lost alone. Only where forms begin and end must be right.
  private mutating func anyDirective() throws(TextError) -> Script.Directive {
    let start = cursor.bookmark
    do throws(TextError) {
      return try directive()
    } catch {
      cursor.go(to: start)
      let isSkipped = cursor.token.kind == .leftParenthesis && (try? cursor.skipForm()) != nil
      guard isSkipped else { throw error }
      return .unreadable(error)
    }
  }

  /// Reads `(word …)`.
  private mutating func directive() throws(TextError) -> Script.Directive {
    let start = cursor.bookmark
    try cursor.open()
    let head = cursor.token
    let word = cursor.text(of: head)
    try cursor.advance()
    let directive: Script.Directive
    switch word {
    case "module": return try moduleDirective(start)
    case "invoke", "get":
      cursor.go(to: start)
      return .action(try action())
    case "register":
      directive = .register(name: try cursor.name(), instance: try identifier())
    case "assert_return": directive = .assertReturn(try action(), try patterns())
    case "assert_trap" where !cursor.isOpen(.module):
      directive = .assertTrap(try action(), message: try message())
    case "assert_exhaustion":
      directive = .assertExhaustion(try action(), message: try message())
    case "assert_exception": directive = .assertException(try action())
    default:
      guard let make = Self.moduleAssertions[word] else {
        guard head.kind == .keyword else { throw cursor.unexpected("a command", head) }
        throw cursor.failure(.unknownCommand(word), at: head)
      }
      directive = make(try module(), try message())
    }
    try cursor.close()
    return directive
  }

  /// The assertions on a module.
  private static let moduleAssertions:
    [String: @Sendable (Script.Module, String) -> Script.Directive] = [
      "assert_trap": { .assertUninstantiable($0, message: $1) },
      "assert_invalid": { .assertInvalid($0, message: $1) },
      "assert_malformed": { .assertMalformed($0, message: $1) },
      "assert_unlinkable": { .assertUnlinkable($0, message: $1) },
      "assert_uninstantiable": { .assertUninstantiable($0, message: $1) },
      "assert_invalid_custom": { .assertInvalidCustom($0, message: $1) },
      "assert_malformed_custom": { .assertMalformedCustom($0, message: $1) },
    ]

  /// Reads an identifier if one comes next.
  mutating func identifier() throws(TextError) -> String? {
    guard let symbol = try cursor.optionalIdentifier() else { return nil }
    return String(decoding: cursor.symbols.bytes(of: symbol), as: UTF8.self)
  }

  private mutating func message() throws(TextError) -> String {
    String(decoding: try cursor.name(), as: UTF8.self)
  }

  /// Reads a word if it comes next.
  mutating func skip(_ word: String) throws(TextError) -> Bool {
    guard cursor.token.kind == .keyword, cursor.text(of: cursor.token) == word else { return false }
    try cursor.advance()
    return true
  }

  // MARK: Modules

  /// `(module definition …)`, `(module instance …)` or a module, after its keyword.
  private mutating func moduleDirective(
    _ start: Cursor.Bookmark
  ) throws(TextError) -> Script.Directive {
    if try cursor.skip(.instance) {
      let name = try identifier()
      let definition = try identifier()
      try cursor.close()
      return .moduleInstance(name: name, definition: definition)
    }
    let isDefinition = try skip("definition")
    cursor.go(to: start)
    let module = try module()
    return isDefinition ? .moduleDefinition(module) : .module(module)
  }

  /// Reads a module with its parentheses, whether its text is right or not.
  private mutating func module() throws(TextError) -> Script.Module {
    try cursor.open(.module)
    _ = try skip("definition")
    let token = cursor.token
    let symbol = try cursor.optionalIdentifier()
    var module = Script.Module(
      name: symbol.map { String(decoding: cursor.symbols.bytes(of: $0), as: UTF8.self) },
      form: .text, encoding: .success([]))
    let fields = cursor.bookmark
    do throws(TextError) {
      let name = try cursor.annotatedName() ?? symbol.map { Array(cursor.symbols.bytes(of: $0)) }
      if try cursor.skip(.binary) {
        module.form = .binary
        module.encoding = .success(try cursor.strings())
      } else if try cursor.skip(.quote) {
        module.form = .quote
        module.encoding = quoted(try cursor.strings(), at: token)
      } else {
        module.encoding = .success(try ModuleTree.encode(&cursor, name: name))
      }
      try cursor.close()
    } catch {
      module.encoding = .failure(error)
      cursor.go(to: fields)
      try cursor.skipRestOfForm()
    }
    return module
  }

  private func quoted(_ text: [UInt8], at token: Token) -> Result<[UInt8], TextError> {
    do throws(TextError) {
      return .success(try encode(text: text))
    } catch {
      return .failure(cursor.failure(error.cause, at: token))
    }
  }
}
