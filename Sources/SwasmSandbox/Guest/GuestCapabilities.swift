import SwasmLockdown
import SwasmWASI

/// From what a module imports and a policy grants to what the filter holds.
enum GuestCapabilities {
  /// The two vocabularies: WASI's, and that of the system-call table. Vectored calls are a level's choice
  /// of call, no need of its own.
  private static let pairs: [(WASINeeds, KernelNeeds)] = [
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

  /// What the filter of a guest holds: what its imports need, as far as it is granted.
  ///
  /// - Parameter streams: descriptors 0, 1 and 2: is it the process's?
  static func kernelNeeds(
    for needs: WASINeeds, granted: WASINeeds, streams: [Bool], hasChannel: Bool, growsMemory: Bool
  ) -> KernelNeeds {
    var wanted = kernelNeeds(for: needs.intersection(granted), streams: streams)
    if !hasChannel { wanted.remove(.openPaths) }
    if growsMemory { wanted.insert(.growMemory) }
    return wanted
  }

  /// The same for WASI's needs and streams alone.
  static func kernelNeeds(for needs: WASINeeds, streams: [Bool]) -> KernelNeeds {
    var wanted = pairs.reduce(into: KernelNeeds()) { wanted, pair in
      if needs.contains(pair.0) { wanted.formUnion(pair.1) }
    }
    if needs.contains(.read), streams[0] { wanted.insert(.readInput) }
    if needs.contains(.write), streams[1] { wanted.insert(.writeOutput) }
    if needs.contains(.write), streams[2] { wanted.insert(.writeErrors) }
    return wanted
  }

  /// The lowest level that grants all that a guest could use.
  static func lowestLevel(for needs: WASINeeds) -> Level {
    // Vectored calls replace others; where there are no files, closing and asking have nothing to do.
    let essential = needs.subtracting([.vectors])
    return Level.allCases.first { grants(of: $0).isSuperset(of: essential) } ?? .network
  }
}
