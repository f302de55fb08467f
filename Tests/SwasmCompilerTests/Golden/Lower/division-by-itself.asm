   0: push r12
   2: push r13
   4: mov r13,rdx
   7: mov r12,rsi
   a: mov rcx,rdi
   d: mov rax,rcx
  10: cdq
  11: idiv ecx
  13: xor r12d,r13d
  16: imul r12d,ecx
  1a: add eax,r12d
  1d: pop r13
  1f: pop r12
  21: ret
