   0: vminps xmm2,xmm0,xmm1
   4: vminps xmm3,xmm1,xmm0
   8: vorps xmm2,xmm2,xmm3
   c: vcmpunordps xmm3,xmm3,xmm2
  11: vorps xmm2,xmm2,xmm3
  15: vpsrld xmm3,xmm3,0xa
  1a: vandnps xmm2,xmm3,xmm2
  1e: vcmpeqps xmm3,xmm0,xmm0
  23: vpand xmm4,xmm0,xmm3
  27: vpxor xmm3,xmm3,xmm4
  2b: vcvttps2dq xmm4,xmm4
  2f: vpand xmm3,xmm3,xmm4
  33: vpsrad xmm3,xmm3,0x1f
  38: vpxor xmm3,xmm4,xmm3
  3c: vpunpckldq xmm4,xmm1,XMMWORD PTR [rip+0x5c]
  44: vsubpd xmm4,xmm4,XMMWORD PTR [rip+0x64]
  4c: vpsrlq xmm5,xmm0,0x20
  51: vpmuludq xmm5,xmm5,xmm1
  55: vpsrlq xmm6,xmm1,0x20
  5a: vpmuludq xmm6,xmm6,xmm0
  5e: vpaddq xmm5,xmm5,xmm6
  62: vpsllq xmm5,xmm5,0x20
  67: vpmuludq xmm0,xmm0,xmm1
  6b: vpaddq xmm0,xmm0,xmm5
  6f: and edi,0x3f
  72: movd xmm1,edi
  76: movups xmm5,XMMWORD PTR [rip+0x43]
  7d: vpsrlq xmm5,xmm5,xmm1
  81: vpsrlq xmm0,xmm0,xmm1
  85: vpxor xmm0,xmm0,xmm5
  89: vpsubq xmm0,xmm0,xmm5
  8d: movaps xmm1,xmm3
  90: movaps xmm3,xmm0
  93: movaps xmm0,xmm2
  96: movaps xmm2,xmm4
  99: ret
