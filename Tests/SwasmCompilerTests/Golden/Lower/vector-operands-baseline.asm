   0: movups xmm1,XMMWORD PTR gs:[rdi+0x10]
   5: paddd xmm1,xmm0
   9: movups XMMWORD PTR gs:[rdi+0x20],xmm1
   e: movups xmm1,XMMWORD PTR gs:[rdi]
  12: pmullw xmm1,XMMWORD PTR [rip+0x26]
  1a: movups xmm2,XMMWORD PTR gs:[rdi+0x30]
  1f: psubq xmm2,xmm0
  23: pxor xmm1,xmm2
  27: pslld xmm1,0x7
  2c: paddusb xmm1,XMMWORD PTR [rip+0x1c]
  34: movaps xmm0,xmm1
  37: ret
