import SwasmArtifact
import SwasmModule
import SwasmRuntime
import Testing

@testable import SwasmWASI

/// Addresses and lengths that the guest makes up: an errno, never a crash, never a byte outside of
/// its memory.
@Suite struct MarshallingTests {
  static let names = WASITable.functions.map(\.name).filter { $0 != "proc_exit" }
  static let values: [UInt64] = [
    0, 1, 3, 7, 1024, 65528, 65535, 65536, 0x7fff_ffff, 0x8000_0000, 0xffff_fff8, 0xffff_ffff,
  ]

  /// Every function with every value in all places, and in each place with small ones around it.
  @Test(arguments: names)
  func survivesEdgeArguments(name: String) {
    let scratch = Scratch()
    let guest = scratch.guest()
    let count = guest.function(name).type.parameters.count
    for value in Self.values {
      // Sleeping for as long as the number says would take that long.
      if name == "poll_oneoff" { guest.put(UInt64.max, Int(min(value, 60000))) }
      _ = guest.call(name, Array(repeating: value, count: count))
      for place in 0..<count {
        var arguments = (0..<count).map { UInt64(min(3, 16 * $0)) }
        arguments[place] = value
        if name == "poll_oneoff", arguments[2] > 0 { arguments[2] = value }
        _ = guest.call(name, arguments)
      }
    }
  }

  @Test func boundsAreExact() {
    let guest = Guest { $0.arguments = [[0x61]] }
    #expect(guest.call("args_sizes_get", 65532, 0) == .success)
    #expect(guest.call("args_sizes_get", 65533, 0) == .fault)
    #expect(guest.call("clock_time_get", 1, 0, 65528) == .success)
    #expect(guest.call("clock_time_get", 1, 0, 65529) == .fault)
    #expect(guest.call("random_get", 65535, 1) == .success)
    #expect(guest.call("random_get", 65535, 2) == .fault)
    #expect(guest.call("random_get", 65536, 0) == .success)
    #expect(guest.call("random_get", 65537, 0) == .fault)
    #expect(guest.call("random_get", 0xffff_ffff, 0xffff_ffff) == .fault)
  }

  @Test func aGuestWithoutMemoryHasNoAddress() {
    let guest = Guest()
    (guest.data + ContextLayout.memory0).initializeMemory(as: UInt8.self, repeating: 0, count: 16)
    #expect(guest.call("clock_time_get", 1, 0, 0) == .fault)
    #expect(guest.call("sched_yield") == .success)
  }

  @Test func growthOfMemoryIsSeen() {
    let guest = Guest(pages: 2)
    let definition = (guest.data + ContextLayout.memory0 + 8).load(
      as: UnsafeMutableRawPointer.self)
    definition.storeBytes(of: UInt64(65536), as: UInt64.self)
    #expect(guest.call("clock_time_get", 1, 0, 65536) == .fault)
    definition.storeBytes(of: UInt64(131072), as: UInt64.self)
    #expect(guest.call("clock_time_get", 1, 0, 65536) == .success)
  }

  @Test func vectorsThatOverflowAreRefused() {
    let scratch = Scratch()
    let guest = scratch.guest()
    let file = try! guest.open("file").get()
    for (address, count): (UInt64, UInt64) in [
      (65535, 2), (65536, 1), (0xffff_ffff, 1), (1, 0xffff_ffff), (0xffff_ffff, 0xffff_ffff),
    ] {
      let vector = guest.vector(address: address, count: count)
      #expect(guest.call("fd_read", file, vector, 1, 8) == .fault)
      #expect(guest.call("fd_write", file, vector, 1, 8) == .fault)
      #expect(guest.call("fd_pread", file, vector, 1, 0, 8) == .fault)
      #expect(guest.call("fd_pwrite", file, vector, 1, 0, 8) == .fault)
    }
    #expect(guest.call("fd_read", file, 0, 0x2000_0000, 8) == .fault)
    #expect(guest.call("fd_read", file, 65528, 2, 8) == .fault)
    #expect(scratch.read("file") == "hello")
  }
}
