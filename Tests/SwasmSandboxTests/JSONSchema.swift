import Foundation

/// As much of JSON Schema as `docs/result.schema.json` uses; a keyword that is not known is a fault of the schema.
struct JSONSchema {
  private let root: [String: Any]

  init(_ text: String) throws {
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
    root = object as? [String: Any] ?? [:]
  }

  /// What is wrong with a value, each with its place; empty when it is valid.
  func faults(_ value: Any) -> [String] { faults(value, root, "$") }

  private func faults(_ value: Any, _ schema: [String: Any], _ place: String) -> [String] {
    schema.keys.sorted().flatMap { keyword in
      check(value, keyword, schema[keyword]!, schema, place)
    }
  }

  private func check(
    _ value: Any, _ keyword: String, _ rule: Any, _ schema: [String: Any], _ place: String
  ) -> [String] {
    let object = value as? [String: Any]
    func fault(_ isFault: Bool) -> [String] { isFault ? ["\(place): \(keyword) \(rule)"] : [] }
    switch keyword {
    case "$schema", "$defs", "title", "description", "then": return []
    case "$ref":
      let name = (rule as? String ?? "").split(separator: "/").last.map(String.init) ?? ""
      let definitions = root["$defs"] as? [String: [String: Any]] ?? [:]
      return faults(value, definitions[name] ?? ["no such definition": name], place)
    case "type":
      let types = rule as? [String] ?? [rule as? String ?? ""]
      return fault(!types.contains { Self.isOf($0, value) })
    case "enum": return fault(!(rule as? [Any] ?? []).contains { Self.areEqual($0, value) })
    case "const": return fault(!Self.areEqual(rule, value))
    case "minimum": return fault(number(value).map { $0 < number(rule) ?? 0 } ?? false)
    case "maximum": return fault(number(value).map { $0 > number(rule) ?? 0 } ?? false)
    case "pattern":
      guard let text = value as? String, let pattern = rule as? String else { return [] }
      return fault(text.range(of: pattern, options: .regularExpression) == nil)
    case "required": return fault(!(rule as? [String] ?? []).allSatisfy { object?[$0] != nil })
    case "additionalProperties":
      let known = schema["properties"] as? [String: Any] ?? [:]
      return fault(object?.keys.contains { known[$0] == nil } ?? false)
    case "properties":
      return (rule as? [String: [String: Any]] ?? [:]).flatMap { name, schema in
        object?[name].map { faults($0, schema, "\(place).\(name)") } ?? []
      }
    case "items":
      return (value as? [Any] ?? []).enumerated().flatMap { index, item in
        faults(item, rule as? [String: Any] ?? [:], "\(place)[\(index)]")
      }
    case "allOf":
      return (rule as? [[String: Any]] ?? []).flatMap { faults(value, $0, place) }
    case "if":
      let applies = faults(value, rule as? [String: Any] ?? [:], place).isEmpty
      return applies ? faults(value, schema["then"] as? [String: Any] ?? [:], place) : []
    default: return ["\(place): unknown keyword \(keyword)"]
    }
  }

  private func number(_ value: Any) -> Double? { (value as? NSNumber)?.doubleValue }

  private static func isOf(_ type: String, _ value: Any) -> Bool {
    switch type {
    case "object": value is [String: Any]
    case "array": value is [Any]
    case "string": value is String
    case "null": value is NSNull
    case "boolean": value is Bool
    case "integer": (value as? NSNumber).map { floor($0.doubleValue) == $0.doubleValue } ?? false
    default: false
    }
  }

  private static func areEqual(_ a: Any, _ b: Any) -> Bool { (a as? NSObject) == (b as? NSObject) }
}
