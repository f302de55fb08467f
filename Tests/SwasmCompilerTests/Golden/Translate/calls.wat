;; Results of calls, constants per block, references.
(module
  (import "m" "f" (func $f (param i32) (result i32 f64)))
  (type $unary (func (param i32) (result i32)))
  (table 10 funcref)
  (global $counter (mut i32) (i32.const 0))
  (elem declare func $f)
  (func (param i32) (result f64) (local f64)
    global.get $counter
    i32.const 1
    i32.add
    global.set $counter
    local.get 0
    call $f
    f64.floor
    local.set 1
    i32.const 1
    call_indirect (type $unary)
    table.get
    ref.is_null
    if
      i32.const 1
      ref.func $f
      table.set
    end
    local.get 1)
  (func (result i32)
    ref.null func
    i32.const 1
    table.grow
    table.size
    i32.sub))
