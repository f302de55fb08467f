import Testing

/// Sets that the linker makes. What they do was seen once with wasmtime 0.30, the last release that runs module linking.
struct LinkCase: CustomTestStringConvertible, Sendable {
  var name: String
  var root: String
  var libraries: [(name: String, text: String)] = []
  /// Nested modules.
  var modules: Int
  /// Sections of the outer module in their order, but for that of modules: id and contents.
  var sections: [String]

  var testDescription: String { name }

  static let all = program + names + host + types

  static let program: [LinkCase] = [
    LinkCase(
      name: "a library",
      root: """
        (module
          (import "env" "f" (func $f (param i32) (result i32)))
          (func (export "run") (result i32) (call $f (i32.const 41))))
        """,
      libraries: [
        (
          name: "env",
          text: """
          (module
            (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const
              1))))
          """
        )
      ],
      modules: 2,
      sections: [
        "15 0200000000010103656e760600",
        "16 010001000372756e",
        "7 010372756e0000",
      ]),
    LinkCase(
      name: "no library at all",
      root: """
        (module
          (memory (export "m") 1)
          (func (export "run") (result i32) (i32.const 7)))
        """,
      modules: 1,
      sections: [
        "15 01000000",
        "16 02000002016d0000000372756e",
        "7 02016d02000372756e0000",
      ]),
    LinkCase(
      name: "a chain, given backwards",
      root: """
        (module
          (import "a" "f" (func $f (result i32)))
          (func (export "run") (result i32) (call $f)))
        """,
      libraries: [
        (
          name: "a",
          text: """
          (module
            (import "b" "g" (func $g (result i32)))
            (func (export "f") (result i32) (i32.mul (call $g) (i32.const 2))))
          """
        ),
        (
          name: "b",
          text: """
          (module
            (func (export "g") (result i32) (i32.const 21)))
          """
        ),
      ],
      modules: 3,
      sections: [
        "15 030000000001010162060000020101610601",
        "16 010002000372756e",
        "7 010372756e0000",
      ]),
    LinkCase(
      name: "memory and table of one library in three members",
      root: """
        (module
          (import "env" "memory" (memory 1))
          (import "env" "table" (table 2 funcref))
          (import "lib" "call" (func $call (param i32 i32) (result i32)))
          (elem (i32.const 1) $get)
          (func $get (param i32) (result i32) (i32.load (local.get 0)))
          (func (export "run") (result i32) (i32.store (i32.const 8) (i32.const 77)) (call
            $call (i32.const 1) (i32.const 8))))
        """,
      libraries: [
        (
          name: "env",
          text: """
          (module
            (memory (export "memory") 1)
            (table (export "table") 4 funcref))
          """
        ),
        (
          name: "lib",
          text: """
          (module
            (import "env" "memory" (memory 1))
            (import "env" "table" (table 2 funcref))
            (type $t (func (param i32) (result i32)))
            (func (export "call") (param i32 i32) (result i32) (i32.add (i32.load
              (local.get 1)) (call_indirect (type $t) (local.get 1) (local.get 0)))))
          """
        ),
      ],
      modules: 3,
      sections: [
        "15 0300000000010103656e76060000020203656e760600036c69620601",
        "16 010002000372756e",
        "7 010372756e0000",
      ]),
  ]

