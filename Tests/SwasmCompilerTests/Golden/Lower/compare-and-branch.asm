   0: cmp edi,esi
   2: jge 0xa
   4: mov eax,0x1
   9: ret
   a: cmp rdx,0x3e8
  11: jb 0x19
  13: mov eax,0x2
  18: ret
  19: cmp DWORD PTR gs:[rdi],0x7
  1d: jne 0x25
  1f: mov eax,0x3
  24: ret
  25: test dil,0x10
  29: jne 0x31
  2b: mov eax,0x4
  30: ret
  31: test rdx,rdx
  34: jne 0x3c
  36: mov eax,0x5
  3b: ret
  3c: mov eax,0x6
  41: ret
