public import SwasmArtifact
import SwasmModule
import SwasmValidator

/// Everything about a module that compiling one of its functions needs, packed once and shared by the workers.
struct ModulePlan: Sendable {
  var layout: ContextLayout
  var options: CompilerOptions
  /// By canonical type index.
  var conventions: [CallingConvention]
  /// By function index.
  var functionTypes: [CanonicalTypeIndex]
  /// By table index: elements are function references.
  var tableHoldsFunctions: [Bool]
  /// By memory index: log2 of the size of its pages.
  var memoryPageLog2: [UInt8]
  var importedGlobals: Int
  /// By global index.
  var globalTypes: [IRType]
  var importedFunctions: Int
  /// Memory 0 is reached through GS.
  var usesGS: Bool
}

/// How code is made: a value, part of an artifact's key.
public struct CompilerOptions: Sendable, Hashable {
  /// What the code may use.
  public var features: CPUFeatures
  /// Reach memory 0 of one module, the root if it has one, through the GS segment.
  public var allowsGS: Bool
  /// Worker threads.
  public var workers: Int
  /// Compiled code checks all accesses to memories and tables: there is no address space for guards.
  public var checksBounds = false
  /// Results of float operations that are NaN are one and the same, whatever the machine makes of them.
  public var canonicalizesNaN = false
  /// For tests: only so many allocatable registers of each class; nil: all.
  public var registerLimit: Int?
  /// For tests: check the SSA form and the allocation in release builds as debug builds do.
  public var checksForms = false

  public init(
    features: CPUFeatures, allowsGS: Bool = true, workers: Int = 2, registerLimit: Int? = nil
  ) {
    self.features = features
    self.allowsGS = allowsGS
    self.workers = workers
    self.registerLimit = registerLimit
  }
}

extension ModulePlan {
  /// GS belongs to one module of the set, and only if the memory is its own.
  init(
    _ source: ValidatedModule, _ conventions: [CallingConvention], _ options: CompilerOptions,
    mayUseGS: Bool
  ) {
    let module = source.module
    self.init(
      layout: ContextLayout(module), options: options, conventions: conventions,
      functionTypes: module.functions.map { source.canonicalTypes[$0.position] },
      tableHoldsFunctions: module.tables.map { $0.element.isFunction },
      memoryPageLog2: module.memories.map(\.pageSizeLog2),
      importedGlobals: module.importedGlobalCount,
      globalTypes: module.globals.map { IRType($0.value) },
      importedFunctions: module.importedFunctionCount,
      usesGS: mayUseGS && options.allowsGS && options.features.contains(.fsgsbase)
        && module.importedMemoryCount == 0 && !module.memories.isEmpty)
  }
}
