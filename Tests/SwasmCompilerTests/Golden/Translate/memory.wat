;; Narrow stores need no masks; a constant joins the offset only where the address cannot wrap.
(module
  (memory 1)
  (func (param i32 i64)
    local.get 0
    local.get 1
    i64.const 255
    i64.and
    i64.store8 offset=1
    local.get 0
    local.get 1
    i32.wrap_i64
    i32.store16 offset=2
    local.get 0
    i32.const 4
    i32.add
    local.get 0
    i32.const 1023
    i32.and
    i32.const 8
    i32.add
    f32.load offset=4
    i32.reinterpret_f32
    i32.store)
  (func (param i32)
    i32.const 1
    memory.grow
    drop
    memory.size
    local.get 0
    i32.const 65536
    memory.fill
    i32.const 0
    i32.const 1
    local.get 0
    memory.copy))
