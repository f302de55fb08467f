;; The outer loop's branch lies in the inner one; what follows the loops is in none.
(module
  (func (param i32 i32) (result i32) (local i32)
    loop $outer
      loop $inner
        local.get 2
        i32.const 1
        i32.add
        local.tee 2
        local.get 0
        i32.lt_u
        br_if $inner
        local.get 2
        local.get 1
        i32.lt_u
        br_if $outer
      end
    end
    local.get 2
    i32.popcnt))
