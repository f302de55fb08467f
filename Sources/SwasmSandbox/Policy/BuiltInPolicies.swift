/// The policies that are compiled in, so that a run parses nothing. `policies/*.toml` says the same, with the
/// reasons; a test compares.
extension Policy {
  public static let builtIn = [pure, strict, standard, network]

  /// A filter of text: standard streams and memory.
  public static let pure = Policy(
    name: "pure", capabilities: Capabilities(),
    limits: Limits(memory: 1 << 30, maxFileSize: 1 << 30))

  /// A tool that was just handed to you: also time, randomness and directories to read.
  public static let strict = Policy(
    name: "strict",
    capabilities: Capabilities(waiting: true, random: true, directories: .readOnly),
    limits: Limits(memory: 1 << 30, maxFileSize: 1 << 30))

  /// A program that works on your files: the directories that you name, to read and write.
  public static let standard = Policy(
    name: "standard",
    capabilities: Capabilities(waiting: true, random: true, directories: .readWrite),
    limits: Limits())

  /// A server: as `standard`, and sockets that were opened for it. It accepts and talks; it connects to nothing.
  public static let network = Policy(
    name: "network",
    capabilities: Capabilities(
      waiting: true, random: true, directories: .readWrite, sockets: true),
    limits: Limits())

  /// The policy of a run that names none. It grants no file by itself: only `--dir` does.
  public static var defaultPolicy: Policy { standard }
}