  static let names: [LinkCase] = [
    LinkCase(
      name: "two libraries of one name",
      root: """
        (module
          (import "env" "memory" (memory 1))
          (import "env" "f" (func $f (result i32)))
          (import "env" "t" (table 1 funcref))
          (import "env" "g" (global i32))
          (func (export "run") (result i32) (i32.store (i32.const 0) (i32.const 5)) (i32.add
            (call $f) (global.get 0))))
        """,
      libraries: [
        (
          name: "env",
          text: """
          (module
            (memory (export "memory") 1 9)
            (global (export "g") i32 (i32.const 100))
            (func (export "f2")))
          """
        ),
        (
          name: "env",
          text: """
          (module
            (import "env" "memory" (memory 1))
            (table (export "t") 3 funcref)
            (func (export "f") (result i32) (i32.load (i32.const 0))))
          """
        ),
      ],
      modules: 4,
      sections: [
        "15 0400000000010103656e760600000202013006000131060100030103656e760602",
        "16 010003000372756e",
        "7 010372756e0000",
      ]),
    LinkCase(
      name: "one library under two names has two states",
      root: """
        (module
          (import "a" "next" (func $a (result i32)))
          (import "b" "next" (func $b (result i32)))
          (func (export "run") (result i32) (drop (call $a)) (drop (call $a)) (i32.add
            (i32.mul (call $a) (i32.const 10)) (call $b))))
        """,
      libraries: [
        (
          name: "a",
          text: """
          (module
            (global $n (mut i32) (i32.const 0))
            (func (export "next") (result i32) (global.set $n (i32.add (global.get $n)
              (i32.const 1))) (global.get $n)))
          """
        ),
        (
          name: "b",
          text: """
          (module
            (global $n (mut i32) (i32.const 0))
            (func (export "next") (result i32) (global.set $n (i32.add (global.get $n)
              (i32.const 1))) (global.get $n)))
          """
        ),
      ],
      modules: 2,
      sections: [
        "15 030000000000000001020161060001620601",
        "16 010002000372756e",
        "7 010372756e0000",
      ]),
    LinkCase(
      name: "empty names",
      root: """
        (module
          (import "" "" (func $f (param i32) (result i32)))
          (func (export "") (result i32) (call $f (i32.const 1))))
        """,
      libraries: [
        (
          name: "",
          text: """
          (module
            (func (export "") (param i32) (result i32) (i32.add (local.get 0) (i32.const
              1))))
          """
        )
      ],
      modules: 2,
      sections: [
        "15 02000000000101000600",
        "16 0100010000",
        "7 01000000",
      ]),
    LinkCase(
      name: "namespaces that take turns",
      root: """
        (module
          (import "a" "f" (func $f (param i32) (result i32)))
          (import "b" "next" (func $n (result i32)))
          (import "a" "m" (memory 1))
          (func (export "run") (result i32) (call $f (call $n))))
        """,
      libraries: [
        (
          name: "a",
          text: """
          (module
            (memory (export "m") 1)
            (func (export "f") (param i32) (result i32) (i32.sub (i32.const 0) (local.get
              0))))
          """
        ),
        (
          name: "b",
          text: """
          (module
            (global $n (mut i32) (i32.const 0))
            (func (export "next") (result i32) (global.set $n (i32.add (global.get $n)
              (i32.const 1))) (global.get $n)))
          """
        ),
      ],
      modules: 3,
      sections: [
        "15 030000000001000002020161060001620601",
        "16 010002000372756e",
        "7 010372756e0000",
      ]),
  ]

