;; The header has parameters for what the loop changes; the step and the limit have none.
(module
  (memory 1)
  (func (param $p i32) (param $n i32) (result i32) (local $sum i32) (local $end i32)
    local.get $p
    local.get $n
    i32.const 2
    i32.shl
    i32.add
    local.set $end
    block $done
      loop $next
        local.get $p
        local.get $end
        i32.eq
        br_if $done
        local.get $sum
        local.get $p
        i32.load offset=4
        i32.add
        local.set $sum
        local.get $p
        i32.const 4
        i32.add
        local.set $p
        br $next
      end
    end
    local.get $sum))
