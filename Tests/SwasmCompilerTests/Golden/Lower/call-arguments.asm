   0: sub rsp,0x18
   4: mov QWORD PTR [rsp],0x4
   c: mov QWORD PTR [rsp+0x8],rdi
  11: mov r10,rsi
  14: mov r9,rdi
  17: mov rcx,rsi
  1a: xchg rdi,rsi
  1d: mov edx,0x1
  22: mov r8d,0x2
  28: mov eax,0x3
  2d: call 0x32
  32: sub rsp,0x10
  36: add rsp,0x18
  3a: ret
