   0: cmp edx,0x5
   3: cmovb rsi,rdi
   7: ucomisd xmm0,xmm1
   b: jbe 0x10
   d: movaps xmm1,xmm0
  10: movaps xmm0,xmm1
  13: mov rax,rsi
  16: ret
