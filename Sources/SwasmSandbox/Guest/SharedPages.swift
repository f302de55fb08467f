import Glibc
import SwasmRuntime
import SwasmWASI

/// The pages that a guest shares with its launcher: the trap record, the status page and, up to the first
/// guest instruction, room for one message about why there was none.
///
/// The launcher reads them when the guest is dead, and believes nothing in them.
enum SharedPages {
  static var recordOffset: Int { 0 }
  static var statusOffset: Int { RecordPage.size }
  static var messageOffset: Int { statusOffset + StatusPage.byteCount }
  static var messageSize: Int { 4096 }
  static var size: Int { messageOffset + messageSize }

  /// What a guest that never ran leaves: a byte of ``SetupError``, a length, text.
  enum SetupError: UInt8 {
    /// The module asks for what there isn't.
    case moduleUnusable = 1
    case setupFailed = 2

    var status: ExitStatus { self == .moduleUnusable ? .moduleUnusable : .setupFailed }
  }

  static func write(_ error: SetupError, _ text: String, to page: UnsafeMutableRawPointer) {
    let bytes = Array(text.utf8.prefix(messageSize - 4))
    (page + 4).copyMemory(from: bytes, byteCount: bytes.count)
    (page + 2).storeBytes(of: UInt16(bytes.count), as: UInt16.self)
    page.storeBytes(of: error.rawValue, as: UInt8.self)
  }

  static func setupFailure(in page: UnsafeRawPointer) -> Failure? {
    guard let error = SetupError(rawValue: page.load(as: UInt8.self)) else { return nil }
    let count = min(Int((page + 2).load(as: UInt16.self)), messageSize - 4)
    let text = String(
      decoding: UnsafeRawBufferPointer(start: page + 4, count: count), as: UTF8.self)
    return Failure(error.status, text)
  }
}
