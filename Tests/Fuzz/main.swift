// fuzz MODES FILE.wasm…: runs modules in some modes (or `all`) and compares with the `.expect` beside each, as
// written by oracle.mjs. Says which file it is at, so that the driver (run.py) knows it after a crash. A module imports from
// the `.library` beside it; `.legacy` and `.library-legacy`, where they are, have to behave alike.
//
// fuzz --identical FILE.wasm…: compiles with one worker and with two, and compares the artifacts' bytes.
import DifferentialCases
import Foundation
import SwasmArtifact
import SwasmCompiler

let arguments = CommandLine.arguments
let comparesWorkers = arguments.count > 1 && arguments[1] == "--identical"
guard arguments.count >= 3,
  let modes = comparesWorkers ? [Mode.plain] : Mode.named(arguments[1])
else {
  print("usage: fuzz MODE,MODE… FILE.wasm…; modes: all, --identical, \(Mode.all.map(\.name))")
  exit(2)
}
exit(run(Array(arguments.dropFirst(2)), modes, comparesWorkers: comparesWorkers))

/// Returns the process's status.
func run(_ paths: [String], _ modes: [Mode], comparesWorkers: Bool) -> Int32 {
  var failures = 0
  for path in paths {
    for mode in modes {
      say("at \(mode.name) \(path)")
      do {
        if comparesWorkers {
          try compareWorkers(path, mode)
        } else {
          try compareWithOracle(path, mode)
        }
      } catch {
        failures += 1
        say("differs \(mode.name) \(path) \(error)")
      }
    }
  }
  say("done \(failures)")
  return failures == 0 ? 0 : 1
}

/// Prints at once: a crash must not swallow it.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

func read(_ path: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
}

func compareWithOracle(_ path: String, _ mode: Mode) throws {
  let base = (path as NSString).deletingPathExtension
  let expected = try Expectation(text: String(decoding: read(base + ".expect"), as: UTF8.self))
  for (root, library) in [(path, ".library"), (base + ".legacy", ".library-legacy")]
  where FileManager.default.fileExists(atPath: root) {
    var runner = CaseRunner(bytes: try read(root), expectation: expected)
    if FileManager.default.fileExists(atPath: base + library) {
      runner.library = try read(base + library)
    }
    do {
      try runner.run(mode)
    } catch {
      throw Difference("\((root as NSString).pathExtension): \(error)")
    }
  }
}

func compareWorkers(_ path: String, _ mode: Mode) throws {
  let bytes = try read(path)
  let one = try CaseRunner.compile(bytes, mode.options).encode()
  var options = mode.options
  options.workers = 2
  let two = try CaseRunner.compile(bytes, options).encode()
  if one != two { throw Difference("artifacts differ between workers") }
}
