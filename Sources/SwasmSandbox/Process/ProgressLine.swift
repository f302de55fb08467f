import Glibc

/// A line on the terminal about a compilation that takes its time; gone when that is over.
struct ProgressLine: ~Copyable {
  private let program: String
  private var isShown = false

  /// Milliseconds after which it shows, and between its changes.
  private static let delay: UInt64 = 500
  static let interval: Int32 = 100

  /// nil where stderr is no terminal that can erase a line.
  init?(program: String) {
    guard isatty(2) == 1, let terminal = getenv("TERM"), String(cString: terminal) != "dumb" else {
      return nil
    }
    self.program = program
  }

  /// - Parameter elapsed: milliseconds since the compilation began.
  mutating func update(_ elapsed: UInt64) {
    guard elapsed >= Self.delay else { return }
    isShown = true
    write(
      "swasm-sandbox: compiling \(Printable.line(program)), \(elapsed / 1000).\(elapsed / 100 % 10)s"
    )
  }

  private func write(_ text: String) {
    let line = Array("\r\(text)\u{1b}[K".utf8)
    line.withUnsafeBytes { _ = writeAll(2, $0) }
  }

  deinit { if isShown { write("") } }
}
