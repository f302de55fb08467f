/// What a program changed in directories that are copied on write.
struct ChangeReport: Equatable {
  struct Change: Equatable {
    var kind: TreeChange.Kind
    /// As the directory was named, with a slash at the end of a directory's.
    var path: String
  }

  /// By their paths.
  var list: [Change] = []
  /// Is it in the directories now?
  var isApplied = false

  /// A line for each: its letter and its path, in which nothing is left that could make two lines of one.
  var text: String {
    list.map { "\($0.kind.letter) \(Printable.line($0.path))\n" }.joined()
  }

  /// What stands above the list.
  var heading: String {
    let count = Quantities.count(list.count, "change", "changes")
    let them = list.count == 1 ? "it" : "them"
    return isApplied
      ? "\(count) applied:"
      : "\(count), not applied; \(RunOption.commit.flag) would apply \(them):"
  }
}
