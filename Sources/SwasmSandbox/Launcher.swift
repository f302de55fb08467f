import Glibc
import SwasmLockdown

/// The commands: what the launcher does for each, with everything that can be dangerous done by other
/// processes.
public struct Launcher: ~Copyable {
  let zygote: Zygote

  public init(zygote: consuming Zygote) { self.zygote = zygote }

  /// Waits for the last process, which ends by itself.
  public consuming func close() {}

  /// Runs a program: compiles it where it is not compiled yet.
  ///
  /// - Parameter advise: may add to what is said of a run that came to nothing.
  public func run(_ options: RunOptions, advise: (Failure) -> Failure = { $0 }) throws(Failure)
    -> ExitStatus
  {
    let options = try options.completedByVariables()
    if options.learning != nil { try Learner.check(options) }
    let output = try ResultOutput(options)
    var context = RunContext(program: ModuleFile.shown(options.module))
    let result: RunResult
    do throws(Failure) {
      result = try run(options, &context, describesFilter: output.wantsJSON)
    } catch {
      result = RunResult(advise(error))
    }
    let status = try output.conclude(result, context)
    if options.learning != nil { try Learner.report(result, program: context.program) }
    return status
  }

  private func run(
    _ options: RunOptions, _ context: inout RunContext, describesFilter: Bool
  ) throws(Failure) -> RunResult {
    let base =
      try options.policy.map { (name) throws(Failure) in try Policy.named(name) } ?? .defaultPolicy
    var options = options.completed(by: base.grants)
    if options.learning != nil { Learner.addDirectories(to: &options, base) }
    let grants = try GuestGrants(options, base)
    context.policy = grants.base
    context.limits = grants.policy
    context.widened = grants.widened
    try SecondWalls.check(grants.policy, hasDirectories: !grants.directories.isEmpty)
    var supervisor = try Supervisor(
      program: context.program, timeLimit: grants.policy.limits.timeout)
    let root = try ModuleFile(path: options.module, &supervisor)
    let artifact = try artifact(root, options, &context, &supervisor)
    let guest = GuestLauncher(
      program: root.shown, grants: grants, options: options, artifact: artifact,
      compilation: context.compilation)
    if options.isDryRun { return try guest.rehearse(context) }
    if describesFilter {
      context.moduleHash = SHA256.text(root.digest)
      try guest.describeProtections(&context)
    }
    return try guest.run(zygote: zygote, supervisor: &supervisor)
  }

  private func artifact(
    _ root: ModuleFile, _ options: RunOptions, _ context: inout RunContext,
    _ supervisor: inout Supervisor
  ) throws(Failure) -> MemoryFile {
    if root.isArtifact {
      guard options.preloads.isEmpty else {
        throw .usage(
          "--preload: \(root.shown) is already compiled; give --preload to `swasm-sandbox compile`")
      }
      guard options.code == CodeOptions() else {
        throw .usage(
          "--deterministic-nan, --checked-memory: \(root.shown) is already compiled; give them to "
            + "`swasm-sandbox compile`")
      }
      if !options.allowsCompiled { try ArtifactCode.check(root) }
      return try root.bytes.copy()
    }
    let modules = try Self.linked(root, options.preloads, &supervisor)
    let code = try checked(options.code, root, options, &supervisor)
    guard options.usesCache, let cache = try? ArtifactCache.open() else {
      return try compiled(modules, code, &context, &supervisor).file.copy()
    }
    let key = CacheKey(modules, code)
    // What is learnt has to hold where nothing is in the cache: the time that compiling takes is part of it.
    if options.learning == nil, let artifact = cache.load(key) {
      context.cache = .hit
      return artifact
    }
    context.cache = .miss
    let output = try compiled(modules, code, &context, &supervisor)
    cache.store(output.file, size: output.size, key: key, label: root.shown)
    return try output.file.copy()
  }

  /// With checks of bounds where there is no address space to do without.
  private func checked(
    _ code: CodeOptions, _ root: ModuleFile, _ options: RunOptions,
    _ supervisor: inout Supervisor
  ) throws(Failure) -> CodeOptions {
    guard AddressSpace.isShort, !code.checksBounds else { return code }
    if !options.printsJSON {
      try supervisor.report(
        "\(root.shown): `ulimit -v` leaves no room for guards around memories; accesses are checked in code, which is "
          + "slower")
    }
    var code = code
    code.checksBounds = true
    return code
  }

  /// Compiles for a run, whose processor time it takes.
  private func compiled(
    _ modules: [ModuleFile], _ code: CodeOptions, _ context: inout RunContext,
    _ supervisor: inout Supervisor
  ) throws(Failure) -> CompilerLauncher.Output {
    var limits = context.limits?.limits.compiler ?? CompilerLimits()
    limits.runTime = context.limits?.limits.cpuTime
    let output = try CompilerLauncher.run(
      .compile, modules, code, limits: limits, required: context.limits?.require ?? [],
      zygote: zygote, supervisor: &supervisor)
    context.compilation = output.use
    return output
  }

