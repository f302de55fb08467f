   0: mov eax,DWORD PTR [rip+0x0]
   6: add eax,0x1
   9: mov DWORD PTR [rip+0x0],eax
   f: mov rax,QWORD PTR [rip+0x0]
  16: mov rax,QWORD PTR [rax]
  19: sub rax,rdi
  1c: mov rcx,QWORD PTR [rip+0x0]
  23: mov QWORD PTR [rcx],rax
  26: ret
