   0: mov rax,QWORD PTR [rip+0x0]
   7: mov ecx,DWORD PTR [rax+rdi*1+0x4]
   b: mov QWORD PTR [rax+rdi*1+0x18],rcx
  10: lea ecx,[rdi+0x3]
  13: movsx rax,WORD PTR [rax+rcx*1]
  18: ret
