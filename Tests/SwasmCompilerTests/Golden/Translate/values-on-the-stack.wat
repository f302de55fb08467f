;; Blocks with parameters and results, an if without else, and a loop with a parameter.
(module
  (type $swap (func (param i32 i64) (result i64 i32)))
  (func (param i32 i64) (result i64 i32) (local i64)
    local.get 0
    local.get 1
    block (type $swap)
      local.set 2
      local.set 0
      local.get 2
      local.get 0
      local.get 0
      br_if 0
      drop
      i32.const 4
    end)
  (func (param i32) (result i32)
    local.get 0
    local.get 0
    if (param i32) (result i32)
      i32.const 5
      i32.mul
    end)
  (func (param i32) (result i32)
    local.get 0
    loop (param i32) (result i32)
      i32.const 1
      i32.sub
      local.tee 0
      local.get 0
      br_if 0
    end))
