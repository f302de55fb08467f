import CSwasm
import SwasmModule

/// The words that the program was started with.
public enum ProgramArguments {
  /// Without the program's own name.
  public static var words: [String] {
    (1..<max(1, swasm_argument_count())).map { ByteText.string(fromC: swasm_argument($0)) }
  }
}

/// The end of the launcher.
public enum Termination {
  /// Dies by the signal that ended the run, so that a shell sees it; without leaving a core file.
  public static func die(by signal: Int32) -> Never { swasm_die_by(signal) }
}
