/// The sections of a binary module.
enum SectionID: UInt8 {
  case custom = 0
  case type = 1
  case `import` = 2
  case function = 3
  case table = 4
  case memory = 5
  case global = 6
  case export = 7
  case start = 8
  case element = 9
  case code = 10
  case data = 11
  case dataCount = 12
  case tag = 13
  case module = 14
  case instance = 15
  case alias = 16

  /// Linking lets these come in any order and any number, before all others.
  var isRepeatable: Bool { place <= SectionID.alias.place && self != .custom }

  /// The place in the prescribed order, in which the data count comes before the code.
  var place: Int {
    switch self {
    case .custom: 0
    case .type: 1
    case .import: 2
    case .module: 3
    case .instance: 4
    case .alias: 5
    case .function: 6
    case .table: 7
    case .memory: 8
    case .tag: 9
    case .global: 10
    case .export: 11
    case .start: 12
    case .element: 13
    case .dataCount: 14
    case .code: 15
    case .data: 16
    }
  }
}
