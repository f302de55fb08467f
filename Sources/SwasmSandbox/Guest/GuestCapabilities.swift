import SwasmLockdown
import SwasmWASI

/// From what a module imports and a policy grants to what the filter holds.
enum GuestCapabilities {
  /// The two vocabularies: WASI's, and that of the system-call table. Vectored calls are a level's choice
  /// of call, no capability.
  private static let pairs: [(WASINeeds, Capability)] = [
    (.read, .read), (.write, .write), (.sleep, .sleep), (.poll, .poll), (.random, .random),
    (.seek, .seek), (.status, .status), (.close, .close), (.synchronize, .synchronize),
    (.resize, .resize), (.openPaths, .openPaths), (.sockets, .sockets),
  ]

  static func grants(of level: Level) -> WASINeeds {
    switch level {
    case .pure: .pure
    case .strict: .strict
    case .standard: .standard
    case .network: .network
    }
  }

  /// The capabilities that the filter needs for `needs`.
  static func capabilities(for needs: WASINeeds) -> Set<Capability> {
    Set(pairs.filter { needs.contains($0.0) }.map(\.1))
  }

  /// The lowest level that grants all that a guest could use for anything but sockets.
  static func lowestLevel(for needs: WASINeeds) -> Level {
    // Vectored calls replace others; where there are no files, closing and asking have nothing to do.
    let essential = needs.subtracting([.vectors, .sockets])
    return Level.allCases.first { grants(of: $0).isSuperset(of: essential) } ?? .standard
  }
}
