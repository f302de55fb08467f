import SwasmModule

extension ModuleDecoder {
  mutating func decodeCodeSection() throws(DecodeError) {
    let start = reader.position
    let count = try reader.count(of: "function bodies", most: ImplementationLimits.functions)
    let declared = module.functions.count - module.importedFunctionCount
    guard count == declared else {
      throw DecodeError(.functionAndCodeCounts(functions: declared, bodies: count), at: start)
    }
    module.bodies.reserveCapacity(count)
    for _ in 0..<count {
      let outer = try reader.beginSection()
      module.bodies.append(try decodeBody())
      _ = reader.endSection(resumingUpTo: outer)
    }
  }

  private mutating func decodeBody() throws(DecodeError) -> FunctionBody {
    let start = reader.position
    let size = reader.remaining
    guard size <= ImplementationLimits.functionSize else {
      throw DecodeError(
        .limitExceeded(
          "bytes in a function body", count: size, most: ImplementationLimits.functionSize),
        at: start)
    }
    let locals = try decodeLocals()
    return FunctionBody(locals: locals, code: reader.skipRest(), start: start)
  }

  private mutating func decodeLocals() throws(DecodeError) -> [LocalRun] {
    let start = reader.position
    let runs = try reader.count(of: "runs of locals", most: ImplementationLimits.functionSize)
    var locals: [LocalRun] = []
    locals.reserveCapacity(runs)
    var total: UInt64 = 0
    for _ in 0..<runs {
      let count = try reader.u32()
      total += UInt64(count)
      guard total <= UInt32.max else { throw DecodeError(.tooManyLocals(total), at: start) }
      locals.append(LocalRun(count: count, type: try reader.valueType()))
    }
    guard total <= ImplementationLimits.locals else {
      throw DecodeError(
        .limitExceeded("locals", count: Int(total), most: ImplementationLimits.locals), at: start)
    }
    return locals
  }
}
