   0: push r12
   2: push r13
   4: push r15
   6: sub rsp,0x18
   a: mov rax,rsi
   d: mov rcx,rdi
  10: mov QWORD PTR [rsp+0x8],rcx
  15: mov r13,rax
  18: mov eax,0x0
  1d: mov ecx,0x0
  22: mov edx,0x0
  27: mov r15d,0x0
  2d: mov r12d,0x0
  33: mov QWORD PTR [rsp],0x0
  3b: add rax,QWORD PTR gs:[r13+0x0]
  40: xor rcx,rax
  43: mov QWORD PTR [rsp+0x10],rcx
  48: imul rdx,rcx
  4c: sub r15,rdx
  4f: mov rcx,r15
  52: rol r12,cl
  55: mov rcx,QWORD PTR [rsp]
  59: or rcx,r12
  5c: lea r13d,[r13+0x8]
  60: mov QWORD PTR [rsp],r13
  64: mov r13,QWORD PTR [rsp+0x8]
  69: add r13d,0xffffffff
  6d: test r13d,r13d
  70: je 0x86
  72: mov QWORD PTR [rsp+0x8],r13
  77: mov r13,QWORD PTR [rsp]
  7b: mov QWORD PTR [rsp],rcx
  7f: mov rcx,QWORD PTR [rsp+0x10]
  84: jmp 0x3b
  86: mov r13,QWORD PTR [rsp+0x10]
  8b: lea r13,[rax+r13*1]
  8f: add r13,rdx
  92: lea r15,[r15+r12*1]
  96: add r15,rcx
  99: add r13,r15
  9c: mov rax,r13
  9f: add rsp,0x18
  a3: pop r15
  a5: pop r13
  a7: pop r12
  a9: ret
