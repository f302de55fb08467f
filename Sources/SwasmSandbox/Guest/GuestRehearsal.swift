import SwasmArtifact
import SwasmLockdown
import SwasmModule
import SwasmRuntime
import SwasmWASI

/// What a guest would be given, found out without running it.
extension GuestLauncher {
  /// The rows of the filter that this program gets under this policy.
  private func rows() throws(Failure) -> [SystemCallRow] {
    let file = try GuestReport.load(artifact, program: program)
    let plan = plan(nil)
    let growsMemory = file.artifact.modules.contains { module in
      module.module.memories.contains { $0.canGrow(within: plan.limits.memoryBytes) }
    }
    let needs = GuestCapabilities.kernelNeeds(
      for: GuestLink(plan: plan, file: file).needs, granted: plan.grantedNeeds,
      streams: plan.keptStreams, hasChannel: !plan.directories.isEmpty, growsMemory: growsMemory)
    return SystemCallTable.rows(for: .guest(plan.level), needs: needs)
  }

  /// What `--json` tells of the box.
  func describeProtections(_ context: inout RunContext) throws(Failure) {
    context.systemCalls = SystemCallRow.calls(in: try rows()).map(\.name)
    if !grants.directories.isEmpty {
      context.hasOwnMounts = SecondWalls.lack(of: .detachedMounts) == nil
    }
  }

  /// What `--dry-run` prints.
  func rehearse(_ context: RunContext) throws(Failure) -> RunResult {
    let file = try GuestReport.load(artifact, program: program)
    if let missing = GuestLink(plan: plan(nil), file: file).missingImport() {
      throw Failure(.moduleUnusable, missing)
    }
    var result = RunResult(.exited, .success)
    result.output = try summary(context)
    return result
  }

  private func summary(_ context: RunContext) throws(Failure) -> String {
    var text = "program   \(Printable.line(program))\npolicy    \(grants.policy.name)\n"
    for option in context.widened { text += "          widened by \(option)\n" }
    text += section("directories", directories)
    text += section(
      "environment",
      grants.environment.map {
        String(Substring($0.utf8.prefix { $0 != UInt8(ascii: "=") }))
      })
    text += section("sockets", sockets)
    let limits = PolicyKey.inSection("limits").map {
      "\(Columns.pad($0.shortName, 15))\($0.text(in: grants.policy))"
    }
    text += section("limits", limits)
    let rows = try rows()
    text += "\nsystem calls (\(SystemCallRow.calls(in: rows).count))\n" + SystemCallRow.text(rows)
    return text
  }

  private func section(_ title: String, _ lines: [String]) -> String {
    "\n\(title)\n"
      + (lines.isEmpty ? ["none"] : lines).map { "  \(Printable.line($0))\n" }
      .joined()
  }

  private var directories: [String] {
    grants.directories.enumerated().flatMap { index, granted in
      let asked = granted.asked
      let access = asked.access ?? .none
      let host = asked.isTemporary ? "an empty directory" : asked.host
      return ["descriptor \(3 + index): \(host) as \(asked.guest), \(access.rawValue)"]
        + granted.inner.map { place, rule in
          "  in it \(ByteText.string(place.path)), \((rule.access ?? .none).rawValue)"
        }
    }
  }

  private var sockets: [String] {
    zip(options.sockets, grants.sockets).enumerated().map { index, pair in
      "descriptor \(3 + grants.directories.count + index): \(pair.0)"
        + (pair.1.isListening ? ", accepts connections" : ", a connection")
    }
  }
}

extension MemoryType {
  /// `memory.grow` may succeed under a limit in bytes.
  fileprivate func canGrow(within bytes: UInt64) -> Bool {
    let most = is64 ? UInt64.max : 4 << 30
    return min(limits.maximum ?? .max, min(bytes, most) >> UInt64(pageSizeLog2)) > limits.minimum
  }
}
