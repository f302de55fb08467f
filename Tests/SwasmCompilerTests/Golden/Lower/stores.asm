   0: mov BYTE PTR gs:[rdi],0xff
   4: mov QWORD PTR gs:[rdi+0x8],0xfffffffffffffffe
   d: movabs rax,0x123456789
  17: mov QWORD PTR gs:[rdi+0x10],rax
  1c: mov WORD PTR gs:[rdi+0x18],si
  21: movsd QWORD PTR gs:[rdi+0x20],xmm0
  27: mov DWORD PTR gs:[rdi+0x28],0x3fc00000
  2f: ret
