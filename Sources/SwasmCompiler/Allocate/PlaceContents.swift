/// What a register or spill slot may be known to hold.
enum KnownContent: Hashable, Comparable {
  /// A virtual register that is neither of the others, by index.
  case value(Int32)
  /// Up to 128 bits.
  case constant(UInt128)
  /// What a template makes that isn't a constant; by its number among the distinct ones.
  case template(Int32)
  /// In the second slot of a vector: the upper 8 bytes of it.
  indirect case upper(KnownContent)

  /// Is it, or is it half of, the value?
  fileprivate func belongs(to value: Int32) -> Bool {
    self == .value(value) || self == .upper(.value(value))
  }
}

/// What every register and spill slot is known to hold, at one point of an allocated function: for the checker.
/// A place may hold several values at once (copies), and none that is known.
struct PlaceContents: Equatable {
  /// By place: registers 0–31, then slots. Sorted, each once.
  private var contents: ContiguousArray<[KnownContent]>

  init(slots: Int) { contents = ContiguousArray(repeating: [], count: 32 + slots) }

  static func place(slot: Int32) -> Int { 32 + Int(slot) }

  subscript(place: Int) -> [KnownContent] {
    get { contents[place] }
    set { contents[place] = newValue }
  }

  func holds(_ content: KnownContent, at place: Int) -> Bool { contents[place].contains(content) }

  /// What a slot and the one after it hold together.
  func vectors(at place: Int) -> [KnownContent] {
    contents[place].filter { contents[place + 1].contains(.upper($0)) }
  }

  mutating func storeVector(_ content: [KnownContent], at place: Int) {
    contents[place] = content
    contents[place + 1] = content.map { .upper($0) }
  }

  mutating func exchange(_ a: Int, _ b: Int) { contents.swapAt(a, b) }

  /// A new definition of the value: no copy of an earlier one (in a loop) counts any more.
  mutating func forget(_ value: Int32) {
    for place in contents.indices where !contents[place].isEmpty {
      contents[place].removeAll { $0.belongs(to: value) }
    }
  }

  mutating func forgetRegisters(_ registers: UInt32) {
    var left = registers
    while left != 0 {
      contents[left.trailingZeroBitCount] = []
      left &= left - 1
    }
  }

  /// Along an edge the parameters become, all at once, what the arguments are.
  mutating func pass(_ arguments: [KnownContent], to parameters: [Int32]) {
    if parameters.isEmpty { return }
    let values = parameters.map { KnownContent.value($0) }
    let stale = Set(values + values.map { .upper($0) })
    for place in contents.indices where !contents[place].isEmpty {
      let before = contents[place]
      var after = before.filter { !stale.contains($0) }
      for (parameter, argument) in zip(parameters, arguments) where before.contains(argument) {
        after.append(.value(parameter))
      }
      for (parameter, argument) in zip(parameters, arguments)
      where before.contains(.upper(argument)) {
        after.append(.upper(.value(parameter)))
      }
      contents[place] = after.sorted()
    }
  }

  /// Keeps what both know. Returns whether anything was lost.
  mutating func merge(_ other: PlaceContents) -> Bool {
    var changed = false
    for place in contents.indices where contents[place] != other.contents[place] {
      let kept = contents[place].filter(other.contents[place].contains)
      if kept.count != contents[place].count {
        contents[place] = kept
        changed = true
      }
    }
    return changed
  }
}
