import CSwasm
import Glibc
import SwasmWASI

/// Where a path leads, step by step and through symbolic links: what of the directories a rule has to hold for the path to
/// lead there again. It opens nothing but what is beneath the directory that it starts from.
struct PathWalk {
  private let start: Int32
  private let resolution: BrokerResolution
  /// Components from the start to where the walk is.
  private var position: [ArraySlice<UInt8>] = []
  /// The highest place that the path goes back to: by `..` or through a link.
  private var turn: [ArraySlice<UInt8>]?
  /// The last component; empty where the path ends at a directory by itself, as `.` does.
  private(set) var name: [UInt8] = []
  /// Does the path end at a directory?
  private(set) var isDirectory = false

  private static let linkLimit = 40
  private static let here = [UInt8(ascii: ".")][...]
  private static let above = [UInt8](repeating: UInt8(ascii: "."), count: 2)[...]
  private static let slash = UInt8(ascii: "/")

  init(_ start: Int32, _ resolution: BrokerResolution) {
    self.start = start
    self.resolution = resolution
  }

  var hasTurned: Bool { turn != nil }
  /// The directory that holds all the path passes after it has turned, from the start on.
  var span: [UInt8] { Self.text(Self.common(turn ?? position, position)) }
  /// The path's end, without links.
  var whole: [UInt8] { name.isEmpty ? Self.text(position) : Self.text(position + [name[...]]) }

  /// - Returns: false for a path that leads out, or nowhere.
  mutating func follow(_ path: ArraySlice<UInt8>, followsLast: Bool) -> Bool {
    var pending = Array(path.split(separator: Self.slash).reversed())
    var links = 0
    while let component = pending.popLast() {
      if component == Self.here { continue }
      if component == Self.above {
        guard position.popLast() != nil else { return false }
        turn = Self.common(turn ?? position, position)
        continue
      }
      let isLast = pending.isEmpty
      if !isLast || followsLast, let text = link(component) {
        links += 1
        guard links <= Self.linkLimit, text.first != Self.slash else { return false }
        turn = Self.common(turn ?? position, position)
        pending += text.split(separator: Self.slash).reversed()
      } else if isLast {
        name = Array(component)
      } else {
        position.append(component)
      }
    }
    isDirectory = name.isEmpty || mode(name) == S_IFDIR
    return true
  }

  /// The text of a symbolic link; nil for anything else.
  private func link(_ component: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let place = place(Array(component)) else { return nil }
    return try? place.linkText()
  }

  /// What a name at the walk's position stands for.
  private func mode(_ name: [UInt8]) -> UInt32? { place(name)?.mode() }

  private func place(_ name: [UInt8]) -> Broker.Place? {
    guard let directory = open() else { return nil }
    let number = directory.number
    return Broker.Place(
      opened: directory, directory: number, name: name + [0], hasSlash: false, isReadOnly: false,
      root: 0)
  }

  private func open() -> OwnedDescriptor? {
    let path = position.isEmpty ? Array(Self.here) : Self.text(position)
    return try? resolution.open(start, path + [0], flags: pathOnly | O_DIRECTORY)
  }

  private static func text(_ components: [ArraySlice<UInt8>]) -> [UInt8] {
    Array(components.joined(separator: [slash]))
  }

  private static func common(_ a: [ArraySlice<UInt8>], _ b: [ArraySlice<UInt8>])
    -> [ArraySlice<UInt8>]
  {
    Array(zip(a, b).prefix { $0 == $1 }.map(\.0))
  }

  /// The deepest directory that holds both.
  static func common(_ a: [UInt8], _ b: [UInt8]) -> [UInt8] {
    text(common(a.split(separator: slash), b.split(separator: slash)))
  }

  /// One path beneath another; either may be empty.
  static func joined(_ a: [UInt8], _ b: [UInt8]) -> [UInt8] {
    a.isEmpty ? b : b.isEmpty ? a : a + [slash] + b
  }
}
