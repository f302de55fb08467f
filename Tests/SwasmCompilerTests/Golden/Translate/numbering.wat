;; Equal values are made once: cheap ones within a block, costly ones below as well. Unused parameters go.
(module
  (func (param i32 i32) (result i32) (local i32 i32)
    local.get 0
    local.get 1
    i32.mul
    local.get 0
    i32.const 3
    i32.add
    i32.xor
    local.set 2
    local.get 2
    if
      local.get 2
      local.get 0
      local.get 1
      i32.mul
      i32.add
      local.get 0
      i32.const 3
      i32.add
      i32.add
      local.set 2
    end
    local.get 1
    local.get 0
    i32.mul
    local.get 2
    i32.add))
