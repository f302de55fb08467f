   0: push r12
   2: mov rax,rsi
   5: mov rcx,rdi
   8: movabs r12,0x9e3779b97f4a7c15
  12: xor rax,r12
  15: movabs r12,0xff51afd7ed558ccd
  1f: imul rax,r12
  23: movabs r12,0x100000000
  2d: mov QWORD PTR gs:0x8,r12
  36: add ecx,0xffffffff
  39: test ecx,ecx
  3b: jne 0x8
  3d: pop r12
  3f: ret
