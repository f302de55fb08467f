import Glibc

/// Where a run's result goes: words to stderr, or one JSON object there and to a descriptor.
struct ResultOutput {
  private let descriptor: Int32?
  private let printsJSON: Bool
  private let changesFile: String?

  /// - Throws: when `--status-fd` names nothing that the launcher was started with.
  init(_ options: RunOptions) throws(Failure) {
    descriptor = options.statusDescriptor
    printsJSON = options.printsJSON
    changesFile = options.changesFile
    if let descriptor, !InheritedDescriptor.isOpen(descriptor) {
      throw .usage(
        "--status-fd \(descriptor): is not open; a shell opens it by `\(descriptor)>FILE`")
    }
  }

  /// Something wants the object.
  var wantsJSON: Bool { printsJSON || descriptor != nil }

  /// Says what there is to say.
  ///
  /// - Throws: when a result that was asked for can't be written: the run's own end is lost then.
  func conclude(_ result: RunResult, _ context: RunContext) throws(Failure) -> ExitStatus {
    try Diagnostics.output(result.output)
    if !printsJSON { report(result) }
    if let changes = result.changes { try list(changes) }
    guard wantsJSON else { return result.status }
    let line = Array((ResultJSON(result: result, context: context).text + "\n").utf8)
    if printsJSON {
      // What the program has written may not end with its line.
      let start = result.usage?.output ?? 0 > 0 ? [UInt8(ascii: "\n")] : []
      (start + line).withUnsafeBytes { _ = writeAll(2, $0) }
    }
    if let descriptor {
      let error = line.withUnsafeBytes { writeAll(descriptor, $0) }
      // A reader that has gone away wants nothing more.
      if error != 0, error != -EPIPE {
        throw .system("cannot write to --status-fd \(descriptor)", error)
      }
    }
    return result.status
  }
}

extension ResultOutput {
  /// To the file that was asked for; without one to standard error, where there is something to say.
  private func list(_ changes: ChangeReport) throws(Failure) {
    if let changesFile {
      return try OutputFile.write(Array(changes.text.utf8), to: changesFile)
    }
    guard !printsJSON, !changes.list.isEmpty else { return }
    Diagnostics.report(changes.heading)
    Array(changes.text.utf8).withUnsafeBytes { _ = writeAll(2, $0) }
  }

  /// The first message of a trap has a line for each frame.
  private func report(_ result: RunResult) {
    for (index, message) in result.messages.enumerated() {
      if index == 0, result.trap != nil {
        Diagnostics.report(lines: message)
      } else {
        Diagnostics.report(message)
      }
    }
  }
}

/// Descriptors that the launcher was started with: those that survived exec.
enum InheritedDescriptor {
  /// The launcher's own are closed by exec, and so tell themselves apart.
  static func isOpen(_ descriptor: Int32) -> Bool {
    let flags = fcntl(descriptor, F_GETFD)
    return flags >= 0 && flags & FD_CLOEXEC == 0
  }
}
