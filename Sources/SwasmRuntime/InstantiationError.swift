import Glibc
import SwasmArtifact
public import SwasmModule

/// Why a module could not be instantiated: one case per cause.
public enum InstantiationFailure: Error {
  case unknownImport
  /// An imported instance lacks an export that its type has.
  case missingExport(String)
  /// What is asked for, and what is given.
  case incompatibleImport(String)
  /// The kernel gave no address space or memory.
  case addressSpaceRefused(what: String, bytes: UInt64, errno: CInt)
  /// Code that relies on guards, for a store that has none.
  case uncheckedCode
  case codeNotMapped(errno: CInt)
  /// The module asks for more than the policy allows.
  case memoryLimit(pages: UInt64, allowed: UInt64)
  case tableLimit(elements: UInt64, allowed: UInt64)
  /// With these the modules would take so many bytes.
  case overBudget(String, total: UInt64, limit: UInt64)
  case tooManyFunctions
  case tooManyInstances
  /// An imported item belongs to another store.
  case foreignStore
  /// Two connected instances come from artifacts that number types differently.
  case typesDiffer
  /// The artifact has no trampoline for a signature that needs one.
  case noTrampoline(FunctionType)
  /// Two connected instances both expect GS to hold the base of their own memory.
  case conflictingMemoryBase
  /// The initializers use an item before they make it, or a constant expression is ill-formed.
  case malformed(String)
  /// The export to be run is no function, does not take the arguments, or has more values than the record has room for.
  case noSuchFunction
  case argumentMismatch(FunctionType)
  case tooManyValues(FunctionType)
  /// An active segment is out of bounds, or the start function trapped.
  case trap(Trap)
}

/// A failed instantiation: which module (inside which others), which of its items, and why.
public struct InstantiationError: Error, CustomStringConvertible {
  public var module: String
  /// For example `import env.memory` or `data segment 3`; empty when it is about the whole module.
  public var item: String
  public var failure: InstantiationFailure

  public init(module: String, item: String, failure: InstantiationFailure) {
    self.module = module
    self.item = item
    self.failure = failure
  }

  public var description: String {
    switch failure {
    case .unknownImport: "\(module): unknown \(item)"
    case .missingExport(let name):
      "\(module): incompatible import type for \(item): the instance has no export \(name)"
    case .incompatibleImport(let difference):
      "\(module): incompatible import type for \(item): \(difference)"
    default: item.isEmpty ? "\(module): \(failure)" : "\(module): \(item): \(failure)"
    }
  }
}

extension InstantiationFailure: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unknownImport: "unknown import"
    case .missingExport(let name): "incompatible import type: no export \(name)"
    case .incompatibleImport(let difference): "incompatible import type: \(difference)"
    case .addressSpaceRefused(let what, let bytes, let code):
      "cannot reserve \(bytes) bytes for \(what): \(String(cString: strerror(code)))"
    case .uncheckedCode:
      "relies on more address space than there is"
    case .codeNotMapped(let code): "cannot map the code: \(String(cString: strerror(code)))"
    case .memoryLimit(let pages, let allowed):
      "asks for a memory of \(pages) \(pages == 1 ? "page" : "pages") of 64 KiB; "
        + "\(allowed) \(allowed == 1 ? "is" : "are") allowed"
    case .tableLimit(let elements, let allowed):
      "asks for a table of \(elements) elements; \(allowed) are allowed"
    case .overBudget(let what, let total, let limit):
      "memory would take \(total) bytes with its \(what); \(limit) are allowed"
    case .tooManyFunctions: "too many functions in one process"
    case .tooManyInstances:
      "makes more than \(ImplementationLimits.instances) instances in one process"
    case .foreignStore: "imports an item of another store"
    case .typesDiffer: "was compiled apart from an instance that it is linked to"
    case .noTrampoline(let type): "was compiled without a trampoline for \(type)"
    case .conflictingMemoryBase:
      "was compiled for one memory per process, but is linked to an instance with another"
    case .malformed(let what): "malformed artifact: \(what)"
    case .noSuchFunction: "no such function is exported"
    case .argumentMismatch(let type): "takes other arguments: its type is \(type)"
    case .tooManyValues(let type): "has too many parameters or results: \(type)"
    case .trap(let trap): trap.kind.message
    }
  }
}
