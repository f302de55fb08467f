import SwasmLockdown

extension Policy {
  /// What `policy list` prints.
  public static var list: String {
    builtIn.map { policy in
      let directories = policy.capabilities.directories
      let mark = policy.name == defaultPolicy.name ? " (default)" : ""
      let fewest = policy.rows(grantsDirectories: false).count
      let most = policy.rows(grantsDirectories: directories != .none).count
      return "\(policy.name)\(mark): directories \(directories.rawValue), "
        + "\(policy.capabilities.random ? "time and randomness" : "no randomness"), "
        + "memory \(PolicyKey.memory.text(in: policy)); "
        + "at most \(fewest) system calls\(most > fewest ? ", \(most) with --dir" : "")\n"
    }.joined()
  }

  /// What `policy show` prints: capabilities, limits, and the system calls that follow.
  public var listing: String {
    var text = "policy \(name)\n"
    for (title, prefix) in [("capabilities", "capabilities."), ("limits", "limits.")] {
      text += "\n\(title)\n"
      for key in PolicyKey.allCases where key.rawValue.hasPrefix(prefix) {
        text +=
          "  \(Self.pad(String(key.shortName), 14))\(Self.pad(key.text(in: self), 14))  \(key.meaning)\n"
      }
    }
    let rows = rows(grantsDirectories: false)
    text +=
      "\nsystem calls (\(rows.count); every other one, and every other argument, kills the guest)\n"
    text += Self.text(rows)
    let withDirectories = self.rows(grantsDirectories: capabilities.directories != .none)
    if withDirectories != rows {
      text += "\nsystem calls of a guest with --dir (\(withDirectories.count))\n"
      text += Self.text(withDirectories)
    }
    text += "\nA program gets those of them that its imports need.\n"
    return text
  }

  private static func text(_ rows: [SystemCallRow]) -> String {
    rows.map { row in
      "  \(pad(row.call.name, 16))\(row.constraintText)\n  \(pad("", 16))  \(row.reason)\n"
    }.joined()
  }

  /// The calls that a guest may get under this policy.
  private func rows(grantsDirectories: Bool) -> [SystemCallRow] {
    let level = level(grantsDirectories: grantsDirectories)
    let granted = GuestCapabilities.capabilities(for: needs(at: level)).union([.growMemory])
    return SystemCallTable.rows(for: .guest(level), capabilities: granted)
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
