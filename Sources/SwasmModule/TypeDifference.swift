/// What keeps an item from being given where one of another type is asked for, in words. Each answers the first thing that
/// differs, or nil when nothing does.
extension Limits {
  fileprivate func difference(from expected: Limits, _ what: String, _ unit: String) -> String? {
    func count(_ number: UInt64) -> String { "\(number) \(unit)\(number == 1 ? "" : "s")" }
    if minimum < expected.minimum {
      return "needs \(what) with at least \(count(expected.minimum)); "
        + "the one provided has \(minimum)"
    }
    guard let most = expected.maximum else { return nil }
    guard let maximum else {
      return "needs \(what) with at most \(count(most)); the one provided has no maximum"
    }
    return maximum <= most
      ? nil : "needs \(what) with at most \(count(most)); the one provided may have \(maximum)"
  }
}

extension MemoryType {
  public func difference(from expected: MemoryType) -> String? {
    func bits(_ is64: Bool) -> String { is64 ? "64-bit addresses" : "32-bit addresses" }
    func size(_ log2: UInt8) -> String { log2 == 0 ? "1 byte" : "\(UInt64(1) << log2) bytes" }
    if is64 != expected.is64 {
      return "needs a memory with \(bits(expected.is64)); the one provided has \(bits(is64))"
    }
    if pageSizeLog2 != expected.pageSizeLog2 {
      return "needs a memory with pages of \(size(expected.pageSizeLog2)); "
        + "the one provided has pages of \(size(pageSizeLog2))"
    }
    if isShared != expected.isShared {
      return expected.isShared
        ? "needs a shared memory; the one provided is not shared"
        : "needs a memory that is not shared; the one provided is shared"
    }
    return limits.difference(from: expected.limits, "a memory", "page")
  }
}

extension TableType {
  /// - Parameter isSame: whether the elements are of the same type, wherever that is defined.
  public func difference(from expected: TableType, isSame: Bool) -> String? {
    func bits(_ is64: Bool) -> String { is64 ? "64-bit indices" : "32-bit indices" }
    if !isSame {
      return typeDifference("table of ", "\(expected.element)", "of ", "\(element)")
    }
    if is64 != expected.is64 {
      return "needs a table with \(bits(expected.is64)); the one provided has \(bits(is64))"
    }
    return limits.difference(from: expected.limits, "a table", "element")
  }
}

extension GlobalType {
  /// - Parameter isSame: whether the value's type is right, wherever that is defined.
  public func difference(from expected: GlobalType, isSame: Bool) -> String? {
    if isMutable != expected.isMutable {
      return expected.isMutable
        ? "needs a mutable global; the one provided is constant"
        : "needs a constant global; the one provided is mutable"
    }
    return isSame
      ? nil : typeDifference("global of ", "\(expected.value)", "of ", "\(value)")
  }
}

extension FunctionType {
  /// - Parameter kind: `function` or `tag`.
  public func difference(from expected: FunctionType, _ kind: String) -> String {
    typeDifference("\(kind) ", "\(expected)", "", "\(self)")
  }
}

/// Types of two modules may be written alike where they name types of their own.
private func typeDifference(
  _ kind: String, _ expected: String, _ provided: String, _ found: String
) -> String {
  let end =
    expected == found
    ? "is written alike, but names other types" : "is \(provided)\(found)"
  return "needs a \(kind)\(expected); the one provided \(end)"
}

extension ExternalKind {
  /// Where something of another kind is given.
  public func difference(from expected: ExternalKind) -> String {
    func named(_ kind: ExternalKind) -> String { kind == .instance ? "an \(kind)" : "a \(kind)" }
    return "needs \(named(expected)); \(named(self)) is provided"
  }
}
