   0: mov rcx,rsi
   3: mov rax,rdi
   6: shl eax,cl
   8: mov rcx,rsi
   b: shr rdx,cl
   e: mov rcx,rsi
  11: rol edi,cl
  13: mov ecx,0x3f
  18: bsr esi,edi
  1b: cmove esi,ecx
  1e: xor esi,0x1f
  21: mov rcx,rsi
  24: ret
