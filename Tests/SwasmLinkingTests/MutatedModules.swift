/// Modules of which one item after the other is changed.
enum MutatedModules {
  static let all: [(name: String, text: String)] = [
    (
      "tables of each kind",
      """
      (module
        (type $n (func)) (type $i (func (result i32)))
        (func $f (type $n)) (func $g (type $i) (i32.const 7))
        (table $funcs 4 8 funcref) (table $hosts 3 externref) (table $typed 2 (ref null $i))
        (table $wide i64 2 4 funcref) (table $exceptions 2 exnref)
        (elem (table $funcs) (i32.const 1) func $f $g)
        (elem (table $hosts) (i32.const 0) externref (ref.null extern) (ref.null extern))
        (elem (table $typed) (i32.const 0) (ref null $i) (ref.func $g) (ref.null $i))
        (elem (table $wide) (i64.const 1) funcref (ref.func $f))
        (elem $passive funcref (ref.func $g) (ref.null func))
        (elem declare func $f)
        (export "table" (table $funcs)))
      """
    ),
    (
      "globals and constants",
      """
      (module
        (func $f)
        (global $base i32 (i32.const 4)) (global $long i64 (i64.const 0x4141414141414141))
        (global $r funcref (ref.func $f)) (global $host externref (ref.null extern))
        (global $var (mut i32) (i32.add (global.get $base) (i32.const 3)))
        (global $x exnref (ref.null exn)) (global $v v128 (v128.const i64x2 1 2))
        (global $d (mut f64) (f64.const 1.5))
        (table $t 9 funcref (ref.func $f))
        (elem (table $t) (global.get $base) funcref (global.get $r))
        (export "var" (global $var)) (export "f" (func $f)))
      """
    ),
    (
      "memories",
      """
      (module
        (memory $a 1 3) (memory $b i64 1 2) (memory $c 1)
        (global $at i64 (i64.const 100))
        (data (memory $a) (i32.const 65530) "hello") (data (memory $b) (global.get $at) "wide")
        (data $passive "later")
        (func $start (i32.store (i32.const 8) (i32.const 9)))
        (start $start)
        (export "memory" (memory $a)))
      """
    ),
    (
      "tags",
      """
      (module
        (type $p (func (param i32 externref)))
        (tag $t (type $p)) (tag $e) (tag $l (param i64))
        (func $throw (throw $t (i32.const 1) (ref.null extern)))
        (export "t" (tag $t)) (export "throw" (func $throw)))
      """
    ),
    (
      "a program",
      """
      (module
        (memory (export "memory") 1) (global $sp (mut i32) (i32.const 1024))
        (table 2 funcref) (elem (i32.const 1) func $main)
        (func $main (param i32 i64) (result i64) (local.get 1))
        (func (export "_start") (drop (call $main (i32.const 1) (i64.const 2)))))
      """
    ),
    (
      "modules inside",
      """
      (module
        (type $b (func (param i32) (result i32)))
        (module $inner
          (table (export "t") 3 funcref) (memory (export "m") 1) (global (export "g") i32 (i32.const 5))
          (tag (export "e") (param i32))
          (func $f (export "f") (param i32) (result i32) (local.get 0))
          (elem (i32.const 0) func $f))
        (instance $i (instantiate $inner)) (instance $j (instantiate $inner))
        (alias $i "t" (table $t)) (alias $j "m" (memory $m)) (alias $i "g" (global $g))
        (alias $j "f" (func $f)) (alias $j "e" (tag $e))
        (func $own (type $b) (i32.const 1))
        (elem (table $t) (i32.const 2) func $own)
        (data (memory $m) (i32.const 3) "x")
        (export "own" (func $own)) (export "alias" (func $f)))
      """
    ),
    (
      "modules that import",
      """
      (module
        (module $user
          (import "f" (func $f (param i32) (result i32))) (import "t" (table $t 1 funcref))
          (import "g" (global $g i32)) (import "m" (memory 1))
          (elem (table $t) (global.get $g) func $f)
          (data (global.get $g) "y")
          (func (export "call") (result i32) (call $f (i32.const 2))))
        (module $lib
          (func (export "f") (param i32) (result i32) (local.get 0))
          (table (export "t") 4 funcref) (global (export "g") i32 (i32.const 1))
          (memory (export "m") 1))
        (instance $l (instantiate $lib))
        (instance $u (instantiate $user (import "f" (func $l "f")) (import "t" (table $l "t"))
          (import "g" (global $l "g")) (import "m" (memory $l "m"))))
        (func (export "call") (result i32) (call (func $u "call"))))
      """
    ),
    (
      "modules in modules",
      """
      (module
        (module $leaf (func (export "f") (result i32) (i32.const 1)))
        (module $middle
          (instance $l (instantiate (module outer 0 $leaf)))
          (export "f" (func $l "f")))
        (instance $m (instantiate $middle))
        (export "f" (func $m "f")))
      """
    ),
  ]
}
