   0: mov eax,0x5
   5: cmp edi,0x5
   8: cmovb eax,edi
   b: lea rcx,[rip+0x1e]
  12: movsxd rax,DWORD PTR [rcx+rax*4]
  16: add rax,rcx
  19: jmp rax
  1b: lea eax,[rsi+0xa]
  1e: ret
  1f: lea eax,[rsi*8+0x0]
  26: mov rsi,rax
  29: mov rax,rsi
  2c: ret
