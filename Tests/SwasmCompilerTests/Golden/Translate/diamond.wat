;; A parameter arises only for the local that differs and is read.
(module
  (func (param i32 i32) (result i32) (local i32 i32)
    local.get 0
    if
      i32.const 1
      local.set 2
      i32.const 5
      local.set 3
    else
      local.get 1
      local.set 2
      i32.const 6
      local.set 3
    end
    local.get 2
    local.get 1
    i32.add))
