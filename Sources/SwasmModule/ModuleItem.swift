/// What a module's sections before the function section say, in their order, which linking lets interleave.
public enum ModuleItem: Sendable {
  /// Positions in ``Module/types``.
  case types(Range<Int>)
  /// Positions in ``Module/imports``.
  case imports(Range<Int>)
  case alias(Alias)
  /// The module at this position of the set's ``Module/nested`` is the next of the module index space.
  case module(Int)
  /// The next of the instance index space.
  case instance(Instantiation)
}

/// An item of another instance or of an enclosing module that enters an index space.
public struct Alias: Sendable {
  public var target: Target
  public var offset: Int

  public enum Target: Sendable {
    /// `index` is the alias's own place in its kind's index space; for modules and instances it is not used.
    case export(instance: InstanceIndex, kind: ExternalKind, name: String, index: UInt32)
    /// Depth 0 is the nearest enclosing module.
    case outerModule(depth: UInt32, index: ModuleIndex)
    /// The type itself is in ``Module/types``.
    case outerType(TypeIndex)
  }

  public init(_ target: Target, offset: Int) {
    self.target = target
    self.offset = offset
  }
}

/// The instantiation of a module with named arguments.
public struct Instantiation: Sendable {
  public var module: ModuleIndex
  public var arguments: [Argument]
  public var offset: Int

  public struct Argument: Sendable {
    public var name: String
    public var kind: ExternalKind
    public var index: UInt32

    public init(name: String, kind: ExternalKind, index: UInt32) {
      self.name = name
      self.kind = kind
      self.index = index
    }
  }

  public init(module: ModuleIndex, arguments: [Argument], offset: Int) {
    self.module = module
    self.arguments = arguments
    self.offset = offset
  }
}

/// A module that a nested module takes from the one around it when it becomes a value: closures' captures.
public enum Upvalue: Hashable, Sendable {
  /// Of the outer module's index space.
  case module(ModuleIndex)
  /// One that the outer module captured itself.
  case outer(Int)
}

extension Upvalue: CustomStringConvertible {
  public var description: String {
    switch self {
    case .module(let index): "module \(index)"
    case .outer(let number): "upvalue \(number)"
    }
  }
}

extension Module {
  /// Whether it says anything that only linking has: then the whole set follows linking's rules.
  public var usesLinking: Bool {
    !nested.isEmpty
      || items.contains { item in
        switch item {
        case .alias, .module, .instance: true
        case .types, .imports: false
        }
      }
      || imports.contains {
        $0.isSingleLevel || $0.item.kind == .module || $0.item.kind == .instance
      }
      || types.contains { type in
        switch type {
        case .function: false
        case .module, .instance, .outer: true
        }
      }
  }
}
