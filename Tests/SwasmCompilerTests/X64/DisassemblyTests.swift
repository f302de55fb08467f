import Foundation
import Testing

@testable import SwasmCompiler

/// What objdump reads in the encoder's bytes is what the printer prints.
struct DisassemblyTests {
  static let objdump = "/usr/bin/objdump"
  static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: objdump) }

  @Test(.enabled(if: isInstalled, "NOT TESTED: objdump is not installed"))
  func everyRowDisassemblesToItsText() throws {
    let rows = EncoderRows.all
    #expect(rows.count > 10_000)
    var encoder = Encoder()
    var starts: [Int] = []
    for row in rows {
      starts.append(encoder.buffer.count)
      encoder.encode(row, frame: EncoderRows.frame)
    }
    let bytes = Data(encoder.buffer.bytes[..<encoder.buffer.count])
    let found = try DisassemblyTests.disassemble(bytes)
    let printer = Printer(frame: EncoderRows.frame)
    var failures = 0
    for (row, start) in zip(rows, starts) {
      let expected = DisassemblyTests.expected(row, printer)
      let text = found[start] ?? "nothing begins here"
      if text == expected { continue }
      failures += 1
      if failures <= 40 {
        let code = EncoderRows.encode(row).map { String(format: "%02x", $0) }.joined()
        Issue.record("\(row.op) \(row.form) \(row.width): \(expected) ≠ \(text) (\(code))")
      }
    }
    #expect(failures == 0)
  }

  /// Text by offset.
  static func disassemble(_ bytes: Data) throws -> [Int: String] {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("swasm-encoder-\(UUID().uuidString).bin")
    try bytes.write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: objdump)
    process.arguments = [
      "-D", "-b", "binary", "-m", "i386:x86-64", "-M", "intel", "--insn-width=16", file.path,
    ]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    var lines: [Int: String] = [:]
    for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
      let fields = line.split(separator: "\t")
      guard fields.count >= 3, let offset = Int(address(fields[0]), radix: 16) else { continue }
      lines[offset] = normalize(String(fields[2]))
    }
    return lines
  }

  private static func address(_ field: Substring) -> String {
    field.trimmingCharacters(in: .whitespaces).replacingOccurrences(of: ":", with: "")
  }

  /// One space after the mnemonic, none after commas, no comment; unresolved distances are zero. Works on bytes,
  /// for there are many.
  static func normalize(_ text: String) -> String {
    var result: [UInt8] = []
    var pendingSpace = false
    for byte in text.utf8 {
      if byte == UInt8(ascii: "#") { break }
      if byte == UInt8(ascii: " ") {
        pendingSpace = !result.isEmpty && result.last != UInt8(ascii: ",")
        continue
      }
      if pendingSpace { result.append(UInt8(ascii: " ")) }
      pendingSpace = false
      result.append(byte)
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Operands that the linker resolves, as they are before that.
  private static func expected(_ row: MachineInstruction, _ printer: Printer) -> String {
    let text = normalize(printer.text(row))
    switch row.base {
    case .dataBlock, .constantPool, .jumpTable:
      guard let open = text.firstIndex(of: "["), let close = text.firstIndex(of: "]") else {
        return text
      }
      return text.replacingCharacters(in: open...close, with: "[rip+0x0]")
    default: return text
    }
  }
}
