   0: shlx eax,edi,esi
   5: sarx rcx,rdx,rsi
   a: rorx esi,edi,0x1b
  10: rorx rdi,rdx,0x9
  16: mov rdx,rcx
  19: mov rcx,rsi
  1c: ret
