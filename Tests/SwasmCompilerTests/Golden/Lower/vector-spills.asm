   0: push r12
   2: sub rsp,0x40
   6: mov rax,rdi
   9: movups XMMWORD PTR [rsp],xmm2
   d: mov r12,rax
  10: movaps xmm3,xmm1
  13: movaps xmm1,xmm0
  16: xorps xmm0,xmm0
  19: vpaddd xmm0,xmm0,xmm1
  1d: movups XMMWORD PTR [rsp+0x10],xmm0
  22: vpsubd xmm1,xmm0,xmm3
  26: movups XMMWORD PTR [rsp+0x20],xmm1
  2b: vpxor xmm0,xmm1,xmm2
  2f: movups XMMWORD PTR [rsp+0x30],xmm0
  34: movaps xmm0,xmm3
  37: call 0x3c
  3c: movaps xmm3,xmm0
  3f: add r12d,0xffffffff
  43: test r12d,r12d
  46: je 0x58
  48: movups xmm2,XMMWORD PTR [rsp]
  4c: movups xmm1,XMMWORD PTR [rsp+0x30]
  51: movups xmm0,XMMWORD PTR [rsp+0x10]
  56: jmp 0x19
  58: movups xmm0,XMMWORD PTR [rsp+0x10]
  5d: vpor xmm0,xmm0,XMMWORD PTR [rsp+0x20]
  63: movups xmm1,XMMWORD PTR [rsp+0x30]
  68: vpor xmm1,xmm1,XMMWORD PTR [rsp]
  6d: vpand xmm0,xmm0,xmm1
  71: add rsp,0x40
  75: pop r12
  77: ret
