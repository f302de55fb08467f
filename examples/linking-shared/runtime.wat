;; What C modules of one program share, and a dynamic linker would give them: a memory, a table of functions, a stack.
(module
  (memory (export "memory") 1)
  (table (export "__indirect_function_table") 8 funcref)
  (global (export "__stack_pointer") (mut i32) (i32.const 65536)))
