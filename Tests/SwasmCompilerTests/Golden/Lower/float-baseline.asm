   0: movaps xmm2,xmm0
   3: mulsd xmm2,QWORD PTR gs:[rdi]
   8: addsd xmm0,xmm1
   c: divsd xmm1,xmm0
  10: subsd xmm2,xmm1
  14: movaps xmm0,xmm2
  17: ret
