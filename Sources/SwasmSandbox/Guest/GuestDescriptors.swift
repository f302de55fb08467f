import CSwasm
import Glibc

/// The descriptors that a guest's process is sent, in their order: shared pages, artifact, the channel to the broker
/// where there is one, pipes in place of standard output and standard error where the launcher counts what is
/// written, sockets.
struct GuestDescriptors: Equatable {
  var shared: Int32
  var artifact: Int32
  /// −1: none.
  var channel: Int32 = -1
  /// Two, or none.
  var output: [Int32] = []
  var sockets: [Int32] = []

  var list: [Int32] { [shared, artifact] + (channel < 0 ? [] : [channel]) + output + sockets }

  init(shared: Int32, artifact: Int32) {
    self.shared = shared
    self.artifact = artifact
  }

  /// Those that came with a plan; nil when they are not as many as it says.
  init?(_ plan: GuestPlan, _ list: [Int32]) {
    let hasChannel = !plan.directories.isEmpty
    let count = 2 + (hasChannel ? 1 : 0) + (plan.relaysOutput ? 2 : 0) + plan.sockets.count
    guard list.count == count else { return nil }
    shared = list[0]
    artifact = list[1]
    var rest = list[2...]
    if hasChannel { channel = rest.removeFirst() }
    if plan.relaysOutput {
      output = Array(rest.prefix(2))
      rest = rest.dropFirst(2)
    }
    sockets = Array(rest)
  }

  /// Puts the pipes where the guest writes, and in place of what it is not granted an end of a pipe that neither reads
  /// as standard input nor takes output: not even native code gets at the launcher's.
  ///
  /// - Returns: false when the kernel refuses.
  func placeStreams(_ plan: GuestPlan) -> Bool {
    for (stream, isKept) in zip(Int32(0)..., plan.keptStreams) {
      if isKept {
        guard stream == 0 || output.isEmpty || dup2(output[Int(stream) - 1], stream) >= 0 else {
          return false
        }
      } else {
        var pipe = swasm_pair(first: -1, second: -1)
        guard swasm_pipe(&pipe) == 0, dup2(stream == 0 ? pipe.second : pipe.first, stream) >= 0
        else { return false }
      }
    }
    return true
  }

  /// What the guest keeps, sorted.
  var kept: [Int32] { ([0, 1, 2] + (channel < 0 ? [] : [channel]) + sockets).sorted() }
}
