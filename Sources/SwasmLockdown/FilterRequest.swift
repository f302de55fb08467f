/// Which filter a process is to get.
public struct FilterRequest: Sendable {
  public let role: Role
  /// Rows that need anything else are left out.
  public let needs: KernelNeeds
  public let bindings: FilterBindings

  /// - Parameter needs: a guest whose memories can't grow has no ``KernelNeeds/growMemory`` rather than an
  ///   empty list of memories.
  public init(role: Role, needs: KernelNeeds = .all, bindings: FilterBindings) {
    self.role = role
    self.needs = needs
    self.bindings = bindings
  }

  /// The one descriptor that the role's rows name, where it has no more.
  var ownDescriptor: Int32? {
    switch role {
    case .guest, .broker: bindings.channels.count == 1 ? bindings.channels[0] : nil
    case .compiler: bindings.statusDescriptor
    case .script: nil
    }
  }

  /// There are rows that do.
  var needsDescriptor: Bool {
    if case .guest = role { return needs.contains(.openPaths) }
    return true
  }
}
