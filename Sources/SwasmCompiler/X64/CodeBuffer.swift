/// One function's code while it is being encoded: bytes, labels, and everything that refers to a place in the
/// bytes. `finish` (BranchRelaxation.swift) shortens the branches and appends the result to a text.
///
/// A worker keeps one buffer for all its functions; `reset` keeps the storage.
struct CodeBuffer: ~Copyable {
  /// A place in the bytes that survives relaxation: what lies before it is `position` bytes, and `branches`
  /// branches that may shrink.
  struct Place {
    var position: Int32
    var branches: Int32
  }

  /// A jump to a label, encoded at first with a 32-bit distance.
  struct Branch {
    var position: Int32
    var label: Int32
    /// Hardware number of the condition; `unconditional` for jmp.
    var condition: UInt8
    /// Bytes that it takes.
    var size: UInt8

    static var unconditional: UInt8 { 0xff }
    static var shortSize: UInt8 { 2 }
    var longSize: UInt8 { condition == Branch.unconditional ? 5 : 6 }
  }

  struct PendingRelocation {
    var place: Place
    var relocation: Relocation
  }

  struct PendingAddress {
    var place: Place
    var source: UInt32
  }

  struct PendingLanding {
    var place: Place
    var label: Int32
  }

  /// `count` bytes are code; the rest is room, always at least `slack` bytes, so that appending and copying work
  /// in whole words.
  var bytes = ContiguousArray<UInt8>(repeating: 0, count: 4096)
  private(set) var count = 0
  var labels: ContiguousArray<Place> = []
  var branches: ContiguousArray<Branch> = []
  var relocations: ContiguousArray<PendingRelocation> = []
  var addresses: ContiguousArray<PendingAddress> = []
  var landings: ContiguousArray<PendingLanding> = []
  var constants = ConstantPool()
  /// The labels of all jump tables, one table after the other.
  var tableLabels: ContiguousArray<Int32> = []
  /// By table: the end of its labels.
  var tableEnds: ContiguousArray<Int32> = []
  /// By branch and one more: bytes saved before it. Room for relaxation.
  var saved: ContiguousArray<Int32> = []

  static var slack: Int { 16 }
  private static var unbound: Place { Place(position: -1, branches: -1) }

  init() {}

  /// Empties the buffer for the next function.
  mutating func reset() {
    count = 0
    labels.removeAll(keepingCapacity: true)
    branches.removeAll(keepingCapacity: true)
    relocations.removeAll(keepingCapacity: true)
    addresses.removeAll(keepingCapacity: true)
    landings.removeAll(keepingCapacity: true)
    constants.reset()
    tableLabels.removeAll(keepingCapacity: true)
    tableEnds.removeAll(keepingCapacity: true)
  }

  /// The end of the code so far, before relaxation.
  var position: Int32 { Int32(truncatingIfNeeded: count) }

  /// Appends the low `size` (0–8) bytes of `bits`.
  @inline(__always)
  mutating func append(_ bits: UInt64, size: Int) {
    if count &+ CodeBuffer.slack > bytes.count { grow() }
    bytes.storeWord(bits, at: count)
    count &+= size
  }

  @inline(never)
  private mutating func grow() {
    bytes.append(contentsOf: repeatElement(0, count: bytes.count))
  }

  private var place: Place {
    Place(position: position, branches: Int32(truncatingIfNeeded: branches.count))
  }

  // MARK: Labels

  /// Makes the labels 0 ..< `count`, for example one per block.
  mutating func reserveLabels(_ count: Int) {
    while labels.count < count { labels.append(CodeBuffer.unbound) }
  }

  mutating func makeLabel() -> Int32 {
    labels.append(CodeBuffer.unbound)
    return Int32(truncatingIfNeeded: labels.count - 1)
  }

  /// Places a label here.
  mutating func bind(_ label: Int32) {
    assert(labels[Int(label)].position < 0, "label bound twice")
    labels[Int(label)] = place
  }

  /// Appends jmp, or jcc with the condition's number.
  mutating func branch(_ condition: UInt8, to label: Int32) {
    var site = Branch(position: position, label: label, condition: condition, size: 0)
    site.size = site.longSize
    branches.append(site)
    // Only its size counts: relaxation writes it.
    append(0, size: Int(site.size))
  }

  // MARK: References

  /// Notes that the four bytes which begin here hold the distance to `target`.
  mutating func relocate(_ kind: RelocationKind, _ target: Int32, trailing: UInt8) {
    relocations.append(
      PendingRelocation(
        place: place,
        relocation: Relocation(position: 0, target: target, kind: kind, trailing: trailing)))
  }

  /// Notes that the code which begins here came from the wasm instruction at byte `source` of the module.
  mutating func recordAddress(_ source: UInt32) {
    addresses.append(PendingAddress(place: place, source: source))
  }

  /// Notes that an exception out of the call that ends here goes on at the label.
  mutating func recordLanding(_ label: Int32) {
    landings.append(PendingLanding(place: place, label: label))
  }

  /// Number of a new jump table: 32-bit offsets of the labels from the table's own start.
  mutating func makeJumpTable(_ targets: ContiguousArray<Int32>) -> Int32 {
    tableLabels.append(contentsOf: targets)
    tableEnds.append(Int32(truncatingIfNeeded: tableLabels.count))
    return Int32(truncatingIfNeeded: tableEnds.count - 1)
  }
}
