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
      let plan = try Fixture.plan(.guest(.pure), identity: identity)
      plan.plan.pointee.filter = UnsafePointer(bitPattern: allowAll)
      plan.plan.pointee.filter_length = 1
      return plan
    }

    static let prctl = 157
    static let mprotect = 10
    static let code = UInt64(
      UInt(
        bitPattern: mmap(
          nil, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)))

    /// One call in a child, and what the kernel answers there and in a child that is not locked down.
    static let effects: [(name: String, number: Int, arguments: [UInt64], locked: Int, free: Int)] =
      [
        ("dumpable", prctl, [3, 0, 0], 0, 1),  // PR_GET_DUMPABLE
        ("no new privileges", prctl, [39, 0, 0], 1, 0),  // PR_GET_NO_NEW_PRIVS
        ("PROT_NONE to read-write", mprotect, [Fixture.memory.base, 4096, 3], 0, 0),
        ("read-only to executable", mprotect, [code, 4096, 5], -Int(EACCES), 0),
        ("raising a capability", 126, [capabilityHeader, allCapabilities, 0], -Int(EPERM), 0),
      ]

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
      let (name, number, arguments, locked, free) = Self.effects[index]
      let padded = arguments + [0, 0, 0]
      let plan = try Self.unfilteredPlan()
      let record = probe(PROBE_CALL, number: number, padded, plan: plan).record
      let taken = OptionalMeasures(rawValue: record.measures)
      let hasLayer = locked != -Int(EACCES) || taken.contains(.denyWriteExecute)
      #expect(record.locked == 1)
      #expect(record.value == (hasLayer ? locked : free), "\(name), locked down")
      if geteuid() == 0 {
        #expect(probe(PROBE_CALL, number: number, padded).value == free, "\(name), free")
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
