import SwasmModule
import SwasmRuntime
import Testing

@testable import SwasmWASI

@Suite struct TableTests {
  @Test func namesEveryFunctionOnce() {
    let names = WASITable.functions.map(\.name)
    #expect(names.count == 46)
    #expect(Set(names).count == 46)
  }

  @Test func givesAnErrnoFromAllButProcExit() {
    for function in WASITable.functions {
      #expect(function.type.results == (function.name == "proc_exit" ? [] : [.i32]))
    }
  }

  @Test func makesBothVersions() {
    let host = WASIHost(WASIConfiguration())
    defer { host.deallocate() }
    #expect(host.instances.map(\.name) == ["wasi_snapshot_preview1", "wasi_unstable"])
    for instance in host.instances { #expect(instance.functions.count == 46) }
  }

  @Test(
    arguments: [
      ("proc_exit", WASINeeds([])), ("unknown", []), ("fd_write", [.write, .vectors]),
      ("random_get", [.random]), ("fd_close", [.close, .openPaths]),
    ] as [(String, WASINeeds)])
  func needsNoMoreThanItsImport(name: String, needs: WASINeeds) {
    #expect(WASITable.needs(ofImport: name) == needs)
  }

  /// The numbers are the specification's: its order is that of the cases.
  @Test func numbersErrors() {
    #expect(WASIErrno.badf.code == 8)
    #expect(WASIErrno.fault.code == 21)
    #expect(WASIErrno.notsock.code == 57)
    #expect(WASIErrno.notcapable.code == 76)
    #expect(WASIErrno.allCases.count == 77)
    #expect(WASIErrno(kernel: -2) == .noent)
    #expect(WASIErrno(kernel: -9999) == .io)
  }
}
