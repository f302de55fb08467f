/// Parts of WebAssembly beyond version 1.0, each of which can be switched off.
@frozen
public struct Features: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32

  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

  // Version 2.0.
  public static var mutableGlobals: Self { Self(rawValue: 1 << 0) }
  public static var signExtension: Self { Self(rawValue: 1 << 1) }
  public static var saturatingConversions: Self { Self(rawValue: 1 << 2) }
  public static var multiValue: Self { Self(rawValue: 1 << 3) }
  public static var referenceTypes: Self { Self(rawValue: 1 << 4) }
  public static var bulkMemory: Self { Self(rawValue: 1 << 5) }
  public static var simd: Self { Self(rawValue: 1 << 6) }
  // Version 3.0.
  public static var relaxedSIMD: Self { Self(rawValue: 1 << 7) }
  public static var tailCalls: Self { Self(rawValue: 1 << 8) }
  public static var exceptions: Self { Self(rawValue: 1 << 9) }
  public static var functionReferences: Self { Self(rawValue: 1 << 10) }
  public static var multiMemory: Self { Self(rawValue: 1 << 11) }
  /// Memories and tables with 64-bit addresses.
  public static var memory64: Self { Self(rawValue: 1 << 12) }
  public static var extendedConstants: Self { Self(rawValue: 1 << 13) }
  /// Not implemented: never in ``all``.
  public static var garbageCollection: Self { Self(rawValue: 1 << 14) }
  // Proposals.
  /// The older form of exception handling: try, catch, delegate, rethrow.
  public static var legacyExceptions: Self { Self(rawValue: 1 << 15) }
  public static var customPageSizes: Self { Self(rawValue: 1 << 16) }
  public static var wideArithmetic: Self { Self(rawValue: 1 << 17) }
  public static var threads: Self { Self(rawValue: 1 << 18) }
  public static var branchHints: Self { Self(rawValue: 1 << 19) }
  /// Imports of one module that share its name.
  public static var compactImports: Self { Self(rawValue: 1 << 21) }
  public static var moduleLinking: Self { Self(rawValue: 1 << 20) }

  /// Every module follows the rules of module linking. Without it only those do that use it: core WebAssembly
  /// lets a module import the same name twice. A rule rather than a feature: not in ``all``.
  public static var strictLinking: Self { Self(rawValue: 1 << 31) }

  /// Everything that is implemented.
  public static let all = Features(named.map(\.feature)).subtracting(.garbageCollection)

  /// What the features are called, in the order of their bits.
  public static let named: [(name: String, feature: Features)] = [
    ("mutable-global", .mutableGlobals), ("sign-extension", .signExtension),
    ("saturating-float-to-int", .saturatingConversions), ("multi-value", .multiValue),
    ("reference-types", .referenceTypes), ("bulk-memory", .bulkMemory), ("simd", .simd),
    ("relaxed-simd", .relaxedSIMD), ("tail-call", .tailCalls), ("exceptions", .exceptions),
    ("function-references", .functionReferences), ("multi-memory", .multiMemory),
    ("memory64", .memory64), ("extended-const", .extendedConstants),
    ("gc", .garbageCollection), ("legacy-exceptions", .legacyExceptions),
    ("custom-page-sizes", .customPageSizes), ("wide-arithmetic", .wideArithmetic),
    ("threads", .threads), ("branch-hinting", .branchHints), ("module-linking", .moduleLinking),
    ("compact-imports", .compactImports),
  ]

  /// The names of the features in the set.
  public var names: [String] { Self.named.filter { contains($0.feature) }.map(\.name) }
}

extension Features: CustomStringConvertible {
  public var description: String { names.joined(separator: ", ") }
}

/// Which features a module uses, and where first.
public struct FeatureUse: Hashable, Sendable {
  public private(set) var features: Features = []
  /// Byte offsets, one for each feature, in the order in which they were met.
  public private(set) var offsets: [FeatureOffset] = []

  public struct FeatureOffset: Hashable, Sendable {
    public var feature: Features
    public var offset: Int
  }

  public init() {}

  @inlinable
  public mutating func insert(_ feature: Features, at offset: Int) {
    if !features.isSuperset(of: feature) { insertNew(feature, at: offset) }
  }

  @usableFromInline
  mutating func insertNew(_ feature: Features, at offset: Int) {
    offsets.append(FeatureOffset(feature: feature.subtracting(features), offset: offset))
    features.formUnion(feature)
  }

  public mutating func formUnion(_ other: FeatureUse) {
    for entry in other.offsets { insert(entry.feature, at: entry.offset) }
  }

  /// The first use of something that is not among `allowed`.
  public func first(notIn allowed: Features) -> FeatureOffset? {
    offsets.first { !allowed.isSuperset(of: $0.feature) }
  }
}
