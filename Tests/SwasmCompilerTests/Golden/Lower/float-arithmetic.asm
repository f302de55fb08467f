   0: vaddsd xmm2,xmm0,QWORD PTR gs:[rdi]
   5: vxorpd xmm3,xmm1,XMMWORD PTR [rip+0x53]
   d: ucomisd xmm2,xmm3
  11: jp 0x44
  13: je 0x4a
  15: minsd xmm2,xmm3
  19: ucomisd xmm0,xmm1
  1d: jp 0x50
  1f: je 0x56
  21: maxsd xmm0,xmm1
  25: vsqrtsd xmm0,xmm0,xmm0
  29: vroundsd xmm0,xmm0,xmm0,0x8
  2f: vandpd xmm1,xmm2,XMMWORD PTR [rip+0x39]
  37: vandpd xmm0,xmm0,XMMWORD PTR [rip+0x21]
  3f: vorpd xmm0,xmm1,xmm0
  43: ret
  44: addsd xmm2,xmm3
  48: jmp 0x19
  4a: orpd xmm2,xmm3
  4e: jmp 0x19
  50: addsd xmm0,xmm1
  54: jmp 0x25
  56: andpd xmm0,xmm1
  5a: jmp 0x25
