import Glibc
import SwasmLockdown
import SwasmRuntime
import SwasmWASI

/// The pages that a guest shares with its launcher: the trap record, the status page and, up to the first
/// guest instruction, a page with the protections that are on and room for one message about why there was no
/// guest instruction. Lockdown makes that last page read-only.
///
/// The launcher reads them when the guest is dead, and believes nothing in them.
enum SharedPages {
  static var recordOffset: Int { 0 }
  static var statusOffset: Int { RecordPage.size }
  /// A whole page: ``Protections``, then the message.
  static var reportOffset: Int { statusOffset + StatusPage.byteCount }
  static var messageOffset: Int { reportOffset + 8 }
  static var messageSize: Int { size - messageOffset }
  static var size: Int { reportOffset + 4096 }

  /// What stands on the message page: a byte of ``SetupError`` or ``noteKind``, a length, text.
  enum SetupError: UInt8 {
    /// The module asks for what there isn't.
    case moduleUnusable = 1
    case setupFailed = 2
    /// It asks for more memory than it is allowed.
    case memoryLimit = 4

    var status: ExitStatus { self == .setupFailed ? .setupFailed : .moduleUnusable }
  }

  /// Something to be said about a guest that did run.
  private static var noteKind: UInt8 { 3 }

  static func write(_ error: SetupError, _ text: String, to page: UnsafeMutableRawPointer) {
    write(error.rawValue, text, to: page)
  }

  static func writeNote(_ text: String, to page: UnsafeMutableRawPointer) {
    write(noteKind, text, to: page)
  }

  private static func write(_ kind: UInt8, _ text: String, to page: UnsafeMutableRawPointer) {
    let bytes = Array(text.utf8.prefix(messageSize - 4))
    (page + 4).copyMemory(from: bytes, byteCount: bytes.count)
    (page + 2).storeBytes(of: UInt16(bytes.count), as: UInt16.self)
    page.storeBytes(of: kind, as: UInt8.self)
  }

  /// What the guest was protected by, from before its first instruction; `base` is the first page's.
  static func protections(in base: UnsafeRawPointer) -> Protections {
    Protections(rawValue: (base + reportOffset).load(as: UInt32.self))
  }

  static func setupFailure(in page: UnsafeRawPointer) -> Failure? {
    SetupError(rawValue: page.load(as: UInt8.self)).map { error in
      Failure(error.status, text(in: page), limit: error == .memoryLimit ? .memory : nil)
    }
  }

  static func note(in page: UnsafeRawPointer) -> String? {
    page.load(as: UInt8.self) == noteKind ? text(in: page) : nil
  }

  private static func text(in page: UnsafeRawPointer) -> String {
    let count = min(Int((page + 2).load(as: UInt16.self)), messageSize - 4)
    return String(
      decoding: UnsafeRawBufferPointer(start: page + 4, count: count), as: UTF8.self)
  }
}
