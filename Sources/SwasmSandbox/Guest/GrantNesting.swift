import CSwasm
import Glibc
import SwasmModule
import SwasmWASI

/// How granted directories and places that are denied lie in one another. Found by what they are, not by what they are
/// called: each is followed up to the root, and met by its device and inode.
struct GrantNesting {
  /// A rule of the command line's: an open file or directory, and its absolute path without links.
  struct Rule {
    var descriptor: Int32
    var path: [UInt8]
    var access: DirectoryAccess
  }

  /// A place with a rule of its own in a directory with another.
  struct Inner: Equatable {
    /// From the directory that it lies in.
    var path: [UInt8]
    var identity: FileIdentity
    /// The number of its rule.
    var rule: Int
  }

  /// For each rule the places in it that have one of their own, less what lies in such a place.
  private(set) var inner: [[Inner]] = []
  /// Places with rules of their own, and the directories between them and those that they lie in.
  private(set) var pinned: [FileIdentity] = []
  private let identities: [FileIdentity]
  private let rules: [Rule]

  /// - Throws: when two rules contradict each other, or a directory can't be followed.
  init(_ rules: [Rule]) throws(Failure) {
    self.rules = rules
    var identities: [FileIdentity] = []
    var above: [[FileIdentity]] = []
    for rule in rules {
      guard let identity = FileIdentity(of: rule.descriptor),
        let chain = rules.count < 2 ? [] : Self.above(rule, identity)
      else { throw .system("cannot look at \"\(ByteText.string(rule.path))\" for --dir", errno) }
      identities.append(identity)
      above.append(chain)
    }
    self.identities = identities
    try refuseContradictions()
    for outer in rules.indices {
      inner.append(places(in: outer, above))
      for place in inner[outer] {
        let steps = above[place.rule].firstIndex(of: identities[outer]) ?? 0
        pinned += above[place.rule].prefix(steps) + [place.identity]
      }
    }
  }

  private func refuseContradictions() throws(Failure) {
    for (denied, rule) in rules.enumerated() where rule.access == .none {
      for (other, grant) in rules.enumerated()
      where grant.access != .none && identities[other] == identities[denied] {
        throw .usage("--dir: \"\(ByteText.string(rule.path))\" is granted and denied")
      }
    }
    // What is written by one of the two would show in the other, or not, as it comes.
    for (copied, rule) in rules.enumerated() where rule.access == .copyOnWrite {
      for (other, grant) in rules.enumerated()
      where other != copied && grant.access.allowsChanges && identities[other] == identities[copied]
      {
        throw .usage(
          "--dir: \"\(ByteText.string(rule.path))\" is granted twice for writing, and once only as a copy"
        )
      }
    }
  }

  /// What a file lies in, up to the root.
  private static func above(_ rule: Rule, _ identity: FileIdentity) -> [FileIdentity]? {
    let flags = pathOnly | O_DIRECTORY | O_CLOEXEC
    var status = stat()
    guard fstat(rule.descriptor, &status) == 0 else { return nil }
    let isDirectory = status.st_mode & S_IFMT == S_IFDIR
    var current =
      isDirectory
      ? openat(rule.descriptor, "..", flags) : open(parent(of: rule.path), flags)
    var chain: [FileIdentity] = []
    var last = identity
    // Above the root is the root.
    while current >= 0, let found = FileIdentity(of: current), found != last {
      chain.append(found)
      last = found
      let next = openat(current, "..", flags)
      close(current)
      current = next
    }
    guard current >= 0 else { return nil }
    close(current)
    return chain
  }

  private static func parent(of path: [UInt8]) -> [CChar] {
    let end = path.lastIndex(of: UInt8(ascii: "/")) ?? 0
    return path[..<max(end, 1)].map { CChar(bitPattern: $0) } + [0]
  }

  private func places(in outer: Int, _ above: [[FileIdentity]]) -> [Inner] {
    var places: [Inner] = []
    // The nearest first: what lies in another place of these is that one's to know.
    let beneath = rules.indices.compactMap { rule in
      above[rule].firstIndex(of: identities[outer]).map { (rule: rule, steps: $0) }
    }.sorted { $0.steps < $1.steps }
    for (rule, steps) in beneath where isStrictest(rule) {
      let between = above[rule].prefix(steps)
      // A copy in a copy has its own changes.
      if rules[rule].access == rules[outer].access && rules[rule].access != .copyOnWrite
        || places.contains(where: { between.contains($0.identity) })
      {
        continue
      }
      let components = rules[rule].path.split(separator: UInt8(ascii: "/")).suffix(steps + 1)
      places.append(
        Inner(
          path: Array(components.joined(separator: [UInt8(ascii: "/")])),
          identity: identities[rule], rule: rule))
    }
    return places
  }

  /// Of several rules for the same directory, is it the one that holds in those around it?
  private func isStrictest(_ rule: Int) -> Bool {
    !rules.indices.contains {
      identities[$0] == identities[rule]
        && ($0 < rule
          ? rules[$0].access <= rules[rule].access : rules[$0].access < rules[rule].access)
    }
  }
}
