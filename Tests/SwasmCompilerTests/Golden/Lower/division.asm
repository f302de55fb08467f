   0: mov rcx,rdx
   3: mov rax,rdi
   6: cdq
   7: idiv esi
   9: mov r8,rax
   c: mov eax,0x1
  11: cmp esi,0xffffffff
  14: mov r9,rax
  17: cmovne r9d,esi
  1b: mov rax,rdi
  1e: cdq
  1f: idiv r9d
  22: mov rdi,rdx
  25: mov r9d,0xa
  2b: mov rax,rcx
  2e: xor edx,edx
  30: div r9
  33: shr esi,0x3
  36: mov rcx,rdx
  39: mov rdx,rdi
  3c: mov rdi,rsi
  3f: mov rax,r8
  42: ret
