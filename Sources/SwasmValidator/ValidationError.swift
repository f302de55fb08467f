public import SwasmModule

/// Why a module is not valid, and where.
public struct ValidationError: Error, Hashable, Sendable, CustomStringConvertible {
  public var cause: Cause
  /// In the module's bytes.
  public var offset: Int
  /// The function whose body is at fault, if it is one.
  public var function: FunctionIndex?

  public init(_ cause: Cause, at offset: Int, in function: FunctionIndex? = nil) {
    self.cause = cause
    self.offset = offset
    self.function = function
  }

  public var rejection: Rejection { cause.rejection }

  public var description: String {
    let place = function.map { "in function \($0) " } ?? ""
    return "\(cause) (\(place)at byte 0x\(String(offset, radix: 16)))"
  }

  /// One case per cause; the descriptions begin with the specification's words.
  public enum Cause: Hashable, Sendable {
    case fault(BinaryFault)
    /// A feature that the compiler does not know.
    case unsupported(Features, what: String)
    case uninitializedLocal(UInt32)
    case labelResult
    case tailCallResults
    case rethrowOutsideCatch(UInt32)
    case misplacedCatch
    case tagWithResults(FunctionType)
    case sharedWithoutMaximum
    case unequalAlignment(log2: UInt32, natural: UInt32)
    case unknown(IndexSpace, index: UInt32)
    /// `found` is `nil` when the stack, or what the block may take of it, is empty.
    case typeMismatch(expected: ValueType, found: ValueType?)
    case missingOperand
    case referenceExpected(found: ValueType)
    case numberExpected(found: ValueType)
    case valuesLeft(Int)
    case ifWithoutElse
    case branchArity(expected: Int, found: Int)
    case invalidResultArity(Int)
    case constantExpressionLength(values: Int)
    case alignmentTooLarge(log2: UInt32, natural: UInt32)
    case offsetOutOfRange(UInt64)
    case immutableGlobal(GlobalIndex)
    case mutableGlobalInConstant(GlobalIndex)
    case undeclaredFunctionReference(FunctionIndex)
    case duplicateExportName(String)
    case startFunction(FunctionType)
    case minimumAboveMaximum(minimum: UInt64, maximum: UInt64)
    case memorySize(UInt64, most: UInt64)
    case tableSize(UInt64)
    case linking(LinkingFault)
    case limitExceeded(String, count: Int, most: Int)
  }

  /// What an index may point into.
  public enum IndexSpace: Hashable, Sendable {
    case type, function, table, memory, global, tag, local, label, elementSegment, dataSegment,
      module,
      instance
  }
}

extension ValidationError.IndexSpace: CustomStringConvertible {
  public var description: String {
    switch self {
    case .type: "type"
    case .function: "function"
    case .table: "table"
    case .memory: "memory"
    case .global: "global"
    case .tag: "tag"
    case .local: "local"
    case .label: "label"
    case .elementSegment: "elem segment"
    case .dataSegment: "data segment"
    case .module: "module"
    case .instance: "instance"
    }
  }
}

extension ValidationError.Cause: CustomStringConvertible {
  public var rejection: Rejection {
    switch self {
    case .fault(let fault): fault.rejection
    case .unsupported: .unsupported
    case .limitExceeded: .limit
    default: .invalid
    }
  }

  public var description: String {
    switch self {
    case .fault(let fault): fault.description
    case .unsupported(let feature, let what):
      "not supported yet: \(feature) (\(what))"
    case .uninitializedLocal(let index): "uninitialized local \(index)"
    case .labelResult: "type mismatch: the label takes no reference"
    case .tailCallResults: "type mismatch: a tail call's results are not those of the function"
    case .rethrowOutsideCatch(let depth): "invalid rethrow label \(depth): not that of a catch"
    case .misplacedCatch: "type mismatch: not in a try block that may have this clause"
    case .tagWithResults(let type): "non-empty tag result type: \(type)"
    case .sharedWithoutMaximum: "shared memory must have maximum"
    case .unequalAlignment(let log2, let natural):
      "atomic alignment must be natural: 2^\(natural), not 2^\(log2)"
    case .unknown(let space, let index):
      "unknown \(space) \(index)"
        // The words of the scripts of module linking.
        + (space == .module || space == .instance ? ": \(space) index out of bounds" : "")
    case .typeMismatch(let expected, let found):
      "type mismatch: expected \(expected), found \(found?.description ?? "nothing")"
    case .missingOperand: "type mismatch: expected a value, found nothing"
    case .referenceExpected(let found): "type mismatch: expected a reference, found \(found)"
    case .numberExpected(let found): "type mismatch: expected a number, found \(found)"
    case .valuesLeft(let count): "type mismatch: values left at the end of the block: \(count)"
    case .ifWithoutElse:
      "type mismatch: if without else whose parameters are not its results"
    case .branchArity(let expected, let found):
      "type mismatch: a label takes \(found) values, the default label \(expected)"
    case .invalidResultArity(let count): "invalid result arity \(count)"
    case .constantExpressionLength(let values):
      "type mismatch: a constant expression must leave one value, not \(values)"
    case .alignmentTooLarge(let log2, let natural):
      "alignment must not be larger than natural: 2^\(log2), natural is 2^\(natural)"
    case .offsetOutOfRange(let offset): "offset out of range: \(offset)"
    case .immutableGlobal(let index): "immutable global: global is immutable (\(index))"
    case .mutableGlobalInConstant(let index):
      "constant expression required: global \(index) is mutable"
    case .undeclaredFunctionReference(let index): "undeclared function reference \(index)"
    case .duplicateExportName(let name): "duplicate export name \"\(name)\""
    case .startFunction(let type): "start function must have type [] -> [], not \(type)"
    case .minimumAboveMaximum(let minimum, let maximum):
      "size minimum must not be greater than maximum: \(minimum) > \(maximum)"
    case .memorySize(let pages, let most):
      "memory size must be at most \(most) pages\(most == 65536 ? " (4GiB)" : ""), not \(pages)"
    case .tableSize(let elements): "table size must be at most 2^32-1, not \(elements)"
    case .linking(let fault): fault.description
    case .limitExceeded(let what, let count, let most):
      "too many \(what): \(count), the limit is \(most)"
    }
  }
}
