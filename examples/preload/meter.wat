;; A module with state of its own that others import.
(module
  (global $total (mut i64) (i64.const 0))
  (func (export "add") (param $amount i64)
    (global.set $total (i64.add (global.get $total) (local.get $amount))))
  (func (export "total") (result i64) (global.get $total)))
