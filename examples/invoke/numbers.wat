;; A library without _start: its exports are called from the command line.
(module
  ;; Greatest common divisor.
  (func $gcd (export "gcd") (param $a i64) (param $b i64) (result i64)
    (if (result i64) (i64.eqz (local.get $b))
      (then (local.get $a))
      (else
        (call $gcd (local.get $b) (i64.rem_u (local.get $a) (local.get $b))))))

  ;; Quotient and remainder.
  (func (export "divide") (param $a i32) (param $b i32) (result i32 i32)
    (i32.div_s (local.get $a) (local.get $b))
    (i32.rem_s (local.get $a) (local.get $b)))

  ;; The length of a diagonal.
  (func (export "diagonal") (param $a f64) (param $b f64) (result f64)
    (f64.sqrt
      (f64.add
        (f64.mul (local.get $a) (local.get $a))
        (f64.mul (local.get $b) (local.get $b))))))
