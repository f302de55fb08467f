;; Shifts and masks to extensions, wrap and extend pairs, powers of two, rotations, reassociation.
(module
  (func (param i32) (result i32)
    local.get 0
    i32.const 24
    i32.shl
    i32.const 24
    i32.shr_s)
  (func (param i64) (result i64)
    local.get 0
    i32.wrap_i64
    i64.extend_i32_s)
  (func (param i64) (result i64)
    local.get 0
    i32.wrap_i64
    i64.extend_i32_u)
  (func (param i32) (result i32)
    local.get 0
    i32.const 12
    i32.add
    i32.const 8
    i32.sub
    i32.const 16
    i32.mul
    i32.const 8
    i32.rem_u)
  (func (param i32) (result i32)
    local.get 0
    i32.const 7
    i32.shl
    local.get 0
    i32.const 25
    i32.shr_u
    i32.or)
  (func (param i32 i32) (result i32)
    local.get 0
    local.get 1
    i32.const 31
    i32.and
    i32.shr_u
    i32.const 8
    i32.div_u)
  (func (param f64) (result f64)
    local.get 0
    f64.const 4
    f64.div
    f64.const 2
    f64.mul
    f64.const -0
    f64.copysign))
