/* The libcalls of exceptions: C can't read and write the callee-saved registers. See exceptions.h. */
  .intel_syntax noprefix
  .text

/* uint64_t swasm_exception_make(data, tag, slots): a collection has to see the callee-saved registers. */
  .globl swasm_exception_make
  .hidden swasm_exception_make
  .type swasm_exception_make, @function
  .p2align 4
swasm_exception_make:
  push r15
  push r14
  push r13
  push r12
  push rbp
  push rbx
  mov rcx, rsp
  sub rsp, 8
  call swasm_exception_make_from
  add rsp, 56
  ret

/* uint64_t swasm_exception_throw(data, reference): returns when there is no handler. */
  .globl swasm_exception_throw
  .hidden swasm_exception_throw
  .type swasm_exception_throw, @function
  .p2align 4
swasm_exception_throw:
  mov rcx, rsp
  xor r8d, r8d
2:
  push r15
  push r14
  push r13
  push r12
  push rbp
  push rbx
  mov rdx, rsp
  sub rsp, 8
  call swasm_exception_throw_from
  add rsp, 8
  test rax, rax
  je 1f
  pop rbx
  pop rbp
  pop r12
  pop r13
  pop r14
  pop r15
  mov rsp, rdx
  jmp rax
1:
  add rsp, 48
  ret

/* uint64_t swasm_exception_throw_from_host(data, return_slot, popped): the same. */
  .globl swasm_exception_throw_from_host
  .hidden swasm_exception_throw_from_host
  .type swasm_exception_throw_from_host, @function
  .p2align 4
swasm_exception_throw_from_host:
  mov rcx, rsi
  mov r8, rdx
  xor esi, esi
  jmp 2b

  .section .note.GNU-stack, "", @progbits
