   0: add edx,0xffffffff
   3: test edx,edx
   5: je 0xc
   7: xchg rdi,rsi
   a: jmp 0x0
   c: sub rsi,rdi
   f: mov rax,rsi
  12: ret
