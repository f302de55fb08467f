import SwasmLink
import SwasmModule
import SwasmValidator

/// Where the sandbox meets the linker: the modules are as untrusted here as when they are compiled.
extension Compilation {
  /// The modules as one linked set, each valid by itself.
  func linked(_ inputs: [UnsafeRawBufferPointer]) throws(Rejected) -> [UInt8] {
    let root = inputs.count - 1
    var libraries: [(name: String, bytes: [UInt8])] = []
    for index in 0..<root {
      libraries.append((plan.modules[index].name ?? "", try validBytes(inputs[index], index)))
    }
    let program = try validBytes(inputs[root], root)
    do throws(LinkError) {
      return try link(root: program, libraries: libraries)
    } catch {
      throw Rejected(module: error.member, reason: error.description)
    }
  }

  private func validBytes(_ input: UnsafeRawBufferPointer, _ index: Int) throws(Rejected)
    -> [UInt8]
  {
    try validated(input, index).module.source
  }
}

extension Launcher {
  /// Bundles a program and libraries, which may share names, into one linked set.
  ///
  /// - Parameter path: where it goes; `-` is standard output.
  public func link(
    module: String, libraries: [(name: String, path: String)], limits: CompilerLimits,
    to path: String
  ) throws(Failure) {
    try write(.link, limits, to: path) { (supervisor) throws(Failure) in
      var modules: [ModuleFile] = []
      for library in libraries {
        modules.append(try ModuleFile(name: library.name, path: library.path, &supervisor))
      }
      return modules + [try ModuleFile(path: module, &supervisor)]
    }
  }

  /// Encodes a module in the text format.
  ///
  /// - Parameter path: where it goes; `-` is standard output.
  public func encode(module: String, limits: CompilerLimits, to path: String) throws(Failure) {
    try write(.encode, limits, to: path) { (supervisor) throws(Failure) in
      [try ModuleFile(path: module, &supervisor)]
    }
  }

  private func write(
    _ task: CompilerPlan.Task, _ limits: CompilerLimits, to path: String,
    _ read: (inout Supervisor) throws(Failure) -> [ModuleFile]
  ) throws(Failure) {
    let output = try compiled(task, limits, read)
    if path == "-" {
      try OutputFile.writeToStandardOutput(output.file.descriptor, count: output.size)
    } else {
      try OutputFile.write(output.file.descriptor, count: output.size, to: path)
    }
  }
}
