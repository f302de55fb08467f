// A small generator of random numbers that a seed determines (mulberry32).
export class Random {
  constructor(seed) { this.state = seed >>> 0; }
  word() {
    let t = (this.state = (this.state + 0x6d2b79f5) | 0);
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }
  below(n) { return this.word() % n; }
  chance(percent) { return this.below(100) < percent; }
  pick(list) { return list[this.below(list.length)]; }
  /// Keys of `table` are drawn as often as their values say.
  weighted(table) {
    let total = 0;
    for (const [, weight] of table) total += weight;
    let n = this.below(total);
    for (const [key, weight] of table) if ((n -= weight) < 0) return key;
  }
  i32() {
    switch (this.below(4)) {
      case 0: return this.pick([0, 1, -1, 2, 7, 8, 31, 32, 63, 64, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff,
        0x10000, 0x7fffffff, -0x80000000, -2, -127, -128, -129, -0x8000]) | 0;
      case 1: return (1 << this.below(32)) | 0;
      case 2: return this.below(100) - 20;
      default: return this.word() | 0;
    }
  }
  i64() {
    switch (this.below(4)) {
      case 0: return BigInt(this.i32());
      case 1: return BigInt.asIntN(64, (1n << BigInt(this.below(64))) - BigInt(this.below(3)));
      case 2: return BigInt.asIntN(64, BigInt(this.word()));
      default: return BigInt.asIntN(64, (BigInt(this.word()) << 32n) | BigInt(this.word()));
    }
  }
  float() {
    return this.chance(60)
      ? this.pick([0, -0, 1, -1, 0.5, 1.5, 2.5, -2.5, 1e10, -1e10, 1e30, -1e30, 1e300, 5e-324, 1e-45, Infinity,
        -Infinity, NaN, 2147483647, 2147483648, -2147483648, -2147483649, 4294967295, 4294967296,
        9223372036854775807, -9223372036854775808, 18446744073709551615, 16777217, 9007199254740993, -0.9])
      : (this.word() / 65536 - 32768) * this.pick([1, 1e-3, 1e6, 1e15]);
  }
}
