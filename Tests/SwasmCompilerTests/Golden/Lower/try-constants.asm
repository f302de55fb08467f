   0: push rbx
   1: add edi,0x1
   4: call 0x9
   9: imul ecx,ecx,0xa
   c: add edx,ecx
   e: mov rbx,rax
  11: add ebx,edx
  13: call 0x18
  18: mov rax,rbx
  1b: pop rbx
  1c: ret
  1d: mov rcx,QWORD PTR [rip+0x0]
  24: mov rsi,QWORD PTR [rcx]
  27: mov rcx,QWORD PTR [rip+0x0]
  2e: mov rcx,QWORD PTR [rcx+0x8]
  32: mov rdx,QWORD PTR [rip+0x0]
  39: cmp rcx,rdx
  3c: jne 0x40
  3e: jmp 0x50
  40: lea rdi,[rip+0x0]
  47: call QWORD PTR [rip+0x0]
  4d: ud2
  4f: adc BYTE PTR [rbx-0x3d],bl
  52: mov eax,0x7
  57: jmp 0x1d
  59: mov eax,0x8
  5e: jmp 0x1d
