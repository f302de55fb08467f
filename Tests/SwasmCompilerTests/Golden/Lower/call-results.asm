   0: push rbx
   1: sub rsp,0x20
   5: mov rbx,rdi
   8: movsd QWORD PTR [rsp+0x10],xmm0
   e: call 0x13
  13: mov rax,QWORD PTR [rsp]
  17: mov rcx,QWORD PTR [rsp+0x8]
  1c: add ecx,ebx
  1e: movsd xmm0,QWORD PTR [rsp+0x10]
  24: cvttsd2si edx,xmm0
  28: cmp edx,0x1
  2b: jo 0x3a
  2d: add eax,edx
  2f: add ecx,eax
  31: mov rax,rcx
  34: add rsp,0x20
  38: pop rbx
  39: ret
  3a: ucomisd xmm0,xmm0
  3e: jp 0x4c
  40: ucomisd xmm0,QWORD PTR [rip+0x18]
  48: jae 0x53
  4a: jmp 0x2d
  4c: mov edx,0x0
  51: jmp 0x2d
  53: mov edx,0x7fffffff
  58: jmp 0x2d
