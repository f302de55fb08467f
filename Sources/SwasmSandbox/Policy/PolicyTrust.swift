import CSwasm
import Glibc
import SwasmModule

/// Who else could have written a policy's file: what it grants is granted to a program that nobody trusts.
enum PolicyTrust {
  /// Why a file that was found by a policy's name is not used; nil when only this user and root can have written it, and put
  /// it where it is.
  ///
  /// - Parameter folders: those that it is in.
  static func fault(of descriptor: Int32, in folders: [String]) -> String? {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return describe(errno: errno) }
    if let fault = fault(status) { return fault }
    for folder in folders {
      guard stat(ByteText.forC(folder), &status) == 0 else {
        return "\(folder): \(describe(errno: errno))"
      }
      if let fault = fault(status) { return "\(folder) \(fault)" }
    }
    return nil
  }

  /// Why a file that was named by its path is not used. Whoever names it has chosen its owner; what any user may write has
  /// no author.
  static func faultWhenNamed(_ descriptor: Int32) -> String? {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return describe(errno: errno) }
    // Pipes, as of `<(…)`, are the shell's.
    guard status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o002 != 0 else { return nil }
    return "can be written by every user; `chmod o-w` mends that"
  }

  /// Is a file neither this user's nor root's?
  static func isForeign(_ descriptor: Int32) -> Bool {
    var status = stat()
    return fstat(descriptor, &status) != 0 || isForeign(status)
  }

  private static func isForeign(_ status: stat) -> Bool {
    status.st_uid != 0 && status.st_uid != geteuid()
  }

  private static func fault(_ status: stat) -> String? {
    if isForeign(status) { return "belongs to another user" }
    if status.st_mode & 0o022 != 0 {
      return "can be written by other users; `chmod go-w` mends that"
    }
    return nil
  }
}
