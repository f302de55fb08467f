;; A rotation by 16 and by 7 bits, a transposition, bytes of both.
(module
  (func (param v128 v128) (result v128 v128 v128 v128)
    (i8x16.shuffle 2 3 0 1 6 7 4 5 10 11 8 9 14 15 12 13 (local.get 0) (local.get 0))
    (v128.or (i32x4.shl (local.get 1) (i32.const 25)) (i32x4.shr_u (local.get 1) (i32.const 7)))
    (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get 0) (local.get 1))
    (i8x16.shuffle 0 17 2 19 5 21 6 23 8 25 10 27 12 29 14 31 (local.get 0) (local.get 1))))
