import Glibc
import SwasmRuntime

/// Compiled artifacts of earlier runs. Whatever is wrong with it, a run goes on without: nothing here is an error.
struct ArtifactCache: ~Copyable {
  private let folder: CacheFolder
  private let secret: [UInt8]

  /// Beyond it the entries that were used the longest ago make room.
  static let sizeLimit: UInt64 = 2 << 30
  /// Seconds after which a temporary file is somebody's who has died.
  private static let temporaryAge = 3600

  /// The user's cache.
  ///
  /// - Parameter creates: makes it when there is none.
  static func open(creates: Bool = true) throws(CacheFolder.Refusal) -> ArtifactCache {
    let secret = try CacheSecret.load(creates: creates)
    let folder = try CacheFolder(try CacheFolder.standardPath(), creates: creates)
    return ArtifactCache(folder: folder, secret: secret)
  }

  private init(folder: consuming CacheFolder, secret: [UInt8]) {
    self.folder = folder
    self.secret = secret
  }

  /// The artifact of that key, sealed; nil when there is none that can be trusted.
  func load(_ key: CacheKey) -> MemoryFile? {
    let file = folder.openFile(key.name)
    guard file >= 0 else { return nil }
    defer { close(file) }
    guard let artifact = CacheEntry.read(file, key: key, secret: secret) else { return nil }
    // For those who clean up: it was used.
    futimens(file, nil)
    return artifact
  }

  /// Keeps an artifact that is fit for use; replaces what was there.
  ///
  /// - Parameter size: bytes of it, at the start of `artifact`.
  func store(_ artifact: borrowing MemoryFile, size: Int, key: CacheKey, label: String) {
    // Header, offsets and indices, as everywhere that an artifact is loaded.
    guard (try? GuestReport.load(artifact, program: label)) != nil,
      let mapping = Mapping(artifact.descriptor, size: size, isWritable: false)
    else { return }
    let bytes = UnsafeRawBufferPointer(mapping.bytes)
    let secret = secret
    let isStored = folder.writeFile(key.name, replaces: true) { file in
      CacheEntry.write(bytes, label: label, key: key, secret: secret, to: file)
    }
    if isStored { makeRoom(keeping: key.name) }
  }

  private func makeRoom(keeping name: String) {
    let now = time(nil)
    var entries: [CacheFolder.Listed] = []
    for file in folder.files() {
      if CacheKey(name: file.name[...]) != nil {
        entries.append(file)
      } else if file.name.hasPrefix(CacheFolder.temporaryPrefix),
        file.time < now - Self.temporaryAge
      {
        _ = folder.remove(file.name)
      }
    }
    var total = entries.reduce(0) { $0 + $1.size }
    for entry in entries.sorted(by: { $0.time < $1.time }) where total > Self.sizeLimit {
      if entry.name != name, folder.remove(entry.name) { total -= entry.size }
    }
  }

  // MARK: For people

  /// An entry as lists show it.
  struct Shown {
    var key: CacheKey
    var size: UInt64
    var label: String
    /// It has the right code.
    var isIntact: Bool
  }

  /// All entries, those used last first. Looks at every byte only when `verifies`.
  func entries(verifies: Bool) -> [Shown] {
    folder.files().sorted { $0.time > $1.time }.compactMap { listed in
      guard let key = CacheKey(name: listed.name[...]) else { return nil }
      let file = folder.openFile(listed.name)
      defer { if file >= 0 { close(file) } }
      guard file >= 0, let header = CacheEntry.header(of: file) else {
        return Shown(key: key, size: listed.size, label: "?", isIntact: false)
      }
      var isIntact = true
      if verifies {
        lseek(file, 0, SEEK_SET)
        isIntact = CacheEntry.read(file, key: key, secret: secret) != nil
      }
      return Shown(key: key, size: listed.size, label: header.name, isIntact: isIntact)
    }
  }

  /// Removes an entry.
  func remove(_ key: CacheKey) -> Bool { folder.remove(key.name) }

  /// Removes everything that this program has put there.
  ///
  /// - Returns: how many files, and their bytes.
  func clean() -> (files: Int, bytes: UInt64) {
    folder.files().reduce(into: (0, 0)) { sum, file in
      let isOurs =
        CacheKey(name: file.name[...]) != nil
        || file.name.hasPrefix(CacheFolder.temporaryPrefix)
      guard isOurs, folder.remove(file.name) else { return }
      sum.0 += 1
      sum.1 += file.size
    }
  }

  var path: String { folder.path }
}
