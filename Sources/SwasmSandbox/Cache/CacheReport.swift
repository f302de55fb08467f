/// What the `cache` commands print.
public enum CacheReport {
  private static func cache() throws(Failure) -> ArtifactCache {
    do throws(CacheFolder.Refusal) {
      return try ArtifactCache.open(creates: false)
    } catch {
      throw Failure(.setupFailed, "there is no cache: \(error.reason)")
    }
  }

  /// `cache list`
  public static func list() throws(Failure) -> String {
    let cache = try cache()
    let entries = cache.entries(verifies: false)
    let lines = entries.map { entry in
      "\(entry.key.name.prefix(16))  \(Columns.pad(Quantities.text(bytes: entry.size), 12))\(Printable.line(entry.label))\n"
    }
    return lines.joined() + total(entries, cache.path)
  }

  private static func total(_ entries: [ArtifactCache.Shown], _ path: String) -> String {
    let bytes = entries.reduce(0) { $0 + $1.size }
    return "\(Quantities.count(entries.count, "artifact", "artifacts")), "
      + "\(bytes == 0 ? "0B" : Quantities.text(bytes: bytes)) in \(path)\n"
  }

  /// `cache clean`
  public static func clean() throws(Failure) -> String {
    let cache = try cache()
    let (files, bytes) = cache.clean()
    return "removed \(Quantities.count(files, "file", "files")), "
      + "\(bytes == 0 ? "0B" : Quantities.text(bytes: bytes))\n"
  }

  /// `cache verify`: damaged entries are named and removed.
  ///
  /// - Returns: what to print, and whether all were intact.
  public static func verify() throws(Failure) -> (text: String, isIntact: Bool) {
    let cache = try cache()
    let entries = cache.entries(verifies: true)
    var text = ""
    for entry in entries where !entry.isIntact {
      let isRemoved = cache.remove(entry.key)
      text += "\(entry.key.name): damaged\(isRemoved ? ", removed" : "")\n"
    }
    let intact = entries.filter(\.isIntact)
    return (text + total(intact, cache.path), intact.count == entries.count)
  }
}
