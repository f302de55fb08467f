   0: add DWORD PTR gs:[rdi+0x4],esi
   4: xor rdx,QWORD PTR gs:[rdi+0x8]
   9: mov QWORD PTR gs:[rdi+0x8],rdx
   e: or BYTE PTR gs:[rdi],0x40
  12: mov eax,DWORD PTR gs:[rdi+0x14]
  16: sub eax,esi
  18: mov DWORD PTR gs:[rdi+0x10],eax
  1c: ret
