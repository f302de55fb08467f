;; The library, as of `void sort(int *items, int count, int (*compare)(int, int))`: a pointer to a function is an index
;; into the shared table, a pointer to data an address in the shared memory.
(module
  (import "env" "memory" (memory 1))
  (import "env" "__indirect_function_table" (table 1 funcref))
  (type $compare (func (param i32 i32) (result i32)))
  ;; Insertion sort.
  (func (export "sort") (param $items i32) (param $count i32) (param $compare i32)
    (local $end i32) (local $at i32) (local $last i32) (local $value i32)
    (local.set $end (local.get $items))
    (local.set $last
      (i32.add (local.get $items) (i32.mul (local.get $count) (i32.const 4))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $end) (local.get $last)))
        (local.set $value (i32.load (local.get $end)))
        (local.set $at (local.get $end))
        (block $placed
          (loop $shift
            (br_if $placed (i32.eq (local.get $at) (local.get $items)))
            (br_if $placed
              (i32.le_s
                (call_indirect (type $compare)
                  (i32.load (i32.sub (local.get $at) (i32.const 4)))
                  (local.get $value)
                  (local.get $compare))
                (i32.const 0)))
            (i32.store (local.get $at) (i32.load (i32.sub (local.get $at) (i32.const 4))))
            (local.set $at (i32.sub (local.get $at) (i32.const 4)))
            (br $shift)))
        (i32.store (local.get $at) (local.get $value))
        (local.set $end (i32.add (local.get $end) (i32.const 4)))
        (br $next)))))