  static let host: [LinkCase] = [
    LinkCase(
      name: "_initialize runs before importers start",
      root: """
        (module
          (import "a" "g" (global $g (mut i32)))
          (global $seen (mut i32) (i32.const 0))
          (func $start (global.set $seen (global.get $g)))
          (start $start)
          (func (export "run") (result i32) (global.get $seen)))
        """,
      libraries: [
        (
          name: "a",
          text: """
          (module
            (global $g (export "g") (mut i32) (i32.const 1))
            (func (export "_initialize") (global.set $g (i32.const 9))))
          """
        )
      ],
      modules: 3,
      sections: [
        "15 01000000",
        "16 010000000b5f696e697469616c697a65",
        "15 020001010b5f696e697469616c697a65000000020101610600",
        "16 010002000372756e",
        "7 010372756e0001",
      ]),
    LinkCase(
      name: "the host's instance is imported once",
      root: """
        (module
          (import "a" "f" (func $f (result i32)))
          (import "wasi_snapshot_preview1" "sched_yield" (func $y (result i32)))
          (memory (export "memory") 1)
          (func (export "run") (result i32) (i32.add (call $y) (call $f))))
        """,
      libraries: [
        (
          name: "a",
          text: """
          (module
            (import "wasi_snapshot_preview1" "sched_yield" (func $y (result i32)))
            (import "wasi_snapshot_preview1" "random_get" (func $r (param i32 i32) (result
              i32)))
            (memory (export "memory") 1)
            (func (export "f") (result i32) (i32.add (call $y) (call $r (i32.const 0)
              (i32.const 8)))))
          """
        )
      ],
      modules: 2,
      sections: [
        "1 "
          + "036000017f60027f7f017f62020b73636865645f7969656c6400000a72616e646f6d5f676574"
          + "0001",
        "2 0116776173695f736e617073686f745f707265766965773100ff0602",
        "15 "
          + "0200000116776173695f736e617073686f745f70726576696577310600000102016106011677"
          + "6173695f736e617073686f745f70726576696577310600",
        "16 02000202066d656d6f72790002000372756e",
        "7 02066d656d6f727902000372756e0000",
      ]),
    LinkCase(
      name: "a library in the host's place",
      root: """
        (module
          (import "wasi_snapshot_preview1" "sched_yield" (func $y (result i32)))
          (import "wasi_snapshot_preview1" "random_get" (func $r (param i32 i32) (result
            i32)))
          (memory (export "memory") 1)
          (func (export "run") (result i32) (i32.add (call $y) (call $r (i32.const 0)
            (i32.const 8)))))
        """,
      libraries: [
        (
          name: "wasi_snapshot_preview1",
          text: """
          (module
            (import "wasi_snapshot_preview1" "sched_yield" (func $y (result i32)))
            (memory (export "memory") 1)
            (func (export "sched_yield") (result i32) (i32.add (call $y) (i32.const 33))))
          """
        )
      ],
      modules: 3,
      sections: [
        "1 "
          + "036000017f60027f7f017f62020b73636865645f7969656c6400000a72616e646f6d5f676574"
          + "0001",
        "2 0116776173695f736e617073686f745f707265766965773100ff0602",
        "15 "
          + "0300000116776173695f736e617073686f745f70726576696577310600000102013006010131"
          + "060000020116776173695f736e617073686f745f70726576696577310602",
        "16 02000302066d656d6f72790003000372756e",
        "7 02066d656d6f727902000372756e0000",
      ]),
  ]

  static let types: [LinkCase] = [
    LinkCase(
      name: "more memory than asked for, exports of every kind",
      root: """
        (module
          (import "a" "m" (memory 1 5))
          (import "a" "t" (table 2 20 funcref))
          (export "m" (memory 0))
          (export "same" (memory 0))
          (export "t" (table 0))
          (global (export "g") i64 (i64.const 3))
          (func (export "run") (result i32) (memory.size)))
        """,
      libraries: [
        (
          name: "a",
          text: """
          (module
            (memory (export "m") 2 4)
            (table (export "t") 10 10 funcref))
          """
        )
      ],
      modules: 2,
      sections: [
        "15 0200000000010101610600",
        "16 04000102016d000101017400010301670001000372756e",
        "7 05016d02000473616d65020001740100016703000372756e0000",
      ]),
    LinkCase(
      name: "a library that nobody imports starts",
      root: """
        (module
          (import "a" "g" (global $g (mut i32)))
          (func (export "run") (result i32) (global.get $g)))
        """,
      libraries: [
        (
          name: "a",
          text: """
          (module
            (global (export "g") (mut i32) (i32.const 1)))
          """
        ),
        (
          name: "b",
          text: """
          (module
            (import "a" "g" (global $g (mut i32)))
            (func $s (global.set $g (i32.const 6)))
            (start $s))
          """
        ),
      ],
      modules: 3,
      sections: [
        "15 030000000001010161060000020101610600",
        "16 010002000372756e",
        "7 010372756e0000",
      ]),
  ]
}
