/// What a module may ask for before it is refused. The numbers are those of the JavaScript API's
/// implementation limits, which every producer stays under.
public enum ImplementationLimits {
  public static let moduleSize = 1 << 30
  public static let types = 1_000_000
  /// Different types of a whole set.
  public static let canonicalTypes = 4_000_000
  public static let functions = 1_000_000
  public static let tags = 1_000_000
  public static let imports = 1_000_000
  public static let exports = 1_000_000
  public static let globals = 1_000_000
  public static let dataSegments = 100_000
  public static let elementSegments = 10_000_000
  /// The JavaScript API allows 100,000; compiled code numbers them with 16 bits.
  public static let tables = 65_000
  public static let memories = 100
  public static let tableElements: UInt64 = 10_000_000
  public static let segmentElements = 10_000_000
  public static let parameters = 1_000
  public static let results = 1_000
  public static let locals = 50_000
  /// Bytes of one function body.
  public static let functionSize = 7_654_321
  public static let nameLength = 100_000
  /// Values on the operand stack of one function body. The JavaScript API names no such limit, but a
  /// body of calls with many results would otherwise ask for gigabytes.
  public static let operands = 1_000_000
  /// Clauses of one `try_table`.
  public static let catchClauses = 10_000
  /// Open blocks in one function body.
  public static let nesting = 100_000
  /// Labels of one `br_table`.
  public static let branchTargets = 65_520
  /// Pages of 64 KiB of one memory.
  public static let memoryPages: UInt64 = 65_536
  /// Items of a module or instance type when the types in it are written out.
  public static let effectiveTypeSize = 100_000
  /// Modules around a module.
  public static let moduleNesting = 1_000
  public static let nestedModules = 100_000
  public static let aliases = 1_000_000
  /// Modules that the modules of a set capture from those around them, all together.
  public static let upvalues = 1_000_000
  public static let instances = 10_000
  public static let constantInstructions = 10_000
}
