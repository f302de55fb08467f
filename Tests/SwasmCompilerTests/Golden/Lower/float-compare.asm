   0: ucomisd xmm0,xmm1
   4: jp 0xe
   6: jne 0xe
   8: mov eax,0x1
   d: ret
   e: ucomisd xmm1,xmm0
  12: jbe 0x1a
  14: mov eax,0x2
  19: ret
  1a: xor eax,eax
  1c: ucomisd xmm0,QWORD PTR [rip+0x1c]
  24: mov ecx,0x1
  29: setne al
  2c: cmovp eax,ecx
  2f: xor ecx,ecx
  31: ucomisd xmm0,xmm1
  35: setae cl
  38: add eax,ecx
  3a: ret
