import CLockdownProbe
import CSwasm
import Glibc
import Testing

@testable import SwasmLockdown

extension LockdownTests {
  /// What the steps before the filter do by themselves: the plans here have a filter that allows all.
  @Suite(.enabled(if: kernelTakesFilters, needsFilters)) struct Layers {
    /// RET ALLOW; lives for the whole run.
    static let allowAll: UInt = {
      let instruction = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
      instruction.initialize(to: 0x7fff_0000_0000_0006)
      return UInt(bitPattern: instruction)
    }()

    static func unfilteredPlan(_ identity: Identity = .keep) throws -> LockdownPlan {
      var options = LockdownPlan.Options()
      options.sealed = [
        UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: UInt(sealedPage)), count: 4096)
      ]
      let plan = try Fixture.plan(.guest(.pure), identity: identity, options: options)
      plan.plan.pointee.filter = UnsafePointer(bitPattern: allowAll)
      plan.plan.pointee.filter_length = 1
      return plan
    }

    static let (prctl, mprotect, unmap, openat) = (157, 10, 11, 257)
    static let code = page()
    static let sealedPage = page()

    private static func page() -> UInt64 {
      let start = mmap(nil, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
      return UInt64(UInt(bitPattern: start))
    }

    /// What a child's call does when the layer is there, and what it does without.
    struct Effect {
      var layer: Protections
      var name: String
      var number: Int
      var arguments: [UInt64]
      var locked: Int
      var free: Int
    }

    static let effects: [Effect] = [
      // PR_GET_DUMPABLE, PR_GET_NO_NEW_PRIVS
      Effect(
        layer: .notDumpable, name: "dumpable", number: prctl, arguments: [3], locked: 0, free: 1),
      Effect(
        layer: .noNewPrivileges, name: "no new privileges", number: prctl, arguments: [39],
        // The tests may be without them themselves.
        locked: 1, free: swasm_syscall3(prctl, 39, 0, 0)),
      Effect(
        layer: [], name: "PROT_NONE to read-write", number: mprotect,
        arguments: [Fixture.memory.base, 4096, 3], locked: 0, free: 0),
      Effect(
        layer: .denyWriteExecute, name: "read-only to executable", number: mprotect,
        arguments: [code, 4096, 5], locked: -Int(EACCES), free: 0),
      Effect(
        layer: .sealed, name: "unmapping what is sealed", number: unmap,
        arguments: [sealedPage, 4096], locked: -Int(EPERM), free: 0),
      Effect(
        layer: .sealed, name: "writing to what is sealed", number: mprotect,
        arguments: [sealedPage, 4096, 3], locked: -Int(EPERM), free: 0),
      // 3: the lowest free descriptor.
      Effect(
        layer: .landlock, name: "opening a file", number: openat,
        arguments: [UInt64(bitPattern: -100), path("/proc/self/status"), 0], locked: -Int(EACCES),
        free: 3),
      Effect(
        layer: .landlock, name: "opening the root directory", number: openat,
        arguments: [UInt64(bitPattern: -100), path("/"), 0], locked: -Int(EACCES), free: 3),
      Effect(
        layer: .noCapabilities, name: "raising a capability", number: 126,
        arguments: [capabilityHeader, allCapabilities], locked: -Int(EPERM), free: 0),
    ]

    private static func path(_ text: String) -> UInt64 {
      UInt64(UInt(bitPattern: strdup(text)))
    }

    private static let capabilityHeader: UInt64 = {
      let header = UnsafeMutablePointer<UInt32>.allocate(capacity: 2)
      header.initialize(to: 0x2008_0522)  // _LINUX_CAPABILITY_VERSION_3
      (header + 1).initialize(to: 0)
      return UInt64(UInt(bitPattern: header))
    }()
    /// CAP_CHOWN in the effective and permitted sets.
    private static let allCapabilities: UInt64 = {
      let sets = UnsafeMutablePointer<UInt32>.allocate(capacity: 6)
      for index in 0..<6 { (sets + index).initialize(to: index < 2 ? 1 : 0) }
      return UInt64(UInt(bitPattern: sets))
    }()

    @Test(arguments: effects.indices)
    func takesEffect(_ index: Int) throws {
      let effect = Self.effects[index]
      guard kernelHas(effect.layer.names) else { return }
      let padded = effect.arguments + [UInt64](repeating: 0, count: 6 - effect.arguments.count)
      let plan = try Self.unfilteredPlan()
      let record = probe(PROBE_CALL, number: effect.number, padded, plan: plan).record
      #expect(record.locked == 1, "\(LockdownError(record.failure))")
      #expect(Protections(rawValue: record.protections).isSuperset(of: effect.layer))
      #expect(record.value == effect.locked, "\(effect.name), locked down")
      if geteuid() == 0 {
        let free = probe(PROBE_CALL, number: effect.number, padded).value
        #expect(free == effect.free, "\(effect.name), free")
      }
    }

    /// setresuid clears the death signal; it has to be there at the end all the same.
    @Test(arguments: [Identity.keep, .change(user: 65534, group: 65534, required: false)])
    func isStillTiedToTheParent(_ identity: Identity) throws {
      let page = mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)!
      defer { munmap(page, 4096) }
      let getParentDeathSignal: UInt64 = 2
      let address = UInt64(UInt(bitPattern: page))
      let record = probe(
        PROBE_CALL, number: Self.prctl, [getParentDeathSignal, address, 0, 0, 0, 0],
        plan: try Self.unfilteredPlan(identity)
      ).record
      #expect(record.value == 0)
      #expect(page.load(as: Int32.self) == SIGKILL)
    }
  }
}
