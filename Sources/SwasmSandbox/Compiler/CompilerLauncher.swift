import CSwasm
import Glibc
import SwasmArtifact
import SwasmLockdown
import SwasmRuntime

/// The launcher's side of compiling: starts a compiler process, waits for it, and takes its output.
enum CompilerLauncher {
  /// A compiler's output: so many bytes at the start of a file that nobody can change any more.
  struct Output: ~Copyable {
    let file: MemoryFile
    let size: Int
    /// What making it took.
    let use: ProcessEnd
  }

  /// - Parameter modules: in order, the root last.
  static func run(
    _ task: CompilerPlan.Task, _ modules: [ModuleFile], _ code: CodeOptions = CodeOptions(),
    limits: CompilerLimits = CompilerLimits(), required: Protections = [],
    zygote: borrowing Zygote, supervisor: inout Supervisor
  ) throws(Failure) -> Output {
    let total = modules.reduce(0) { $0 + $1.size }
    let output = try MemoryFile("swasm-output", size: limits.output(for: total))
    try output.sealSize()
    var plan = CompilerPlan(
      task: task, code: code,
      modules: modules.map {
        CompilerPlan.Named(name: $0.name, label: $0.label, size: $0.size)
      },
      workers: workers(for: total),
      memoryLimit: limits.memory(for: total),
      cpuMilliseconds: min(limits.time(for: total), limits.runTime ?? .max))
    plan.required = required
    let (size, use) = try wait(plan, limits, modules, output.descriptor, zygote, &supervisor)
    // Nobody can write to it any more: what is judged now is what will be mapped.
    try output.sealWhole()
    if task == .compile { try check(output, modules) }
    return Output(file: output, size: size, use: use)
  }

  /// A second thread costs more than a small module takes.
  private static func workers(for bytes: Int) -> Int {
    bytes < 1 << 16 ? 1 : max(1, min(8, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
  }

  private static func wait(
    _ plan: CompilerPlan, _ limits: CompilerLimits, _ modules: [ModuleFile], _ output: Int32,
    _ zygote: borrowing Zygote, _ supervisor: inout Supervisor
  ) throws(Failure) -> (size: Int, use: ProcessEnd) {
    var pipe = try DescriptorPair.pipe()
    let child = try zygote.spawn(
      .compiler, plan: plan.message, [pipe.second, output] + modules.map { $0.bytes.descriptor })
    pipe.closeSecond()
    let (end, bytes) = try supervisor.wait(
      for: child, report: pipe.first, limit: CompilerReport.limit)
    guard end.cause == .exited(0) else { throw failure(end, plan, limits, modules, bytes) }
    return (try judge(bytes, modules, capacity: fileSize(output) ?? 0), end)
  }

  /// Header, offsets and indices of the artifact, field by field, before anybody maps it: the process that
  /// made it has parsed hostile bytes.
  private static func check(_ output: borrowing MemoryFile, _ modules: [ModuleFile]) throws(Failure)
  {
    let descriptor = fcntl(output.descriptor, F_DUPFD_CLOEXEC, 0)
    guard descriptor >= 0 else { throw .system("cannot read the artifact", errno) }
    do throws(ArtifactFileError) {
      _ = try ArtifactFile(descriptor: descriptor)
    } catch {
      let root = modules[modules.count - 1].shown
      throw Failure(
        .setupFailed, "\(root): internal error: the compiler process made a bad artifact: \(error)")
    }
  }

  private static func judge(_ bytes: [UInt8], _ modules: [ModuleFile], capacity: Int)
    throws(Failure) -> Int
  {
    let root = modules[modules.count - 1].shown
    switch try? CompilerReport(bytes) {
    case .done(let size)? where size >= 0 && size <= capacity: return size
    case .rejected(let index, let reason)? where modules.indices.contains(index):
      throw Failure(.moduleUnusable, "\(modules[index].shown): \(reason)")
    case .tooLarge(let size)?:
      throw Failure(
        .moduleUnusable,
        "\(root): its code takes \(size) bytes, more than there is room for; "
          + "\(RunOption.compileMemory.flag) allows more")
    default:
      throw Failure(
        .setupFailed, "\(root): internal error: the compiler process gave no usable report")
    }
  }

  /// The compiler process did not end by itself, so something is wrong with it or with its limits.
  private static func failure(
    _ end: ProcessEnd, _ plan: CompilerPlan, _ limits: CompilerLimits, _ modules: [ModuleFile],
    _ lastWords: [UInt8]
  ) -> Failure {
    let root = modules[modules.count - 1].shown
    // It has said why.
    if end.cause == .exited(UInt8(ExitStatus.setupFailed.code)) {
      return Failure(
        .setupFailed, "\(root): the compiler process could not be set up\(AddressSpace.hint)")
    }
    if let failure = limitReached(end, plan, limits, root) { return failure }
    let words =
      String(decoding: lastWords.prefix(400), as: UTF8.self)
      .split(separator: "\n").first.map { ": \($0)" } ?? ""
    let reason =
      switch end.cause {
      case .exited(let code): "it ended with status \(code)"
      case .killed(let signal): "it was killed by signal \(signal)"
      }
    return Failure(
      .setupFailed, "\(root): internal error in the compiler process: \(reason)\(words)")
  }

  /// The limit that a module made its compiler run into, or nil. A failed allocation ends the process by a
  /// signal, as a defect does; that much memory is no defect's.
  private static func limitReached(
    _ end: ProcessEnd, _ plan: CompilerPlan, _ limits: CompilerLimits, _ root: String
  ) -> Failure? {
    guard case .killed(let signal) = end.cause else { return nil }
    let time = Quantities.text(milliseconds: plan.cpuMilliseconds)
    // The kernel's limit counts ticks, which are not the exact times that it reports.
    if signal == SIGXCPU || signal == SIGPROF || end.cpuMilliseconds >= plan.cpuMilliseconds / 5 * 4
    {
      guard let runTime = limits.runTime, runTime == plan.cpuMilliseconds else {
        return refusal(root, "\(time) of processor time", .compileTime)
      }
      return Failure(
        .timeLimit,
        "\(root): processor time limit of \(time) reached while compiling; killed; "
          + "compile it ahead of time with `swasm-sandbox compile`",
        limit: .cpuTime)
    }
    // An array that grows asks for twice its size at once.
    guard end.residentBytes >= plan.memoryLimit / 4 else { return nil }
    return refusal(root, "\(Quantities.text(bytes: plan.memoryLimit)) of memory", .compileMemory)
  }

  private static func refusal(_ root: String, _ limit: String, _ option: RunOption) -> Failure {
    Failure(
      .moduleUnusable,
      "\(root): compiling takes more than \(limit); refused; \(option.flag) allows more")
  }
}
