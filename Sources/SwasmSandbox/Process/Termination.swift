import CSwasm

/// The end of the launcher.
public enum Termination {
  /// Dies by the signal that ended the run, so that a shell sees it; without leaving a core file.
  public static func die(by signal: Int32) -> Never { swasm_die_by(signal) }
}
