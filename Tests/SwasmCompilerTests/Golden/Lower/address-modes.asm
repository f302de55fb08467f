   0: lea eax,[rdi+rsi*1]
   3: mov eax,DWORD PTR gs:[rax+0x10]
   7: add eax,DWORD PTR gs:0x68
   f: add eax,DWORD PTR gs:[edi+esi*4]
  14: add eax,DWORD PTR gs:[rdi+0x8]
  18: ret
