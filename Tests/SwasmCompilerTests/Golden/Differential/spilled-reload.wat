;; A piece that is reloaded and spilled again within one gap: its moves happen at once. Reduced from generate.mjs 121.
(module
  (type (;0;) (func (result i64)))
  (type (;1;) (func (param i64 i32 i32) (result f32)))
  (type (;2;) (func (param f32 f64 i64) (result i64)))
  (memory (;0;) 3 5)
  (global (;0;) (mut i32) i32.const 40)
  (global (;1;) (mut f32) f32.const -0x0p+0 (;=-0;))
  (global (;2;) (mut i32) i32.const 0)
  (func (;0;) (type 0) (result i64)
    unreachable
  )
  (func (;1;) (type 1) (param i64 i32 i32) (result f32)
    unreachable
  )
  (func (;2;) (type 2) (param f32 f64 i64) (result i64)
    (local i32 i64 i32 i64 i32 i32 f32 i32 i32 i64 f32 f64)
    global.get 2
    i32.const 1
    i32.sub
    global.set 2
    global.get 2
    i32.eqz
    if ;; label = @1
      i64.const 28
      return
    end
    i64.const 549755813886
    local.set 4
    i32.const 524288
    local.set 8
    nop
    local.get 3
    local.set 7
    local.get 5
    local.get 6
    i64.store32 offset=36 align=1
    block ;; label = @1
      block ;; label = @2
        i32.const -315789127
        i32.const 7
        i32.and
        br_table 0 (;@2;) 0 (;@2;) 0 (;@2;) 1 (;@1;) 0 (;@2;) 0 (;@2;) 1 (;@1;) 0 (;@2;)
      end
      local.get 8
      i32.const 65528
      i32.and
      i64.const 1
      i32.const 1
      i64.load16_u align=1
      i64.const -482554303819572826
      i64.sub
      i64.shr_s
      i64.store32 offset=19 align=1
      local.get 4
      local.get 2
      local.set 4
      nop
      local.set 6
    end
    local.get 0
    f32.const 0x0p+0 (;=0;)
    f32.div
    local.tee 9
    f32.const 0x0p+0 (;=0;)
    local.get 0
    f32.mul
    local.get 9
    f32.max
    local.tee 13
    f32.const nan (;=NaN;)
    i32.const 0
    select
    f32.copysign
    drop
    loop ;; label = @1
      global.get 2
      i32.const 1
      i32.sub
      global.set 2
      local.get 5
      local.get 5
      local.get 5
      i32.const 0
      i32.and
      i32.load align=1
      i32.rotl
      i32.store align=1
      nop
      local.get 3
      local.get 14
      f64.store offset=36511 align=1
      block ;; label = @2
        block ;; label = @3
          block ;; label = @4
            block ;; label = @5
              block ;; label = @6
                block ;; label = @7
                  i32.const 0
                  i32.const 65520
                  i32.and
                  i32.load16_u offset=19558
                  i32.const 7
                  i32.and
                  br_table 4 (;@3;) 4 (;@3;) 3 (;@4;) 4 (;@3;) 5 (;@2;) 1 (;@6;) 0 (;@7;) 1 (;@6;) 3 (;@4;)
                end
                i32.const 677
                i32.const -2147483648
                i32.const 536870912
                i32.and
                i32.const 29
                memory.fill
              end
              local.get 7
              local.get 0
              f32.store offset=7812
            end
            local.get 0
            f32.const 0x1.036b24p+3 (;=8.106829;)
            f32.eq
            if ;; label = @5
              i32.const 0
              local.get 7
              f64.convert_i32_s
              i64.trunc_f64_u
              i64.const -2880405373049071097
              i32.const 199782904
              i32.const 64
              i32.and
              i32.eqz
              i32.eqz
              select
              i64.store8 offset=31758
              call 0
              local.set 6
              local.get 7
              local.get 5
              i32.shr_s
              global.get 2
              i32.const 0
              i32.gt_s
              i32.and
              br_if 4 (;@1;)
              local.get 10
              local.tee 5
              global.set 0
            else
              local.get 5
              i32.const 808083321
              i32.and
              local.set 10
              local.get 8
              local.get 5
              local.get 10
              local.get 1
              f64.const 0x1.99006c2p+11 (;=3272.013198852539;)
              f64.le
              select
              local.get 8
              i32.load8_u offset=54
              i32.shr_s
              i32.store8 offset=54
              local.get 5
              i32.const 65528
              i32.and
              local.get 5
              i32.load align=1
              local.get 7
              local.get 8
              local.get 3
              i32.and
              i32.shl
              i32.add
              i32.store align=1
              i64.const -6242987224909984791
              local.get 5
              i32.const 0
              i32.const 30
              i32.shl
              call 1
              local.set 9
            end
          end
          local.get 7
          local.get 6
          i64.store8 offset=31
        end
        local.get 7
        i32.const 0
        i32.and
        local.get 7
        local.get 6
        i64.const 63
        i64.ne
        block (result i32) ;; label = @3
          local.get 3
          i64.const 4160130851
          i64.const 0
          i64.ge_u
          i32.eqz
          br_if 0 (;@3;)
          drop
          local.get 7
        end
        i32.shr_s
        i32.mul
        i32.store8
      end
      local.get 3
      i32.const 65528
      i32.and
      local.get 3
      i32.const 65528
      i32.and
      i64.load16_s align=1
      local.get 6
      i64.extend8_s
      i64.const 3576011778
      i64.div_u
      i64.add
      i64.store8
      local.get 3
      i32.const 1
      i32.add
      local.tee 3
      i32.const 3
      i32.lt_u
      global.get 2
      i32.const 0
      i32.gt_s
      i32.and
      br_if 0 (;@1;)
    end
    local.get 10
    local.get 10
    local.get 10
    memory.copy
    local.get 3
    local.get 3
    local.get 3
    memory.fill
    local.get 4
    local.get 4
    i64.shr_u
    f32.convert_i64_s
    local.get 9
    local.get 0
    local.tee 13
    f32.const nan (;=NaN;)
    local.get 13
    local.get 13
    f32.eq
    select
    f32.copysign
    local.get 8
    i32.const 0
    i32.and
    f32.load align=2
    f32.min
    f32.eq
    if ;; label = @1
      loop ;; label = @2
        global.get 2
        i32.const 1
        i32.sub
        global.set 2
        local.get 4
        local.set 2
        block ;; label = @3
          local.get 7
          f32.convert_i32_u
          local.get 2
          f32.convert_i64_s
          local.tee 13
          f32.const nan (;=NaN;)
          local.get 13
          local.get 13
          f32.eq
          select
          f32.copysign
          local.get 0
          f32.const nan (;=NaN;)
          local.get 13
          local.get 13
          f32.eq
          select
          f32.copysign
          local.get 1
          local.get 1
          f64.ge
          if (result f32) ;; label = @4
            global.get 1
          else
            f32.const -0x1.a9adfcp+14 (;=-27243.496;)
            local.tee 9
          end
          f32.const 0x1.93e594p+99 (;=1000000000000000000000000000000;)
          local.get 0
          local.get 1
          f64.const 0x1.8p+0 (;=1.5;)
          f64.gt
          select
          local.get 13
          f32.copysign
          f32.sub
          f32.min
          local.set 9
          local.get 5
          i32.const 7
          i32.shr_u
          i32.const -8
          i32.lt_s
          br_if 0 (;@3;)
          local.get 10
          i32.eqz
          if ;; label = @4
            i32.const 0
            i32.const 4
            local.get 5
            select
            i32.const 54454
            i32.load offset=25 align=2
            i32.le_u
            if (result i32) ;; label = @5
              i32.const 73273748
            else
              i32.const 2036230325
            end
            i32.const 18
            i32.rotl
            local.set 7
            local.get 3
            local.set 10
            local.get 3
            local.get 3
            i32.store16 offset=43 align=1
            block (result f32) ;; label = @5
              local.get 0
              local.get 8
              local.get 6
              i32.wrap_i64
              i32.const 65520
              i32.and
              i32.load16_u offset=28 align=1
              i32.ge_u
              br_if 0 (;@5;)
              drop
              i32.const 0
              if (result f32) ;; label = @6
                local.get 0
                local.get 0
                f32.add
              else
                global.get 1
              end
            end
            block (result f32) ;; label = @5
              local.get 8
              i32.const 128
              i32.and
              i32.eqz
              if (result f32) ;; label = @6
                f32.const 0x1.f672c8p-17 (;=0.000014974128;)
              else
                f32.const 0x1p+31 (;=2147483600;)
                f32.sqrt
              end
              local.get 1
              f64.const 0x1p+64 (;=18446744073709552000;)
              f64.ne
              br_if 0 (;@5;)
              drop
              local.get 9
            end
            local.get 8
            select
            local.set 0
          end
          local.get 3
          i32.const 65528
          i32.and
          local.get 3
          local.get 5
          local.get 7
          i32.const 1024
          i32.div_u
          i32.add
          i32.xor
          i32.store8
          local.get 3
          local.get 8
          local.get 0
          local.get 0
          f32.gt
          i32.eqz
          select
          if (result i32) ;; label = @4
            local.get 10
            i32.const 32768
            i32.const 31
            i32.and
            i32.rotr
          else
            local.get 3
          end
          local.get 6
          i32.wrap_i64
          i32.const 50
          i32.add
          local.get 1
          local.get 1
          f64.const -0x1p+0 (;=-1;)
          f64.sub
          f64.ge
          select
          i32.const 0
          local.get 1
          i32.const 0
          f64.load offset=36 align=1
          f64.eq
          select
          local.set 8
        end
        block ;; label = @3
          block ;; label = @4
            local.get 5
            local.get 3
            local.get 5
            select
            i32.const 0
            i32.const -128
            i32.add
            i32.shl
            br_table 0 (;@4;) 0 (;@4;) 0 (;@4;) 1 (;@3;)
          end
          local.get 3
          i32.eqz
          i32.eqz
          if ;; label = @4
            local.get 3
            i32.const 4095
            i32.and
            local.get 7
            i32.const 1
            i32.shl
            i32.add
            i64.load16_u offset=39 align=1
            i32.const 0
            i32.eqz
            if (result i64) ;; label = @5
              i64.const 3691770166
            else
              local.get 4
            end
            i64.and
            i32.wrap_i64
            i32.const 0
            i32.and
            i32.const 1374997231
            if (result f32) ;; label = @5
              f32.const -0x0p+0 (;=-0;)
            else
              f32.const -0x1.93e594p+99 (;=-1000000000000000000000000000000;)
            end
            f64.promote_f32
            f64.const -0x1.cf75a58p+14 (;=-29661.41162109375;)
            f64.mul
            local.tee 14
            f64.const nan (;=NaN;)
            local.get 14
            local.get 14
            f64.eq
            select
            f64.store offset=33 align=4
            nop
            f32.const 0x1.6c222cp+0 (;=1.4223964;)
            local.get 1
            local.get 1
            f64.mul
            i32.const -443212673
            i32.const 0
            i32.and
            i32.const 449
            i32.add
            i64.load8_s
            call 2
            drop
            local.get 3
            local.set 3
            local.get 5
            local.get 7
            local.get 10
            local.set 5
            local.set 10
            local.set 7
          else
            local.get 8
            local.get 8
            i32.store8 offset=59559
            i32.const 0
            local.get 5
            local.get 10
            i32.popcnt
            i32.shl
            block (result i32) ;; label = @5
              local.get 5
              i32.const 0
              i32.rotr
              local.get 1
              local.get 1
              f64.ne
              br_if 0 (;@5;)
              drop
              i32.const 1
              local.get 5
              i32.or
            end
            i32.mul
            i32.store
            i32.const -1694559573
            memory.size
            local.get 6
            local.get 2
            i64.ge_s
            select
            i32.const 0
            i32.rotr
            local.get 3
            local.get 5
            local.get 8
            i32.shr_s
            local.tee 7
            i32.or
            i32.or
            local.set 3
          end
          local.get 2
          local.get 4
          nop
          local.set 4
          local.set 4
        end
        i32.const -2
        local.get 3
        i32.const 63
        i32.and
        i32.eqz
        if (result i32) ;; label = @3
          local.get 3
        else
          local.get 10
        end
        i32.or
        i32.clz
        i32.const 32
        i32.xor
        local.set 7
        nop
        local.get 7
        local.set 8
        local.get 10
        local.set 7
        local.get 10
        local.set 5
        local.get 4
        i64.eqz
        if ;; label = @3
          local.get 3
          i32.const 65528
          i32.and
          i64.const -5515012698441492833
          i64.store8
        end
        block (result i64) ;; label = @3
          local.get 4
          f32.const -0x1.199418p+3 (;=-8.799328;)
          local.get 0
          f32.le
          br_if 0 (;@3;)
          drop
          local.get 6
        end
        i64.const 0
        i64.and
        i64.eqz
        if ;; label = @3
          local.get 6
          return
        end
        local.get 1
        local.get 1
        f64.const 0x1.95dbf21fafdp+34 (;=27236747390.74707;)
        f64.min
        f64.ne
        global.get 2
        i32.const 0
        i32.gt_s
        i32.and
        br_if 0 (;@2;)
      end
      i32.const 502
      i32.const 689
      i32.const 65535
      i32.and
      i32.const 22
      memory.copy
      local.get 1
      f64.ceil
      i32.const 39289
      f64.load offset=29
      f64.gt
      if ;; label = @2
        memory.size
        i64.const -3375908388621272949
        i64.const 0
        i64.or
        i32.const -1027801196
        local.get 5
        i32.shr_u
        block (result i32) ;; label = @3
          local.get 3
          i32.const 0
          br_if 0 (;@3;)
          drop
          local.get 8
        end
        call 1
        drop
        i32.const 1
        i32.store offset=63738 align=1
      else
        local.get 8
        i32.const 65528
        i32.and
        i64.const 1
        i64.store8
      end
    else
      local.get 10
      local.get 8
      i32.store16 align=1
      local.get 7
      i32.const 65528
      i32.and
      block (result i64) ;; label = @2
        local.get 4
        local.get 6
        i64.const 31
        i64.and
        i64.eqz
        br_if 0 (;@2;)
        drop
        local.get 4
      end
      local.get 4
      i64.extend8_s
      i64.mul
      local.get 7
      i32.const 65528
      i32.and
      i64.load16_s align=1
      i64.and
      i64.store32 align=1
    end
    local.get 3
    i32.const 4095
    i32.and
    local.get 5
    i32.const 4095
    i32.and
    i32.const 0
    i32.shl
    i32.add
    local.get 4
    local.tee 2
    i64.const -2584423698685125173
    local.tee 2
    local.get 2
    i64.shr_u
    i64.div_s
    i64.store offset=940
    i32.const 0
    local.get 0
    local.tee 13
    f32.const nan (;=NaN;)
    local.get 13
    local.get 13
    f32.eq
    select
    f32.store offset=2048
    i32.const 2056
    local.get 1
    local.tee 14
    f64.const nan (;=NaN;)
    local.get 14
    f64.const 0x1.670291b46de99p+226 (;=151232678399521850000000000000000000000000000000000000000000000000000;)
    f64.eq
    select
    f64.store offset=2048
    i32.const 2064
    local.get 2
    i64.store offset=2048
    local.get 3
    local.get 3
    i32.store offset=2048
    i32.const 2080
    local.get 4
    i64.store offset=2048
    i32.const 2088
    local.get 5
    i32.store offset=2048
    i32.const 0
    local.get 6
    i64.store offset=2048
    i32.const 2104
    local.get 7
    i32.store offset=2048
    i32.const 2112
    local.get 8
    i32.store offset=2048
    i32.const 0
    local.get 9
    f32.store offset=2048
    i32.const -1801092128
    local.get 10
    i32.store offset=2048
    i64.const 1
  )
)
