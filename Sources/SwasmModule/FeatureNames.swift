/// Why a list of features can't be read.
public enum FeatureNameError: Error, Hashable, Sendable, CustomStringConvertible {
  case unknown(String)
  /// It has a name, but is not implemented.
  case unsupported(String)

  public var description: String {
    switch self {
    case .unknown(let name):
      "unknown feature '\(name)'; known are all, mvp, wasm2, wasm3, "
        + Features.all.names.joined(separator: ", ")
    case .unsupported(let name): "'\(name)' is not supported yet"
    }
  }
}

extension Features {
  /// What version 2.0 has.
  public static var version2: Features {
    [
      .mutableGlobals, .signExtension, .saturatingConversions, .multiValue, .referenceTypes,
      .bulkMemory, .simd,
    ]
  }

  /// What version 3.0 has, as far as it is implemented.
  public static var version3: Features {
    version2.union([
      .relaxedSIMD, .tailCalls, .exceptions, .functionReferences, .multiMemory, .memory64,
      .extendedConstants, .branchHints,
    ])
  }

  /// Reads a list such as `mvp,simd` or `-threads,-memory64`: names, from the left, each of which adds what it names, or
  /// takes it away when `-` comes before it. The words `all`, `mvp`, `wasm2` and `wasm3` name whole sets. What is not
  /// mentioned stays as in `start`; a list that begins with `mvp`, `wasm2` or `wasm3` starts from there instead.
  public init(
    parsing list: some StringProtocol, from start: Features = .all
  ) throws(FeatureNameError) {
    let sets: [String: Features] = [
      "all": .all, "mvp": [], "wasm2": .version2, "wasm3": .version3,
    ]
    var features = start
    for (position, item) in list.split(separator: ",").enumerated() {
      let isRemoved = item.hasPrefix("-")
      let name = String(item.drop { $0 == " " }.dropFirst(isRemoved ? 1 : 0))
      let named = sets[name] ?? Self.named.first { $0.name == name }?.feature
      guard let named else { throw .unknown(name) }
      guard isRemoved || Self.all.isSuperset(of: named) else { throw .unsupported(name) }
      if position == 0, !isRemoved, sets[name] != nil {
        features = named
      } else if isRemoved {
        features.subtract(named)
      } else {
        features.formUnion(named)
      }
    }
    self = features
  }
}
