import SwasmModule

/// A form around the token that is being looked at.
private struct ScannedForm {
  /// Where in the list of waiting references those of the form begin, when they wait for its operands.
  var waitingStart: Int?
  /// `(if`, whose references wait only up to `(then`.
  var isCondition = false
}

/// A reference, from the token after its keyword on.
private struct FoundReference {
  var space: Space
  var place: Cursor.Bookmark
}

/// The references of one field, in the order in which their instructions are encoded.
private struct ReferenceScan {
  var forms = [ScannedForm()]
  var waiting: [FoundReference] = []
  /// After `memory.copy` or `table.copy`: its destination may come next, which is encoded after its source.
  var isDestinationNext = false
  var destination: FoundReference?
  /// Those whose turn it is.
  var ready: [FoundReference] = []

  mutating func add(_ reference: FoundReference) {
    if forms[forms.count - 1].waitingStart == nil {
      ready.append(reference)
    } else {
      waiting.append(reference)
    }
  }

  mutating func addDestination() {
    isDestinationNext = false
    if let reference = destination { add(reference) }
    destination = nil
  }

  /// A form's operands have been read.
  mutating func release(_ form: ScannedForm) {
    guard let start = form.waitingStart else { return }
    ready += waiting[start...]
    waiting.removeSubrange(start...)
  }

  mutating func open(_ head: Token) {
    if head.meaning == .word(.then), forms[forms.count - 1].isCondition {
      release(forms[forms.count - 1])
      forms[forms.count - 1] = ScannedForm()
    }
    var form = ScannedForm()
    if case .instruction(let opcode) = head.meaning {
      isDestinationNext = opcode == .memoryCopy || opcode == .tableCopy
      if ![.block, .loop, .tryTable, .tryLegacy].contains(opcode) {
        form.waitingStart = waiting.count
      }
      form.isCondition = opcode == .if
    }
    forms.append(form)
  }

  mutating func close() { release(forms.removeLast()) }
}

extension ModuleEncoder {
  /// Reads the rest of a field, looking only for references to other instances and modules, and makes an alias
  /// for each.
  mutating func declareReferences() throws(TextError) {
    var scan = ReferenceScan()
    while !scan.forms.isEmpty {
      switch cursor.token.kind {
      case .end: throw cursor.unexpected("')'")
      case .rightParenthesis:
        scan.addDestination()
        scan.close()
        try cursor.advance()
      case .leftParenthesis: try scanForm(&scan)
      default:
        scan.addDestination()
        if case .instruction(let opcode) = cursor.token.meaning {
          scan.isDestinationNext = opcode == .memoryCopy || opcode == .tableCopy
        }
        try cursor.advance()
      }
      if !scan.ready.isEmpty { try declare(&scan.ready) }
    }
  }

  /// Reads a parenthesis and the word after it, or a whole reference.
  private mutating func scanForm(_ scan: inout ReferenceScan) throws(TextError) {
    let head = cursor.ahead
    try cursor.advance()
    guard head.kind == .keyword else {
      scan.addDestination()
      return scan.open(head)
    }
    try cursor.advance()
    guard let space = Space(head.meaning), nextNamesItemElsewhere else {
      scan.addDestination()
      return scan.open(head)
    }
    let reference = FoundReference(space: space, place: cursor.bookmark)
    while cursor.token.kind != .leftParenthesis, cursor.token.kind != .rightParenthesis,
      cursor.token.kind != .end
    {
      try cursor.advance()
    }
    try cursor.close()
    if scan.isDestinationNext {
      scan.isDestinationNext = false
      scan.destination = reference
    } else {
      scan.add(reference)
      scan.addDestination()
    }
  }

  /// After `(func` and the like: `$i "name"` or `outer`?
  private var nextNamesItemElsewhere: Bool {
    cursor.token.meaning == .word(.outer) || cursor.token.isIndex && cursor.ahead.kind == .string
  }

  private mutating func declare(_ found: inout [FoundReference]) throws(TextError) {
    let place = cursor.bookmark
    for reference in found {
      cursor.go(to: reference.place)
      _ = try references(to: reference.space)
    }
    cursor.go(to: place)
    found.removeAll(keepingCapacity: true)
  }
}
