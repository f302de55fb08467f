import SwasmArtifact
public import SwasmCompiler
import SwasmRuntime

/// A way of compiling that a test forces.
public struct Mode: Sendable, CustomStringConvertible {
  public var name: String
  public var options: CompilerOptions

  public var description: String { name }

  public static let plain = Mode("plain")
  public static let all: [Mode] = [
    plain, Mode("registers4", registers: 4), Mode("registers6", registers: 6),
    Mode("pointer", allowsGS: false), Mode("baseline", features: [.sse41, .popcnt, .fsgsbase]),
    Mode("avx-only", features: [.sse41, .popcnt, .fsgsbase, .avx]),
    Mode("bmi-only", features: [.sse41, .popcnt, .fsgsbase, .lzcnt, .bmi1, .bmi2]),
    Mode("registers4-baseline", features: [.sse41, .popcnt], allowsGS: false, registers: 4),
    Mode("canonical-nan", canonicalizesNaN: true),
    Mode("checked-bounds", checksBounds: true),
  ]

  /// The modes of a list of names with commas between, or `all`; nil when there is no such mode.
  public static func named(_ names: String) -> [Mode]? {
    if names == "all" { return all }
    let named = names.split(separator: ",").map { name in all.first { $0.name == name } }
    return named.contains { $0 == nil } ? nil : named.compactMap { $0 }
  }

  init(
    _ name: String, features: CPUFeatures = .host, allowsGS: Bool = true, registers: Int? = nil,
    canonicalizesNaN: Bool = false, checksBounds: Bool = false
  ) {
    self.name = name
    options = CompilerOptions(
      features: features, allowsGS: allowsGS, workers: 1, registerLimit: registers)
    options.checksForms = true
    options.canonicalizesNaN = canonicalizesNaN
    options.checksBounds = checksBounds
  }
}
