import SwasmWASI

/// How many names a guest may add to its directories: files, directories and links of both kinds. One that it
/// removes makes room for another, whoever made it, so that the directories never hold more than so many names
/// above what they started with.
struct BrokerQuota: Sendable {
  private let limit: UInt64?
  private(set) var used: UInt64 = 0

  /// - Parameter limit: nil: any number.
  init(limit: UInt64?) { self.limit = limit }

  var isLimited: Bool { limit != nil }

  /// There has to be room before a name is added.
  func check() throws(WASIErrno) {
    if let limit, used >= limit { throw .dquot }
  }

  mutating func added() { used &+= 1 }
  mutating func removed() { used = used > 0 ? used - 1 : 0 }
}
