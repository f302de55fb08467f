/// Words of features that are not implemented: whoever writes one has made no mistake, and is told so.
enum UnsupportedWords {
  /// The feature that a word belongs to, by the name that lists of features have for it.
  static func feature(of word: String) -> String? {
    if let feature = words[word] { return feature }
    return prefixes.first { word.hasPrefix($0) } == nil ? nil : "gc"
  }

  private static let prefixes = ["struct.", "array.", "i31.", "ref.test", "ref.cast", "br_on_cast"]

  private static let words: [String: String] = {
    var words: [String: String] = [:]
    let features = [
      "gc": """
      rec sub final struct array field anyref eqref i31ref structref arrayref nullref any eq i31 \
      none ref.eq ref.i31 any.convert_extern extern.convert_any
      """,
      "custom-descriptors": """
      exact descriptor describes ref.get_desc ref.cast_desc_eq br_on_cast_desc_eq \
      br_on_cast_desc_eq_fail struct.new_desc struct.new_default_desc
      """,
      "stack-switching": """
      cont contref nullcontref nocont cont.new cont.bind suspend resume resume_throw \
      resume_throw_ref switch
      """,
    ]
    for (feature, list) in features {
      for word in list.split(separator: " ") { words[String(word)] = feature }
    }
    return words
  }()
}
