import SwasmLockdown
import SwasmRuntime
import SwasmWASI

/// What a run made use of. Paths are its broker's word; the rest is the guest's own, which can say what it likes: the policy
/// that is made of it is wider or narrower for no program but itself.
struct Observation {
  var uses: [CapabilityUse: String] = [:]
  var paths: [PathTable.Entry] = []
  var totals = PathTable.Totals()
  /// What was granted, in the order of their numbers.
  var directories: [RunOptions.Directory] = []
  /// What the policy allowed, with the options' limits; and the options, with the policy's grants.
  var policy: Policy
  var options: RunOptions
  /// Bytes of memory that the limit has to allow.
  var memory: UInt64 = 0
  /// Bytes written to files.
  var written: UInt64 = 0
  /// The most descriptors that the program opened at a time.
  var opened: UInt64 = 0
  /// Milliseconds of the program and its broker, and of its compiler.
  var cpu: UInt64 = 0
  /// Bytes on the standard streams.
  var output: UInt64 = 0

  /// The first use of the directory that `--tmp` gives.
  var temporaryUse: PathTable.Entry? { paths.first { directories[$0.root].isTemporary } }
}

/// The pages of a record, which a broker writes.
final class RecordFile {
  private let file: MemoryFile

  var descriptor: Int32 { file.descriptor }

  init() throws(Failure) {
    file = try MemoryFile("swasm-record", size: RecordPages.size)
    try file.sealSize()
  }

  /// What the broker wrote; read it when the broker is gone.
  func read(roots: Int) throws(Failure) -> (
    entries: [PathTable.Entry], totals: PathTable.Totals
  ) {
    guard let mapping = Mapping(descriptor, size: RecordPages.size, isWritable: false) else {
      throw Failure(.setupFailed, "cannot map the record of what was used")
    }
    return RecordPages.read(UnsafeRawBufferPointer(mapping.bytes), roots: roots)
  }
}

extension GuestLauncher {
  /// Is what the program uses to be learnt?
  var records: Bool { options.learning != nil }

  /// - Parameters:
  ///   - pages: the guest's ``SharedPages``; `shared` is their file.
  /// - Returns: nil where no instruction of the guest's ran.
  func observation(
    _ pages: UnsafeRawPointer, _ shared: Int32, _ usage: RunResult.Usage,
    _ paths: (entries: [PathTable.Entry], totals: PathTable.Totals)?
  ) -> Observation? {
    guard SharedPages.protections(in: pages).contains(.filter),
      let record = try? RecordPage(descriptor: shared).contents
    else { return nil }
    let status = pages + SharedPages.statusOffset
    var observed = Observation(policy: grants.policy, options: options)
    observed.uses = StatusPage.uses(in: status)
    observed.paths = paths?.entries ?? []
    observed.totals = paths?.totals ?? PathTable.Totals()
    observed.directories = grants.directories.map(\.asked)
    // Some of what counts is free.
    let free = RuntimeLimits.otherBytes
    observed.memory = max(record.memoryBytes, record.countedBytes - min(record.countedBytes, free))
    observed.written = StatusPage.writtenBytes(in: status)
    let given = UInt64(3 + grants.directories.count + grants.sockets.count)
    let most = StatusPage.mostDescriptors(in: status)
    observed.opened = most > given ? min(most - given, grants.policy.limits.openFiles) : 0
    observed.cpu = usage.cpu
    observed.output = usage.output
    return observed
  }
}
