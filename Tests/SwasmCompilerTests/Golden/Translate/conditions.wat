;; eqz chains end in the edges; comparisons are inverted, floats only where NaN allows it.
(module
  (func (param i32 i32 f64) (result i32)
    local.get 0
    i32.eqz
    i32.eqz
    i32.eqz
    if
      i32.const 3
      return
    end
    local.get 0
    local.get 1
    i32.lt_s
    i32.eqz
    if
      i32.const 4
      return
    end
    local.get 2
    f64.const 1
    f64.lt
    i32.eqz
    if
      i32.const 5
      return
    end
    local.get 2
    local.get 2
    f64.eq
    i32.eqz)
  (func (param i32 i64) (result i32)
    i32.const 1
    i32.const 0
    local.get 1
    i64.const 5
    i64.gt_u
    select
    local.get 0
    i32.const 0
    i32.ne
    i32.and))
