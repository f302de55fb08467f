/// Modules that ask for much in little text, one for each thing that a module can ask for.
struct BudgetShape: CustomStringConvertible, Sendable {
  var description: String
  var program: String
  /// How a run under 64 MiB ends.
  var status: Int32

  private init(_ description: String, _ status: Int32, _ items: String, _ start: String = "") {
    self.description = description
    self.status = status
    program = "(module \(items) (func (export \"_start\") \(start)))"
  }

  private static func many(_ count: Int, _ text: (Int) -> String) -> String {
    (0..<count).map(text).joined(separator: " ")
  }

  private static func instances(_ count: Int, of module: String) -> String {
    "(module $m \(module)) " + many(count) { _ in "(instance (instantiate $m))" }
  }

  /// Grows a memory until it is refused, and writes to all of it.
  private static func growMemory(_ name: String, index: String = "i32") -> String {
    """
    (block $done (loop $more
      (br_if $done (\(index).eq (memory.grow \(name) (\(index).const 16)) (\(index).const -1)))
      (memory.fill \(name)
        (\(index).sub (\(index).shl (memory.size \(name)) (\(index).const 16)) (\(index).const 1048576))
        (i32.const 1) (\(index).const 1048576))
      (br $more)))
    """
  }

  private static func growTable(_ name: String, by count: Int) -> String {
    """
    (loop $more (br_if $more
      (i32.ne (table.grow \(name) (ref.func $f) (i32.const \(count))) (i32.const -1))))
    """
  }

  private static let function = "(func $f) (elem declare func $f)"

  static let all = [
    BudgetShape("a memory too large", 126, "(memory 1025)"),
    BudgetShape("memories too large together", 126, many(100) { _ in "(memory 20)" }),
    BudgetShape("memories of a byte", 0, many(100) { _ in "(memory 1 1 (pagesize 1))" }),
    BudgetShape("a memory that grows", 0, "(memory $m 1)", growMemory("$m")),
    BudgetShape(
      "memories that grow", 0, many(20) { "(memory $m\($0) 1)" },
      many(20) { growMemory("$m\($0)") }),
    BudgetShape(
      "a memory of 64 bits that grows", 0, "(memory $m i64 1)", growMemory("$m", index: "i64")),
    BudgetShape(
      "tables that are not null", 126,
      function + many(8) { _ in "(table 10000000 funcref (ref.func $f))" }),
    BudgetShape(
      "a table that grows", 0, function + "(table $t 1 funcref)", growTable("$t", by: 10_000)),
    BudgetShape(
      "tables that grow", 0, function + many(200) { "(table $t\($0) 1 funcref)" },
      many(200) { growTable("$t\($0)", by: 1000) }),
    BudgetShape("many tables", 125, many(3000) { _ in "(table 0 externref)" }),
    BudgetShape(
      "element lists of instances", 0,
      instances(1000, of: "(func $f) (elem func \(many(20_000) { _ in "$f" }))")),
    BudgetShape(
      "element expressions of instances", 126,
      instances(
        1000, of: "(elem externref \(many(20_000) { _ in "(item (ref.null extern))" }))")),
    BudgetShape("memories of instances", 126, instances(5000, of: "(memory 1)")),
    BudgetShape("tables of instances", 125, instances(3000, of: "(table 1 funcref)")),
    BudgetShape(
      "functions of instances", 126, instances(9000, of: many(1000) { _ in "(func)" })),
    BudgetShape(
      "globals of instances", 126,
      instances(9000, of: many(500) { _ in "(global i32 (i32.const 1))" })
    ),
    BudgetShape(
      "modules of instances", 126, instances(5000, of: many(500) { _ in "(module)" })),
    BudgetShape(
      "steps of instances", 126,
      instances(
        8000,
        of: "(func $f) (start $f) (memory 1) \(many(20) { _ in "(data (i32.const 0) \"x\")" })")),
    BudgetShape(
      "exceptions", 0, "(tag $e (param i64 i64)) (table $t 20000 exnref)",
      """
      (local $i i32)
      (loop $more
        (table.set $t (i32.rem_u (local.get $i) (i32.const 20000))
          (block $caught (result exnref)
            (try_table (catch_all_ref $caught) (throw $e (i64.const 1) (i64.const 2)))
            unreachable))
        (br_if $more (i32.lt_u
          (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100000))))
      """),
    BudgetShape(
      "data", 0, "(memory 64) (data $d \"\(String(repeating: "x", count: 8_000_000))\")",
      """
      (memory.init $d (i32.const 0) (i32.const 0) (i32.const 4000000))
      (memory.init $d (i32.const 0) (i32.const 4000000) (i32.const 4000000))
      """),
    BudgetShape("code", 0, many(20_000) { _ in "(func)" }),
  ]
}
