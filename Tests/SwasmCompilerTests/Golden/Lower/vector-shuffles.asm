   0: vpshufb xmm2,xmm0,XMMWORD PTR [rip+0x37]
   9: vpslld xmm3,xmm1,0x19
   e: vpsrld xmm4,xmm1,0x7
  13: vpor xmm3,xmm3,xmm4
  17: vpunpckldq xmm4,xmm0,xmm1
  1b: vpshufb xmm0,xmm0,XMMWORD PTR [rip+0x2c]
  24: vpshufb xmm1,xmm1,XMMWORD PTR [rip+0x33]
  2d: vpor xmm0,xmm0,xmm1
  31: movaps xmm1,xmm3
  34: movaps xmm3,xmm0
  37: movaps xmm0,xmm2
  3a: movaps xmm2,xmm4
  3d: ret
