/// "Did you mean": the known word that is nearest to one that is not known.
public enum Suggestion {
  /// nil when nothing is near enough to be meant: a third of the letters may be wrong, or the end be missing.
  public static func nearest(to word: String, among known: [String]) -> String? {
    let letters = Self.letters(word)
    let ranked = known.map { (word: $0, distance: distance(letters, Self.letters($0))) }
    if let best = ranked.min(by: { $0.distance < $1.distance }),
      best.distance <= max(1, Self.letters(best.word).count / 3)
    {
      return best.word
    }
    let longer = known.filter { Self.letters($0).starts(with: letters) }
    return letters.count >= 3 && longer.count == 1 ? longer[0] : nil
  }

  /// The dashes of an option are no sign of what is meant.
  private static func letters(_ word: String) -> [UInt8] { Array(word.utf8.drop { $0 == 0x2d }) }

  /// Letters to be inserted, left out, exchanged, or swapped with their neighbour.
  private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var best = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          best = min(best, beforeLast[j - 1] + 1)
        }
        row.append(best)
      }
      beforeLast = last
      last = row
    }
    return last[b.count]
  }
}
