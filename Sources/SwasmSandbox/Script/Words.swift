extension String {
  /// The words of `part` are in it. Swift's own search brings regular expressions with it, 1.2 MB.
  func includes(_ part: String) -> Bool {
    var rest = utf8[...]
    repeat {
      if rest.starts(with: part.utf8) { return true }
    } while rest.popFirst() != nil
    return false
  }
}
