   0: push rbx
   1: push rbp
   2: sub rsp,0x8
   6: mov rbp,rdi
   9: mov edi,0x0
   e: mov ebx,0x0
  13: call 0x18
  18: mov rdi,rax
  1b: mov rax,rdi
  1e: shr eax,0x3
  21: xor ebx,eax
  23: lea ebp,[rbp-0x1]
  26: test ebp,ebp
  28: jne 0x13
  2a: mov rax,rbx
  2d: add rsp,0x8
  31: pop rbp
  32: pop rbx
  33: ret
  34: mov rax,QWORD PTR [rip+0x0]
  3b: mov rsi,QWORD PTR [rax]
  3e: mov rax,QWORD PTR [rip+0x0]
  45: mov rax,QWORD PTR [rax+0x8]
  49: mov rcx,QWORD PTR [rip+0x0]
  50: mov rcx,QWORD PTR [rcx+0x10]
  54: mov rdx,QWORD PTR [rip+0x0]
  5b: cmp rax,rdx
  5e: jne 0x64
  60: mov eax,DWORD PTR [rcx]
  62: jmp 0x74
  64: lea rdi,[rip+0x0]
  6b: call QWORD PTR [rip+0x0]
  71: ud2
  73: adc BYTE PTR [rbp-0x3efcd4f4],cl
  79: add rsp,0x8
  7d: pop rbp
  7e: pop rbx
  7f: ret
