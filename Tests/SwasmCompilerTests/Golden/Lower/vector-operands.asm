   0: vpaddd xmm1,xmm0,XMMWORD PTR gs:[rdi+0x10]
   6: movups XMMWORD PTR gs:[rdi+0x20],xmm1
   b: movups xmm1,XMMWORD PTR gs:[rdi]
   f: vpmullw xmm1,xmm1,XMMWORD PTR [rip+0x29]
  17: movups xmm2,XMMWORD PTR gs:[rdi+0x30]
  1c: vpsubq xmm0,xmm2,xmm0
  20: vpxor xmm0,xmm1,xmm0
  24: vpslld xmm0,xmm0,0x7
  29: vpaddusb xmm0,xmm0,XMMWORD PTR [rip+0x1f]
  31: ret
