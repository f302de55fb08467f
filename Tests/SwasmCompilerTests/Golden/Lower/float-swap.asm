   0: add edi,0xffffffff
   3: test edi,edi
   5: je 0x14
   7: movaps xmm15,xmm0
   b: movaps xmm0,xmm1
   e: movaps xmm1,xmm15
  12: jmp 0x0
  14: vsubsd xmm0,xmm1,xmm0
  18: ret
