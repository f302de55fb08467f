   0: lzcnt eax,edi
   4: popcnt ecx,edi
   8: add eax,ecx
   a: lea rcx,[rsi+rsi*1]
   e: movsx rdx,cl
  12: movsxd rcx,esi
  15: xor edi,edi
  17: test rsi,0x100
  1e: setne dil
  22: ret
