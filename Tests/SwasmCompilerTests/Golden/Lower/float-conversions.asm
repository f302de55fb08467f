   0: xorps xmm1,xmm1
   3: test rdi,rdi
   6: js 0x3b
   8: cvtsi2sd xmm1,rdi
   d: xorps xmm2,xmm2
  10: vcvtsi2ss xmm2,xmm2,esi
  14: vcvtss2sd xmm3,xmm0,xmm0
  18: cvttss2si rax,xmm0
  1d: mov rcx,rax
  20: shr rcx,0x20
  24: jne 0x52
  26: cvttss2si rdx,xmm0
  2b: cmp rdx,0x1
  2f: jo 0x59
  31: movaps xmm0,xmm1
  34: movaps xmm1,xmm2
  37: movaps xmm2,xmm3
  3a: ret
  3b: mov rax,rdi
  3e: shr rax,1
  41: jae 0x47
  43: or rax,0x1
  47: cvtsi2sd xmm1,rax
  4c: addsd xmm1,xmm1
  50: jmp 0xd
  52: ucomiss xmm0,xmm0
  55: jp 0x7c
  57: jmp 0x7f
  59: ucomiss xmm0,xmm0
  5c: jp 0x69
  5e: ucomiss xmm0,DWORD PTR [rip+0x1f]
  65: jae 0x70
  67: jmp 0x31
  69: mov edx,0x0
  6e: jmp 0x31
  70: movabs rdx,0x7fffffffffffffff
  7a: jmp 0x31
  7c: ud2
  7e: (bad)
  7f: ud2
  81: .byte 0x4
