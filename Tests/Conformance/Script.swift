import Foundation

/// A script of the suite in the form that wast2json writes.
struct Script: Decodable {
  var commands: [Command]
}

struct Command: Decodable {
  var type: String
  var line: Int
  var filename: String?
  var moduleType: String?
  var name: String?
  var text: String?
  /// Of `register`: the name under which it is imported from then on.
  var registeredName: String?
  var module: String?
  /// Of `module_instance`: what the instance is called.
  var instance: String?
  var action: Action?
  var expected: [Expected]?

  enum CodingKeys: String, CodingKey {
    case type, line, filename, name, text, action, expected, module, instance
    case moduleType = "module_type"
    case registeredName = "as"
  }
}

struct Action: Decodable {
  var type: String
  var module: String?
  var field: String
  var args: [Expected]?
}

/// A value, or a pattern for one. Numbers are decimal, floats as bit patterns.
struct Expected: Decodable {
  var type: String
  var value: String?
  var values: [Expected]?
  /// Of a vector: the lanes' type, and each lane.
  var laneType: String?
  var lanes: [String]?

  enum CodingKeys: String, CodingKey {
    case type, value, values
    case laneType = "lane_type"
  }

  /// A lane as a value of its own.
  init(lane: String, type: String) {
    self.type = type
    value = lane
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    type = try container.decode(String.self, forKey: .type)
    value = try? container.decode(String.self, forKey: .value)
    laneType = try container.decodeIfPresent(String.self, forKey: .laneType)
    lanes = laneType == nil ? nil : try container.decode([String].self, forKey: .value)
    values = type == "either" ? try container.decode([Expected].self, forKey: .values) : nil
  }
}
