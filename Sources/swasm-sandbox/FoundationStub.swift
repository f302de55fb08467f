// What swift-argument-parser takes from Foundation, as a module of the same name that the release binary is linked with:
// 5 KB in place of 4.9 MB. Its one use is `--experimental-dump-help`, which the debug build has. Not part of the
// target; the Makefile compiles it. When the library comes to need more, the link fails and names it.

import Glibc

public protocol LocalizedError: Error {
  var errorDescription: String? { get }
  var failureReason: String? { get }
  var recoverySuggestion: String? { get }
  var helpAnchor: String? { get }
}

open class JSONEncoder {
  public struct OutputFormatting {
    public static let prettyPrinted = OutputFormatting()
    public static let sortedKeys = OutputFormatting()
  }

  /// Never returns: nothing of what would be called next is here.
  public init() {
    print("this build can't print its help as JSON; the debug build can: swift run swasm-sandbox")
    exit(64)
  }
}

public struct Data {}

extension String {
  public struct Encoding {
    public static let utf8 = Encoding()
  }

  public init?(data: __shared Data, encoding: Encoding) { nil }
}
