import Glibc
import SwasmWASI
import Testing

@testable import SwasmSandbox

/// What a broker keeps of the paths that it opens.
@Suite struct PathTableTests {
  private func use(_ directory: String, isWrite: Bool = false, root: Int = 0, name: String = "f")
    -> PathTable.Entry
  {
    PathTable.Entry(
      root: root, directory: Array(directory.utf8), isWrite: isWrite, operation: .open,
      name: Array(name.utf8))
  }

  private func shown(_ table: PathTable) -> [String] {
    table.entries.map {
      "\($0.root) \(String(decoding: $0.directory, as: UTF8.self)) \($0.isWrite)"
    }
    .sorted()
  }

  @Test func keepsWhatSaysMore() {
    var table = PathTable()
    for entry in [
      use("a"), use("a"), use("a", isWrite: true), use("a"), use("a/b", isWrite: true),
      use("a/c"), use("b", root: 1), use("b/c/d", root: 1), use("b", root: 2),
    ] { _ = table.add(entry) }
    #expect(shown(table) == ["0 a true", "0 a/b true", "0 a/c false", "1 b false", "2 b false"])
  }

  /// 200,000 directories are no more than the table has room for, and nothing of them is lost.
  @Test func isBounded() {
    var table = PathTable()
    for number in 0..<200_000 {
      _ = table.add(use("top/\(number % 1000)/\(number)", isWrite: number % 3 == 0))
    }
    #expect(table.entries.count <= PathTable.capacity)
    #expect(table.totals.wasFull)
    #expect(shown(table).contains("0 top true"))
  }

  @Test func rootsAlone() {
    var table = PathTable()
    for number in 0..<20_000 {
      _ = table.add(use("\(number)", root: number % 700))
    }
    #expect(table.entries.count <= PathTable.capacity)
  }

  @Test func cutsWhatIsLong() {
    var table = PathTable()
    let long = Array(repeating: "0123456789", count: 500).joined(separator: "/")
    _ = table.add(use(long, name: String(repeating: "n", count: 4000)))
    #expect(table.entries[0].directory.count <= PathTable.directoryLimit)
    #expect(long.utf8.starts(with: table.entries[0].directory))
    #expect(table.entries[0].directory.last != UInt8(ascii: "/"))
    #expect(table.entries[0].name.count == PathTable.nameLimit)
  }

  private func withPages(_ body: (UnsafeMutableRawBufferPointer) -> Void) {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: RecordPages.size, alignment: 8)
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
    body(bytes)
    bytes.deallocate()
  }

  @Test func pagesTellAll() {
    withPages { bytes in
      var table = PathTable()
      let pages = RecordPages(bytes)
      for number in 0..<2000 {
        let changed = table.add(use("d/\(number)", root: number % 3))
        pages.write(table, changed: changed)
        #expect(RecordPages.read(.init(bytes), roots: 3).entries == table.entries)
      }
      #expect(RecordPages.read(.init(bytes), roots: 3).totals == table.totals)
      #expect(RecordPages.read(.init(bytes), roots: 2).entries.allSatisfy { $0.root < 2 })
    }
  }

  /// A broker that was taken over can write anything.
  @Test func believesNothing() {
    withPages { bytes in
      var table = PathTable()
      for path in ["../x", "a/../../x", "/etc", "a//b", ".", "a/./b", "a\0b"] {
        _ = table.add(use(path))
      }
      RecordPages(bytes).write(table, changed: nil)
      #expect(RecordPages.read(.init(bytes), roots: 1).entries.isEmpty)
      var generator = SystemRandomNumberGenerator()
      for _ in 0..<200 {
        for index in stride(from: 0, to: bytes.count, by: 8) {
          bytes.storeBytes(of: generator.next(), toByteOffset: index, as: UInt64.self)
        }
        let read = RecordPages.read(.init(bytes), roots: 4)
        #expect(read.entries.allSatisfy { $0.root < 4 })
      }
    }
  }

  struct Walk: CustomTestStringConvertible, Sendable {
    var path: String
    var follows = true
    /// nil: leads nowhere.
    var span: String?
    var whole = ""
    var isDirectory = false
    var testDescription: String { "\(path) \(follows)" }
  }

  @Test(arguments: [
    Walk(path: "a/f", span: "a", whole: "a/f"),
    Walk(path: "a/./f", span: "a", whole: "a/f"),
    Walk(path: "a", span: "", whole: "a", isDirectory: true),
    Walk(path: ".", span: "", whole: "", isDirectory: true),
    Walk(path: "a/b/..", span: "a", whole: "a", isDirectory: true),
    Walk(path: "a/b/../f", span: "a", whole: "a/f"),
    Walk(path: "a/../c/g", span: "", whole: "c/g"),
    Walk(path: "a/up/g", span: "", whole: "c/g"),
    Walk(path: "a/to-f", span: "a", whole: "a/f"),
    Walk(path: "a/to-f", follows: false, span: "a", whole: "a/to-f"),
    Walk(path: "a/new", span: "a", whole: "a/new"),
    Walk(path: "..", span: nil), Walk(path: "a/../../x", span: nil),
    Walk(path: "a/round/x", span: nil), Walk(path: "a/away/x", span: nil),
  ]) func walks(_ row: Walk) throws {
    let scratch = try Scratch()
    for folder in ["a", "a/b", "c"] { mkdir(scratch.path + "/" + folder, 0o755) }
    _ = try scratch.file("a/f", "")
    _ = try scratch.file("c/g", "")
    for (link, target) in [
      ("a/up", "../c"), ("a/to-f", "f"), ("a/round", "round"), ("a/away", "/etc"),
    ] { symlink(target, scratch.path + "/" + link) }
    let directory = open(scratch.path, O_RDONLY | O_DIRECTORY)
    defer { close(directory) }
    var walk = PathWalk(directory, BrokerResolution(crossesMounts: false))
    let arrives = walk.follow(Array(row.path.utf8)[...], followsLast: row.follows)
    #expect(arrives == (row.span != nil))
    guard arrives else { return }
    #expect(String(decoding: walk.span, as: UTF8.self) == row.span)
    #expect(String(decoding: walk.whole, as: UTF8.self) == row.whole)
    #expect(walk.isDirectory == row.isDirectory)
  }
}