  /// The preloaded modules in order, then the root.
  private static func linked(
    _ root: ModuleFile, _ preloads: [RunOptions.Preload], _ supervisor: inout Supervisor
  ) throws(Failure) -> [ModuleFile] {
    var modules: [ModuleFile] = []
    for preload in preloads {
      if modules.contains(where: { $0.name == preload.name }) {
        throw .usage("--preload \(preload.name): the name is given twice")
      }
      let module = try ModuleFile(preload, &supervisor)
      guard !module.isArtifact else {
        throw .usage(
          "--preload \(preload): is already compiled; preload the module it was made from")
      }
      modules.append(module)
    }
    return modules + [root]
  }

  /// Compiles a linked set to a file that `run` takes from this user.
  public func compile(
    module: String, preloads: [RunOptions.Preload], code: CodeOptions, limits: CompilerLimits,
    to path: String
  ) throws(Failure) {
    let output = try compiled(module, preloads, code, limits)
    var trailer: [UInt8] = []
    do throws(CacheFolder.Refusal) {
      trailer = try ArtifactCode.trailer(for: output.file, size: output.size)
    } catch {
      Diagnostics.report(
        "\(path): not signed, so that only --allow-compiled runs it: \(error.reason)")
    }
    // No process is left, and what takes the file may let it wait: signals do what they do to any program.
    try OutputFile.write(
      output.file.descriptor, count: output.size, followedBy: trailer, to: path)
  }

  private func compiled(
    _ module: String, _ preloads: [RunOptions.Preload], _ code: CodeOptions,
    _ limits: CompilerLimits
  ) throws(Failure) -> CompilerLauncher.Output {
    var supervisor = try Supervisor(program: ModuleFile.shown(module), timeLimit: nil)
    let root = try Self.uncompiled(module, "there is nothing to do", &supervisor)
    return try CompilerLauncher.run(
      .compile, try Self.linked(root, preloads, &supervisor), code, limits: limits,
      zygote: zygote, supervisor: &supervisor)
  }

  /// The forms of one function in the compiler, as text.
  public func dump(
    module: String, preloads: [RunOptions.Preload], forms: [DumpForm], function: UInt32,
    limits: CompilerLimits
  ) throws(Failure) -> String {
    try text(.dump(forms, function: function), limits) { (supervisor) throws(Failure) in
      let root = try Self.uncompiled(module, "dump the module it was made from", &supervisor)
      return try Self.linked(root, preloads, &supervisor)
    }
  }

  /// What a module imports, exports and needs.
  public func inspect(module: String, asJSON: Bool, limits: CompilerLimits) throws(Failure)
    -> String
  {
    try text(.inspect(asJSON: asJSON), limits) { (supervisor) throws(Failure) in
      [try Self.uncompiled(module, "inspect the module it was made from", &supervisor)]
    }
  }

  /// The modules and instances of a linked set, with their initializers, and how much there is of everything.
  public func inspectLinked(module: String, limits: CompilerLimits) throws(Failure) -> String {
    try text(.inspectLinked, limits) { (supervisor) throws(Failure) in
      [try Self.uncompiled(module, "inspect the module it was made from", &supervisor)]
    }
  }

  /// The module of a command that takes no artifact.
  private static func uncompiled(
    _ path: String, _ advice: String, _ supervisor: inout Supervisor
  ) throws(Failure) -> ModuleFile {
    let file = try ModuleFile(path: path, &supervisor)
    guard !file.isArtifact else {
      throw Failure(.moduleUnusable, "\(file.shown): is already compiled; \(advice)")
    }
    return file
  }

  private func text(
    _ task: CompilerPlan.Task, _ limits: CompilerLimits,
    _ read: (inout Supervisor) throws(Failure) -> [ModuleFile]
  ) throws(Failure) -> String {
    let output = try compiled(task, limits, read)
    if output.size == 0 { return "" }
    guard
      let mapping = Mapping(output.file.descriptor, size: output.size, isWritable: false)
    else { throw .system("cannot read the compiler process's answer", errno) }
    return String(decoding: mapping.bytes, as: UTF8.self)
  }

  /// What a compiler process makes of modules when it does something else than compile.
  ///
  /// - Parameter read: gives the modules. Their files are waited for as the process is.
  func compiled(
    _ task: CompilerPlan.Task, _ limits: CompilerLimits,
    _ read: (inout Supervisor) throws(Failure) -> [ModuleFile]
  ) throws(Failure) -> CompilerLauncher.Output {
    var supervisor = try Supervisor(program: "", timeLimit: nil)
    return try CompilerLauncher.run(
      task, try read(&supervisor), limits: limits, zygote: zygote, supervisor: &supervisor)
  }
}
