   0: push rbx
   1: push rbp
   2: sub rsp,0x8
   6: mov rbp,rdi
   9: mov rbx,rsi
   c: mov rdi,rbp
   f: call 0x14
  14: add rbx,rax
  17: lea ebp,[rbp-0x1]
  1a: test ebp,ebp
  1c: jne 0xc
  1e: mov rax,rbx
  21: add rsp,0x8
  25: pop rbp
  26: pop rbx
  27: ret
