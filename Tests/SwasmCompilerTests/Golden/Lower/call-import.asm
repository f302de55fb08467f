   0: push rbx
   1: mov rbx,rdi
   4: imul edi,ebx,0xa
   7: call QWORD PTR [rip+0x0]
   d: add eax,ebx
   f: pop rbx
  10: ret
