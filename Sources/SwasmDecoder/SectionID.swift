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

  /// The place in the prescribed order, in which the data count comes before the code.
  var place: Int {
    switch self {
    case .custom: 0
    case .type: 1
    case .import: 2
    case .function: 3
    case .table: 4
    case .memory: 5
    case .global: 6
    case .export: 7
    case .start: 8
    case .element: 9
    case .dataCount: 10
    case .code: 11
    case .data: 12
    }
  }
}
