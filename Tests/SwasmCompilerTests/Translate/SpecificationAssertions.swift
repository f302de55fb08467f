import Foundation

/// The assertions of the official test suite (in the JSON form of wast2json) that concern results and traps.
enum SpecificationAssertions {
  struct Script: Decodable {
    var commands: [Command]
  }

  struct Command: Decodable {
    var type: String
    var line: Int
    var filename: String?
    var moduleType: String?
    var action: Action?
    var expected: [Constant]?
    var text: String?

    enum CodingKeys: String, CodingKey {
      case type, line, filename, action, expected, text
      case moduleType = "module_type"
    }
  }

  struct Action: Decodable {
    var type: String
    var module: String?
    var field: String
    var args: [Constant]?
  }

  struct Constant: Decodable {
    var type: String
    var bits: UInt64?
    var isNaN = false
    var isUnsupported = false

    enum CodingKeys: CodingKey {
      case type, value
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      type = try container.decode(String.self, forKey: .type)
      guard ["i32", "i64", "f32", "f64", "funcref", "externref"].contains(type),
        let text = try? container.decode(String.self, forKey: .value)
      else {
        isUnsupported = true
        return
      }
      if text.hasPrefix("nan:") {
        isNaN = true
      } else if text == "null" {
        bits = 0
      } else if let number = UInt64(text) {
        // References are numbers + 1, see IRInterpreter.
        bits = type.hasSuffix("ref") ? number + 1 : number
      } else {
        bits = Int64(text).map { UInt64(bitPattern: $0) }
      }
      if type == "i32" || type == "f32" { bits = bits.map { $0 & 0xffff_ffff } }
    }

    func matches(_ result: UInt64) -> Bool {
      if isNaN {
        return type == "f32"
          ? Float(bitPattern: UInt32(truncatingIfNeeded: result)).isNaN
          : Double(bitPattern: result).isNaN
      }
      guard let bits else { return type.hasSuffix("ref") ? result != 0 : false }
      return bits == result
    }
  }

  /// The folder of the scripts.
  static let folder: URL? = {
    let given = ProcessInfo.processInfo.environment["SWASM_CONFORMANCE"]
    guard let given else { return nil }
    for path in [given, given + "/spec-json"]
    where FileManager.default.fileExists(atPath: path + "/i32.json") {
      return URL(filePath: path)
    }
    return nil
  }()
}
