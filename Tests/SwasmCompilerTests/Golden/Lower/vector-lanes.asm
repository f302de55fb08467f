   0: vptest xmm0,xmm0
   5: je 0xe
   7: vpextrb BYTE PTR gs:[rdi],xmm0,0x3
   e: xorps xmm1,xmm1
  11: vpcmpeqw xmm1,xmm0,xmm1
  15: vptest xmm1,xmm1
  1a: je 0x20
  1c: movhps QWORD PTR gs:[rdi],xmm0
  20: vpinsrd xmm0,xmm0,DWORD PTR gs:[rdi],0x2
  27: vpinsrw xmm0,xmm0,WORD PTR gs:[rdi],0x1
  2d: vpmovsxbw xmm1,QWORD PTR gs:[rdi]
  33: vpaddq xmm0,xmm0,xmm1
  37: vbroadcastss xmm1,DWORD PTR gs:[rdi]
  3d: vaddps xmm0,xmm0,xmm1
  41: vpshufd xmm1,xmm0,0x2
  46: vpextrb eax,xmm0,0xf
  4c: movsx eax,al
  4f: vpmovmskb ecx,xmm0
  53: add eax,ecx
  55: movq rdx,xmm0
  5a: movaps xmm0,xmm1
  5d: ret
