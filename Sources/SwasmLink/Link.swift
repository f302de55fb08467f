import SwasmDecoder
import SwasmModule

/// Bundles a program and libraries, ordinary modules all of them, into one module of the module-linking proposal:
/// every member becomes a nested module, instantiated after what it imports from.
///
/// An import `"a" "b"` is an export `b` of a library that is named `a`: of the first one that has it, since
/// several may share a name. A library is never its own provider. What of WASI no library provides, the set
/// imports, once. A library's `_initialize` is called as soon as it is instantiated, so before anything that
/// imports from it. The root's exports are the set's.
///
/// - Parameters:
///   - root: the program, in the binary format.
///   - libraries: in the order in which they are instantiated as far as their imports allow.
/// - Throws: ``LinkError`` for the first member with something wrong. Nothing is validated beyond what linking needs.
public func link(
  root: [UInt8], libraries: [(name: String, bytes: [UInt8])]
) throws(LinkError) -> [UInt8] {
  var members: [Member] = []
  for (index, library) in libraries.enumerated() {
    members.append(try Member(name: library.name, bytes: library.bytes, index: index))
  }
  members.append(try Member(name: nil, bytes: root, index: libraries.count))
  let resolution = try Resolution(members)
  let order = try instantiationOrder(members, resolution)
  var encoder = LinkedSetEncoder(members, resolution)
  for index in order { encoder.instantiate(index) }
  let bytes = encoder.finish()
  guard bytes.count <= ImplementationLimits.moduleSize else {
    throw LinkError(.tooLarge(bytes.count), member: libraries.count)
  }
  return bytes
}

/// Names of instances that the host provides.
let hostNamespaces: [[UInt8]] = ["wasi_snapshot_preview1", "wasi_unstable"].map { Array($0.utf8) }
