;; Grows its memory by 1 MiB at a time until it is refused; the result is how many MiB it has.
(module
  (memory 16)
  (func (export "hoard") (result i32)
    (loop $more
      (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
    (i32.shr_u (memory.size) (i32.const 4))))
