import Foundation
import SeededRandom
import Testing

/// Modules made to exhaust the process that compiles them: each is compiled or refused, within 10 s of its time
/// and 1 GiB; none is an internal error. The limits of the compiler process stop those that are too much.
@Suite(.serialized) struct CompilerAttackTests {
  static func number(_ value: Int) -> [UInt8] {
    var (rest, bytes): (Int, [UInt8]) = (value, [])
    repeat {
      let low = UInt8(rest & 0x7f)
      rest >>= 7
      bytes.append(rest == 0 ? low : low | 0x80)
    } while rest != 0
    return bytes
  }

  private static func section(_ id: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    [id] + number(bytes.count) + bytes
  }
  private static func module(_ sections: [UInt8]...) -> [UInt8] {
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0] + sections.flatMap(\.self)
  }
  private static func times(_ count: Int, _ bytes: [UInt8]) -> [UInt8] {
    [[UInt8]](repeating: bytes, count: count).flatMap(\.self)
  }
  private static func each(_ count: Int, _ bytes: (Int) -> [UInt8]) -> [UInt8] {
    (0..<count).flatMap(bytes)
  }
  /// One function of no parameters, with so many locals of i32.
  private static func function(_ body: [UInt8], locals: Int = 1) -> [UInt8] {
    let code = [1] + number(locals) + [0x7f] + body + [0x0b]
    return module(
      section(1, [1, 0x60, 0, 0]), section(3, [1, 0]), section(10, [1] + number(code.count) + code))
  }

  private static func get(_ local: Int) -> [UInt8] { [0x20] + number(local) }
  private static func set(_ local: Int) -> [UInt8] { [0x21] + number(local) }
  private static let (block, loop, end): ([UInt8], [UInt8], [UInt8]) = (
    [0x02, 0x40], [0x03, 0x40], [0x0b]
  )
  /// `if` on a local that the compiler doesn't know.
  private static let ifUnknown: [UInt8] = get(0) + [0x04, 0x40]

  static let bombs: [(name: String, make: @Sendable () -> [UInt8])] = [
    ("blocks in blocks", { function(times(200_000, block) + times(200_000, end)) }),
    ("loops in loops", { function(times(99_000, loop) + times(99_000, end)) }),
    ("ifs in ifs", { function(times(99_000, ifUnknown) + times(99_000, end)) }),
    (
      "one huge br_table",
      { function(block + get(0) + [0x0e] + number(1_000_000) + times(1_000_001, [0]) + end) }
    ),
    (
      "wide br_tables out of many blocks",
      {
        let table = get(0) + [0x0e] + number(5000) + each(5000, number) + [0, 0]
        return function(times(5000, block) + times(20, ifUnknown + table + end) + times(5000, end))
      }
    ),
    (
      "50000 locals that are copied on",
      { function(each(49_999) { get($0) + set($0 + 1) }, locals: 50_000) }
    ),
    (
      "a loop for each of 50000 locals",
      {
        function(
          each(50_000) { loop + get($0) + [0x41, 1, 0x6a] + set($0) + get($0) + [0x0d, 0] + end },
          locals: 50_000)
      }
    ),
    (
      "locals changed in each of nested loops",
      {
        function(
          each(50_000) { loop + get($0) + [0x41, 1, 0x6a] + set($0) } + times(50_000, end),
          locals: 50_000)
      }
    ),
    (
      "500 locals rotated in 500 ifs",
      {
        let rotation = each(500) { get(($0 + 1) % 500) + set($0) }
        return function(times(500, ifUnknown + rotation + end), locals: 500)
      }
    ),
    (
      "200 locals rotated in 300 nested loops",
      {
        let rotation = each(200) { get(($0 + 1) % 200) + set($0) }
        return function(
          times(300, loop + rotation) + times(300, get(0) + [0x0d, 0] + end), locals: 200)
      }
    ),
    (
      "2000 values that live through everything",
      {
        let step: (Int) -> [UInt8] = {
          get($0 % 2000) + get($0 * 7 % 2000) + [0x6c] + set($0 * 13 % 2000)
        }
        return function(
          each(2000) { get(0) + [0x41] + number($0 & 63) + [0x6a] + set($0) } + each(100_000, step),
          locals: 2000)
      }
    ),
    (
      "a million functions",
      {
        module(
          section(1, [1, 0x60, 0, 0]), section(3, number(1_000_000) + times(1_000_000, [0])),
          section(10, number(1_000_000) + times(1_000_000, [2, 0, 0x0b])))
      }
    ),
    (
      "a million types", { module(section(1, number(1_000_000) + times(1_000_000, [0x60, 0, 0]))) }
    ),
    (
      "types of a thousand values",
      {
        let type = [0x60] + number(1000) + times(1000, [0x7f]) + number(1000) + times(1000, [0x7e])
        return module(section(1, number(1000) + times(1000, type)))
      }
    ),
    (
      "a hundred thousand exports",
      {
        let exports = each(100_000) {
          let name = Array(String($0).utf8)
          return number(name.count) + name + [0, 0]
        }
        return module(
          section(1, [1, 0x60, 0, 0]), section(3, [1, 0]), section(7, number(100_000) + exports),
          section(10, [1, 2, 0, 0x0b]))
      }
    ),
    (
      "calls and nothing else", { function(times(500_000, [0x10, 0])) }
    ),
    (
      "a stack of constants",
      { function(times(50_000, [0x41, 0]) + times(49_999, [0x6a]) + [0x1a]) }
    ),
    ("text of parentheses", { [UInt8](repeating: 0x28, count: 3_000_000) }),
    (
      "text of blocks",
      {
        Array(
          ("(module (func " + String(repeating: "(block ", count: 90_000)
            + String(repeating: ")", count: 90_002)).utf8)
      }
    ),
  ]

  @Test(arguments: bombs.indices) func bombIsCompiledOrRefused(_ index: Int) throws {
    let (name, make) = Self.bombs[index]
    let scratch = try Scratch()
    let file = try scratch.file("bomb.wasm", make())
    let result = try LauncherRun.run(["compile", file, "-o", scratch.path + "/out"])
    #expect(result.status == 0 || result.status == 126, "\(name): \(result.stderr)")
    // The compiler process ends by itself at 10 s of processor time (more for modules of megabytes).
    #expect(result.time < 60, "\(name)")
    print("bomb \(name): status \(result.status), \(result.time) s")
  }

  /// Programs with bytes changed: refused, run or trapped, never an internal error and never a call that the filter
  /// forbids. SWASM_MUTATIONS=N for more of them.
  @Test func mutatedModulesDoNoHarm() throws {
    let scratch = try Scratch()
    let seeds = try [Programs.hello, Programs.words, Programs.cat, Programs.traps("unreachable")]
      .map {
        program in
        let text = try scratch.file("seed.wat", program)
        let binary = scratch.path + "/seed.wasm"
        #expect(try LauncherRun.run(["wat", text, "-o", binary]).status == 0)
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: binary)))
      }
    let count = ProcessInfo.processInfo.environment["SWASM_MUTATIONS"].flatMap { Int($0) } ?? 120
    let seed = UInt64.random(in: .min ... .max)
    var generator = SeededGenerator(state: seed)
    for _ in 0..<count {
      var bytes = seeds.randomElement(using: &generator)!
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let at = Int.random(in: 8..<bytes.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes[at] = UInt8.random(in: .min ... .max, using: &generator)
        case 2: bytes.insert(UInt8.random(in: .min ... .max, using: &generator), at: at)
        default: bytes.remove(at: at)
        }
      }
      let file = try scratch.file("mutant.wasm", bytes)
      let result = try LauncherRun.run(["run", "--timeout", "5s", file])
      #expect(![125, 159].contains(result.status), "seed \(seed): \(result.stderr)")
      #expect(!result.stderr.contains("internal error"), "seed \(seed): \(result.stderr)")
    }
  }
}
