   0: push rbx
   1: mov rbx,rsi
   4: mov rax,QWORD PTR [rip+0x0]
   b: shl rdi,0x4
   f: cmp DWORD PTR [rax+rdi*1+0x8],0x1
  14: jne 0x2a
  16: mov r11,QWORD PTR [rax+rdi*1]
  1a: mov rdi,rbx
  1d: mov esi,0x9
  22: call r11
  25: add rax,rbx
  28: pop rbx
  29: ret
  2a: ud2
  2c: or al,0x7
