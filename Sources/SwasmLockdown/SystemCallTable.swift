/// Which roles a row is for.
public enum Holders: Hashable, Sendable {
  /// Guests from the first level through the last.
  case guests(ClosedRange<Level>)
  case compiler
  case broker
  case script

  func contains(_ role: Role) -> Bool {
    switch (self, role) {
    case (.guests(let levels), .guest(let level)): levels.contains(level)
    case (.compiler, .compiler), (.broker, .broker), (.script, .script): true
    default: false
    }
  }
}

/// One allowed system call: who may make it, with which arguments, why, and what has to be wanted for
/// the filter to hold it at all.
public struct SystemCallRow: Hashable, Sendable {
  public let holders: Holders
  public let call: SystemCall
  /// All of them hold. An argument that is not named is free.
  public let arguments: [ArgumentRule]
  /// nil: always held.
  public let need: KernelNeeds?
  public let reason: String

  init(
    _ holders: Holders, _ call: SystemCall, _ arguments: [ArgumentRule] = [],
    need: KernelNeeds? = nil, reason: String
  ) {
    self.holders = holders
    self.call = call
    self.arguments = arguments
    self.need = need
    self.reason = reason
  }

  /// The constraints in one line, `–` when there is none.
  public var constraintText: String {
    arguments.isEmpty ? "–" : arguments.map(\.description).joined(separator: ", ")
  }
}

/// The one table of system calls. The filter, the listings and the tests' expectations come from it;
/// what it doesn't hold kills the process.
public enum SystemCallTable {
  /// Every row.
  public static let rows: [SystemCallRow] = guestRows + compilerRows + brokerRows + scriptRows

  /// The rows of one role, cut down to what is needed.
  public static func rows(for role: Role, needs: KernelNeeds = .all) -> [SystemCallRow] {
    rows.filter { row in
      row.holders.contains(role) && (row.need.map(needs.contains) ?? true)
    }
  }

  /// A Markdown table of one role, for `policy show` and the documentation.
  public static func listing(for role: Role, needs: KernelNeeds = .all) -> String {
    let held = rows(for: role, needs: needs)
    // A call may have two rows, for two kinds of descriptors.
    let count = Set(held.map(\.call)).count
    var text = "| \(role.name) (\(count)) | constraint | why |\n|---|---|---|\n"
    for row in held {
      text += "| \(row.call.name) | \(row.constraintText) | \(row.reason) |\n"
    }
    return text
  }
}
