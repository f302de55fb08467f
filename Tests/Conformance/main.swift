// conformance FOLDER EXPECTED-FAILURES [NAME…]: runs the JSON scripts of FOLDER, each in a process of its own, and
// compares the failing ones with the list. Exits 1 when a script fails that isn't on the list, or one on
// the list passes: the list only shrinks.
// conformance --text LAUNCHER FOLDER EXPECTED-FAILURES [NAME…]: the same with scripts as text, which LAUNCHER runs.
// conformance --encode FOLDER DIFFERENCES: compares what our encoder makes of FOLDER's texts with the modules there.
import Foundation
import SwasmArtifact
import SwasmCompiler
import SwasmDecoder
import SwasmModule
import SwasmRuntime
import SwasmValidator

var arguments = CommandLine.arguments
if arguments.count == 3, arguments[1] == "--script" {
  exit(runScript(URL(fileURLWithPath: arguments[2])))
}
if arguments.count >= 3, arguments[1] == "--compile" {
  exit(try compileFile(arguments[2], workers: arguments.count > 3 ? Int(arguments[3]) ?? 1 : 1))
}
if arguments.count == 4, arguments[1] == "--encode" {
  exit(
    try EncodingComparison(
      folder: URL(fileURLWithPath: arguments[2]), list: URL(fileURLWithPath: arguments[3])
    ).run())
}
var launcher: URL?
if arguments.count >= 5, arguments[1] == "--text" {
  launcher = URL(fileURLWithPath: arguments[2])
  arguments.removeSubrange(1...2)
}
guard arguments.count >= 3 else {
  print("usage: conformance [--text LAUNCHER] FOLDER EXPECTED-FAILURES [NAME…]")
  exit(2)
}
exit(
  Suite(
    folder: URL(fileURLWithPath: arguments[1]), list: URL(fileURLWithPath: arguments[2]),
    only: Array(arguments.dropFirst(3)), launcher: launcher
  ).run())

/// Runs one script and prints what fails. Returns 0 when nothing does.
func runScript(_ path: URL) -> Int32 {
  do {
    let script = try JSONDecoder().decode(Script.self, from: Data(contentsOf: path))
    // GS serves one memory per process: scripts that link modules do without.
    let isLinking = path.path.contains("module-linking")
    let isLinked = isLinking || script.commands.contains { $0.type == "register" }
    let options = try forcedOptions(allowsGS: !isLinked)
    let runner = try ScriptRunner(
      folder: path.deletingPathExtension(), options: options,
      features: isLinking ? .all.union(.strictLinking) : features(of: path), isLinking: isLinking)
    var failures = 0
    var counts: [String: Int] = [:]
    for command in script.commands {
      do {
        try runner.run(command)
        counts[command.type, default: 0] += 1
      } catch {
        failures += 1
        if failures <= 20 { print("  line \(command.line): \(command.type): \(error)") }
      }
    }
    print("\(script.commands.count - failures) of \(script.commands.count) commands")
    print("counts: " + counts.map { "\($0.key)=\($0.value)" }.joined(separator: " "))
    return failures == 0 ? 0 : 1
  } catch {
    print("  \(error)")
    return 1
  }
}

/// What is switched on for a script.
func features(of script: URL) -> Features { .all.subtracting(olderFeatures(of: script)) }

/// What a script is older than. Those of the threads proposal expect second tables and memories, and sizes of more than 32
/// bits, to be refused.
func olderFeatures(of script: URL) -> Features {
  script.path.contains("proposals/threads/")
    ? [.referenceTypes, .multiMemory, .memory64] : []
}

/// Compiles one module in this process and says how long each step took: for profiling.
func compileFile(_ path: String, workers: Int) throws -> Int32 {
  let clock = ContinuousClock()
  let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  var types = TypeTables()
  let start = clock.now
  let module = try validate(decode(bytes), types: &types)
  let decoded = clock.now
  let artifact = try compile(
    [SourceModule(name: nil, module: module)], types: types,
    options: CompilerOptions(features: .host, workers: workers)
  ) { count, body in
    DispatchQueue.concurrentPerform(iterations: count, execute: body)
  }
  let compiled = clock.now
  let file = artifact.encode()
  let code = module.module.bodies.reduce(0) { $0 + $1.code.count }
  print(
    "decode \(start.duration(to: decoded)), compile \(decoded.duration(to: compiled)), "
      + "encode \(compiled.duration(to: clock.now)): \(code) bytes of code to "
      + "\(artifact.code.count) of text, file \(file.count)")
  return 0
}

/// How scripts are compiled: SWASM_REGISTERS limits the registers, SWASM_FEATURES names the only features to be used
/// (`sse41,popcnt,…`; `fsgsbase` is needed for GS), SWASM_CHECKED=1 does without guards around memories.
func forcedOptions(allowsGS: Bool) throws -> CompilerOptions {
  let environment = ProcessInfo.processInfo.environment
  let named: [String: CPUFeatures] = [
    "sse41": .sse41, "popcnt": .popcnt, "lzcnt": .lzcnt, "bmi1": .bmi1, "bmi2": .bmi2,
    "avx": .avx, "avx2": .avx2, "fma": .fma, "fsgsbase": .fsgsbase,
  ]
  var features = CPUFeatures.host
  if let list = environment["SWASM_FEATURES"] {
    features = []
    for name in list.split(separator: ",") {
      guard let feature = named[String(name)] else { throw Failure("no feature \(name)") }
      features.insert(feature)
    }
  }
  var options = CompilerOptions(
    features: features, allowsGS: allowsGS, workers: 1,
    registerLimit: environment["SWASM_REGISTERS"].flatMap(Int.init))
  options.checksBounds = environment["SWASM_CHECKED"] == "1"
  return options
}
