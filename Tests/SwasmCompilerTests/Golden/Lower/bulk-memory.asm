   0: push rbx
   1: push rbp
   2: sub rsp,0x8
   6: mov rbp,rdx
   9: mov rbx,rdi
   c: lea rdi,[rip+0x0]
  13: mov r8,rsi
  16: mov rcx,rbx
  19: mov esi,0x0
  1e: mov edx,0x0
  23: mov r9d,0x10
  29: call QWORD PTR [rip+0x0]
  2f: test eax,eax
  31: jne 0x7e
  33: lea rdi,[rip+0x0]
  3a: mov r8,rbp
  3d: mov rdx,rbx
  40: mov esi,0x0
  45: mov ecx,0x0
  4a: call QWORD PTR [rip+0x0]
  50: test eax,eax
  52: jne 0x81
  54: mov rax,QWORD PTR [rip+0x0]
  5b: mov rax,QWORD PTR [rax]
  5e: shr rax,0x10
  62: lea rdi,[rip+0x0]
  69: mov rdx,rax
  6c: mov esi,0x0
  71: call QWORD PTR [rip+0x0]
  77: add rsp,0x8
  7b: pop rbp
  7c: pop rbx
  7d: ret
  7e: ud2
  80: add cl,BYTE PTR [rdi]
  82: or eax,DWORD PTR [rdx]
