;; Several targets, one of them twice; the default traps and is cold.
(module
  (func (param i32) (result i32) (local i32)
    block $bad
      block $two
        block $one
          block $zero
            local.get 0
            br_table $zero $one $zero $two $bad
          end
          i32.const 10
          local.set 1
          br $two
        end
        i32.const 20
        local.set 1
      end
      local.get 1
      return
    end
    unreachable)
  ;; All labels are the same, or the index is known.
  (func (param i32) (result i32)
    block $a
      block $b
        i32.const 1
        br_table $a $b $a
      end
      i32.const 7
      return
    end
    block $c
      local.get 0
      br_table $c $c
    end
    i32.const 8))
