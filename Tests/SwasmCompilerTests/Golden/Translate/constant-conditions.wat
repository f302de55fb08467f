;; Dead arms are not translated, nor what follows a branch.
(module
  (global $debug i32 (i32.const 0))
  (global $scale i64 (i64.const 8))
  (func (param i64) (result i64)
    global.get $debug
    if
      unreachable
    end
    i32.const 1
    if (result i64)
      local.get 0
      global.get $scale
      i64.mul
    else
      i64.const 0
      i64.const 0
      i64.div_u
    end
    block
      i32.const 0
      br_if 0
      br 0
      unreachable
    end
    return
    drop
    i64.const 1))
