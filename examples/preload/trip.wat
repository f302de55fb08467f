;; Imports functions of a module that --preload names.
(module
  (import "meter" "add" (func $add (param i64)))
  (import "meter" "total" (func $total (result i64)))
  (func (export "trip") (param $legs i64) (result i64)
    (loop $leg
      (call $add (local.get $legs))
      (local.set $legs (i64.sub (local.get $legs) (i64.const 1)))
      (br_if $leg (i64.gt_s (local.get $legs) (i64.const 0))))
    (call $total)))
