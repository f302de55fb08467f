import CSwasm
import SwasmLockdown

/// The one object of `--json` and `--status-fd`; `docs/result.schema.json` describes it.
struct ResultJSON {
  let result: RunResult
  let context: RunContext

  /// The object in one line.
  var text: String {
    var members: [(name: String, value: String)] = [
      ("outcome", JSON.string(result.outcome.rawValue)),
      ("exit_status", "\(result.status.code)"),
    ]
    if case .signal(let number) = result.status { members.append(("signal", "\(number)")) }
    members.append(("messages", strings(result.messages)))
    if let trap = result.trap { members.append(("trap", Self.trap(trap))) }
    members.append(("denials", JSON.array(result.denials.map(Self.denial))))
    members.append(("denial_count", "\(result.denialCount)"))
    members.append(("limits", JSON.array(result.limits.map(limit))))
    if let changes = result.changes { members.append(("changes", Self.changes(changes))) }
    if let usage = result.usage { members.append(("usage", Self.usage(usage))) }
    members.append(("module", module))
    if let policy = context.policy { members.append(("policy", self.policy(policy))) }
    if context.systemCalls != nil { members.append(("protections", protections)) }
    return JSON.object(members)
  }

  private static func changes(_ report: ChangeReport) -> String {
    JSON.object([
      ("applied", "\(report.isApplied)"),
      (
        "list",
        JSON.array(
          report.list.map {
            JSON.object([
              ("change", JSON.string($0.kind.rawValue)), ("path", JSON.string($0.path)),
            ])
          })
      ),
    ])
  }

  private func strings(_ list: [String]) -> String { JSON.array(list.map { JSON.string($0) }) }

  private static func trap(_ trap: TrapReport) -> String {
    let first = trap.frames.first
    return JSON.object([
      ("kind", JSON.string(trap.kind)),
      ("message", JSON.string(trap.message)),
      ("module", JSON.string(first?.module)),
      ("function", JSON.string(first?.function)),
      ("offset", JSON.number(first?.offset)),
      (
        "backtrace",
        JSON.array(
          trap.frames.map {
            JSON.object([
              ("module", JSON.string($0.module)), ("function", JSON.string($0.function)),
              ("offset", JSON.number($0.offset)),
            ])
          })
      ),
    ])
  }

  private static func denial(_ denial: DenialReport) -> String {
    JSON.object([
      ("rule", JSON.string(denial.rule.rawValue)),
      ("asked", JSON.string(denial.asked)),
      ("path", JSON.string(denial.path)),
      ("access", JSON.string(denial.access)),
      ("allow", JSON.string(denial.allow)),
      ("message", JSON.string(denial.message)),
    ])
  }

  private func limit(_ hit: LimitHit) -> String {
    JSON.object([
      ("limit", JSON.string(hit.rawValue)),
      ("value", JSON.string(context.limits.map { hit.key.text(in: $0) })),
      ("option", JSON.string(hit.key.option?.flag)),
    ])
  }

  private static func usage(_ usage: RunResult.Usage) -> String {
    JSON.object([
      ("wall_ms", "\(usage.wall)"), ("cpu_ms", "\(usage.cpu)"),
      ("compiler_cpu_ms", "\(usage.compilerCPU)"),
      ("compiler_peak_memory_bytes", "\(usage.compilerPeakMemory)"),
      ("peak_memory_bytes", "\(usage.peakMemory)"), ("output_bytes", "\(usage.output)"),
    ])
  }

  private var module: String {
    JSON.object([
      ("name", JSON.string(context.program)), ("sha256", JSON.string(context.moduleHash)),
      ("cache", JSON.string(context.cache.rawValue)),
    ])
  }

  private func policy(_ policy: Policy) -> String {
    JSON.object([
      ("name", JSON.string(policy.name)), ("sha256", JSON.string(policy.sha256)),
      ("widened_by", strings(context.widened)),
      ("require", strings(policy.require.names)),
    ])
  }

  private var protections: String {
    let calls = context.systemCalls ?? []
    var layers = result.protections ?? []
    // The mounts are the broker's, of which the guest's report says nothing.
    var walls = Protections.secondWalls.subtracting(.detachedMounts)
    if let hasOwnMounts = context.hasOwnMounts, result.protections != nil {
      walls.insert(.detachedMounts)
      if hasOwnMounts { layers.insert(.detachedMounts) }
    }
    let missing = result.protections == nil ? [] : walls.subtracting(layers)
    return JSON.object([
      ("layers", strings(layers.names)),
      ("missing", strings(missing.names)),
      ("system_calls", strings(calls)),
      ("system_call_count", "\(calls.count)"),
      ("landlock_abi", "\(layers.contains(.landlock) ? swasm_landlock_version() : 0)"),
    ])
  }
}
