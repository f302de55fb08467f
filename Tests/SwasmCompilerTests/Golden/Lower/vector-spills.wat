;; registers 4
;; Vectors across a call, in a loop, in slots of 16 bytes.
(module
  (func $f (param i32 v128 v128 v128) (result v128)
    (local v128 v128)
    (loop $again
      (local.set 4 (i32x4.add (local.get 4) (local.get 1)))
      (local.set 5 (i32x4.sub (local.get 4) (local.get 2)))
      (local.set 1 (v128.xor (local.get 5) (local.get 3)))
      (local.set 2 (call $g (local.get 2)))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (v128.and (v128.or (local.get 4) (local.get 5)) (v128.or (local.get 1) (local.get 3))))
  (func $g (param v128) (result v128) (local.get 0)))
