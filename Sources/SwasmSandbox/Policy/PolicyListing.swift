import SwasmLockdown

extension Policy {
  /// What `policy list` prints.
  public static var list: String {
    let own = found.map { policy in
      let fault = policy.fault.map { " (not used: \($0))" } ?? ""
      return Printable.line("\(policy.name): \(policy.path)\(fault)") + "\n"
    }.joined()
    return own + builtInList
  }

  private static var builtInList: String {
    builtIn.map { policy in
      let directories = policy.capabilities.directories
      let mark = policy.name == defaultPolicy.name ? " (default)" : ""
      let kinds = policy.kindsOfGuests
      let counts = kinds.map { policy.callCount(at: $0.level) }
      let most = zip(counts, kinds).dropFirst().map { ", \($0)\($1.name)" }
      return "\(policy.name)\(mark): directories \(directories.rawValue), "
        + (policy.capabilities.sockets ? "sockets, " : "")
        + "\(policy.capabilities.random ? "time and randomness" : "no randomness"), "
        + "memory \(PolicyKey.memory.text(in: policy)); "
        + "at most \(counts[0]) system calls\(most.joined())\n"
    }.joined()
  }

  /// What `policy check` prints of a file that is right.
  public var summary: String {
    let counts = kindsOfGuests.map { kind in
      let count = callCount(at: kind.level)
      return
        "\(Quantities.count(count, "system call", "system calls")) with \(kind.grant ?? "nothing")"
    }
    return "policy \(name) is valid; at most \(counts.joined(separator: ", "))"
  }

  /// What `policy show` prints: capabilities, limits, and the system calls that follow.
  public var listing: String {
    var text = "policy \(name)\n"
    for section in ["capabilities", "limits", "grants"] {
      text += "\n\(section)\n" + PolicyKey.inSection(section).map { line($0) }.joined()
    }
    text += "\nprotections\n" + line(.require)
    for (index, kind) in kindsOfGuests.enumerated() {
      let rows = rows(at: kind.level)
      let count = SystemCallRow.calls(in: rows).count
      text +=
        index == 0
        ? "\nsystem calls (\(count); every other one, and every other argument, kills the guest)\n"
        : "\nsystem calls of a guest\(kind.name) (\(count))\n"
      text += SystemCallRow.text(rows)
    }
    text += "\nA program gets those of them that its imports need.\n"
    return text
  }

  private func line(_ key: PolicyKey) -> String {
    let value = Printable.line(key.text(in: self))
    return "  \(Columns.pad(key.shortName, 15))\(Columns.pad(value, 14))  \(key.meaning)\n"
  }

  private func callCount(at level: Level) -> Int {
    SystemCallRow.calls(in: rows(at: level)).count
  }

  /// The calls that a guest of a level may get under this policy.
  func rows(at level: Level) -> [SystemCallRow] {
    let granted = GuestCapabilities.kernelNeeds(for: needs(at: level), streams: standardStreams)
      .union(.growMemory)
    return SystemCallTable.rows(for: .guest(level), needs: granted)
  }
}

extension SystemCallRow {
  /// Two lines a row.
  static func text(_ rows: [SystemCallRow]) -> String {
    rows.map { row in
      "  \(Columns.pad(row.call.name, 16))\(row.constraintText)\n"
        + "  \(Columns.pad("", 16))  \(row.reason)\n"
    }.joined()
  }

  /// The calls, each once, in the table's order.
  static func calls(in rows: [SystemCallRow]) -> [SystemCall] {
    rows.reduce(into: []) { calls, row in
      if !calls.contains(row.call) { calls.append(row.call) }
    }
  }
}

/// Text in columns.
enum Columns {
  static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
