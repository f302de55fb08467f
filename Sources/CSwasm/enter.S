/* Switching between the host's stack and the guest's. Offsets are those of struct swasm_activation. */
  .intel_syntax noprefix
  .text

/* uint32_t swasm_switch_stack(struct swasm_activation *) */
  .globl swasm_switch_stack
  .hidden swasm_switch_stack
  .type swasm_switch_stack, @function
  .p2align 4
swasm_switch_stack:
  push rbp
  push rbx
  push r12
  push r13
  push r14
  push r15
  sub rsp, 8
  mov [rdi], rsp
  mov rsp, [rdi + 32]
  push rdi
  push rdi
  /* The guest begins with cleared registers: nothing of the host's is left in one. */
  cmp qword ptr [rdi + 40], 0
  je 1f
  vzeroall
  jmp 2f
1:
  pxor xmm0, xmm0
  pxor xmm1, xmm1
  pxor xmm2, xmm2
  pxor xmm3, xmm3
  pxor xmm4, xmm4
  pxor xmm5, xmm5
  pxor xmm6, xmm6
  pxor xmm7, xmm7
  pxor xmm8, xmm8
  pxor xmm9, xmm9
  pxor xmm10, xmm10
  pxor xmm11, xmm11
  pxor xmm12, xmm12
  pxor xmm13, xmm13
  pxor xmm14, xmm14
  pxor xmm15, xmm15
2:
  mov rax, [rdi + 8]
  mov rsi, [rdi + 24]
  mov rdi, [rdi + 16]
  xor ebx, ebx
  xor ecx, ecx
  xor edx, edx
  xor ebp, ebp
  xor r8d, r8d
  xor r9d, r9d
  xor r10d, r10d
  xor r11d, r11d
  xor r12d, r12d
  xor r13d, r13d
  xor r14d, r14d
  xor r15d, r15d
  call rax
  pop rdi
  mov rsp, [rdi]
  xor eax, eax
3:
  add rsp, 8
  pop r15
  pop r14
  pop r13
  pop r12
  pop rbx
  pop rbp
  ret

/* The fault handler resumes here with rsp = host_stack. */
  .globl swasm_switch_back
  .hidden swasm_switch_back
  .type swasm_switch_back, @function
swasm_switch_back:
  mov eax, 1
  jmp 3b

  .section .note.GNU-stack, "", @progbits
