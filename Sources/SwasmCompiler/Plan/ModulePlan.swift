public import SwasmArtifact
import SwasmModule

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
  /// Reach memory 0 of the root module through the GS segment.
  public var allowsGS: Bool
  /// Worker threads.
  public var workers: Int
  /// For tests: only so many allocatable registers of each class; nil: all.
  public var registerLimit: Int?

  public init(
    features: CPUFeatures, allowsGS: Bool = true, workers: Int = 2, registerLimit: Int? = nil
  ) {
    self.features = features
    self.allowsGS = allowsGS
    self.workers = workers
    self.registerLimit = registerLimit
  }
}
