// Relaxed vector instructions for generate-vectors.mjs. Several results of each are permitted, and an implementation chooses
// among them once and for all ("Relaxed Operations" in the specification). The modules check that themselves: they compute
// every permitted result with instructions that have one result each, compare lane by lane, and go on with the first one,
// so that what they compute is the same everywhere. A lane that has none of the results is inverted. What a
// choice is excluded by is gathered in a global for each; when at the end all choices of one kind are excluded, a flag is set in memory.
import { V } from './vector-operations.mjs';

const leb = (n) => { const bytes = []; do { bytes.push(n & 127 | (n > 127 ? 128 : 0)); n >>>= 7; } while (n); return bytes; };
const op = (number, ...rest) => [0xfd, ...leb(number), ...rest];
const v = (number, ...operands) => [...operands.flat(), ...op(number)];
const shift = (number, a, count) => [...a, 0x41, ...(count < 64 ? [count] : [count | 128, 0]), ...op(number)];
const splat = (width, value) => op(12, ...Array.from({length: 16 / width}, () =>
  Array.from({length: width}, (_, i) => Number(BigInt.asUintN(64, BigInt(value)) >> BigInt(8 * i) & 255n))).flat());
const float = (width, value) => {
  const view = new DataView(new ArrayBuffer(8));
  width === 4 ? view.setFloat32(0, value) : view.setFloat64(0, value);
  return splat(width, width === 4 ? view.getUint32(0) : view.getBigUint64(0));
};
const shuffle = (a, b, ...lanes) => [...a, ...b, ...op(13, ...lanes)];

const [not, and, or, xor] = [77, 78, 80, 81].map((number) => (...operands) => v(number, ...operands));
const choose = (a, b, mask) => v(82, a, b, mask);
const EQUAL = {1: 35, 2: 45, 4: 55, 8: 214};
const F = {
  4: {eq: 65, ne: 66, lt: 67, gt: 68, ge: 70, neg: 225, add: 228, sub: 229, mul: 230, min: 232, max: 233},
  8: {eq: 71, ne: 72, lt: 73, gt: 74, ge: 76, neg: 237, add: 240, sub: 241, mul: 242, min: 244, max: 245},
};

/// The locals from the first on: operands, result, a permitted result, lanes that have one of them, and room.
export const LOCALS = 16;
let first = 0;
const local = (i) => [0x20, first + i];
const put = (i, code) => [...code, 0x21, first + i];
const [A, B, C, RESULT, PERMITTED, FOUND, SAME, ROOM] = [0, 1, 2, 3, 4, 5, 6, 7];
const a = () => local(A), b = () => local(B), c = () => local(C), t = (i) => local(ROOM + i);

/// t(to) = x + y, t(to + 1) = what that lacks; x, y and t(to + 2) are locals.
const exactSum = (x, y, to) => [
  ...put(ROOM + to, v(240, x, y)), ...put(ROOM + to + 2, v(241, t(to), x)),
  ...put(ROOM + to + 1, v(240, v(241, x, v(241, t(to), t(to + 2))), v(241, y, t(to + 2))))];
/// sum + rest, rounded to odd: one towards the rest where the last bit is even.
const toOdd = (sum, rest) => v(206, sum, and(
  or(v(216, xor(sum, rest), splat(8, 0)), splat(8, 1)),
  and(or(v(73, rest, float(8, 0)), v(74, rest, float(8, 0))), v(214, and(sum, splat(8, 1)), splat(8, 0)))));

/// a × b + c of singles, rounded once: exact in doubles but for the sum, which is rounded to odd before it is made a single.
function fusedSingles() {
  const half = (x, high) => v(95, high ? shuffle(x, x, ...Array.from({length: 16}, (_, i) => (i + 8) % 16)) : x);
  const sum = (high) => [...put(ROOM, v(242, half(a(), high), half(b(), high))), ...put(ROOM + 1, half(c(), high)),
    ...exactSum(t(0), t(1), 2), ...v(94, toOdd(t(2), t(3)))];
  return [...put(ROOM + 5, sum(false)), ...put(ROOM + 6, sum(true)),
    ...shuffle(t(5), t(6), 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)];
}
/// The same of doubles whose exponents are such that nothing overflows (Boldo and Melquiond's algorithm).
function fusedDoubles() {
  const upper = (x, to) => [...put(ROOM + 8, v(242, x, float(8, 134217729))), ...put(ROOM + to, v(241, t(8), v(241, t(8), x)))];
  const lower = (x, high) => v(241, x, t(high));
  return [
    ...upper(a(), 0), ...upper(b(), 1), ...put(ROOM + 2, lower(a(), 0)), ...put(ROOM + 3, lower(b(), 1)),
    ...put(ROOM + 4, v(242, a(), b())),
    ...put(ROOM + 5, v(240, v(240, v(240, v(241, v(242, t(0), t(1)), t(4)), v(242, t(0), t(3))), v(242, t(2), t(1))), v(242, t(2), t(3)))),
    ...exactSum(c(), t(5), 0), ...exactSum(t(4), t(0), 5), ...exactSum(t(1), t(6), 2),
    ...v(240, t(5), toOdd(t(2), t(3)))];
}

const unfused = (n, negate) => v(F[n].add, negate ? v(F[n].neg, v(F[n].mul, a(), b())) : v(F[n].mul, a(), b()), c());
/// With −a in place of a.
const fused = (n, negate) => {
  const result = n === 4 ? fusedSingles() : fusedDoubles();
  return negate ? [...put(A, v(F[n].neg, a())), ...put(ROOM + 7, result), ...put(A, v(F[n].neg, a())), ...t(7)] : result;
};

/// Fewer bits of exponent, around the middle: no zeros, no infinities, no NaNs, and sums of which both parts matter.
const ranged = (n, bits) => (x) => {
  const [fraction, width, middle] = n === 4 ? [23, 32, 128] : [52, 64, 1024];
  const kept = 1n << BigInt(width - 1) | (1n << BigInt(fraction + bits)) - 1n;
  return v(n === 4 ? 174 : 206, and(x, splat(n, kept)), splat(n, BigInt(middle - (1 << bits - 1)) << BigInt(fraction)));
};
/// Singles made doubles: their product is exact, so that fused and unfused are the same.
const single = (x) => v(95, v(94, x));

const isNaN = (n, x) => v(F[n].ne, x, x);
function extremes(n, of) {
  const plain = () => v(F[n][of], a(), b()), zero = () => float(n, 0);
  const isZero = (x) => v(F[n].eq, x, zero());
  const special = or(or(isNaN(n, a()), isNaN(n, b())), and(isZero(a()), isZero(b())));
  return [plain(), choose(a(), plain(), special), choose(b(), plain(), special),
    choose(b(), choose(a(), plain(), isNaN(n, b())), isNaN(n, a()))];
}
const truncated = (n, number, from, below, ...others) => {
  // Two lanes of doubles, of which the upper results are zeros.
  const within = and(v(F[n][from < 0 && from > -2 ? 'gt' : 'ge'], a(), float(n, from)), v(F[n].lt, a(), float(n, below)));
  const mask = n === 4 ? within : shuffle(within, splat(1, 255), 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 20, 21, 22, 23);
  return [v(number, a()), ...others.map((other) => choose(v(number, a()), splat(4, other), mask))];
};
const selected = (shr, width) => [choose(a(), b(), c()), choose(a(), b(), shift(shr, c(), 8 * width - 1))];

/// Products of bytes, even and odd ones, summed: signed ones (which saturates or not), or the second operands unsigned.
const even = (x, shr) => shift(shr, shift(139, x, 8), 8), odd = (x, shr) => shift(shr, x, 8);
const products = (shr) => [v(149, even(a(), 140), even(b(), shr)), v(149, odd(a(), 140), odd(b(), shr))];
const dots = () => [v(143, ...products(140)), v(143, ...products(141)), v(142, ...products(140)),
  v(142, ...products(140)), v(142, ...products(141))];
/// The first three by way of the former; the suite permits exact sums too.
const dotSums = () => [...dots().slice(0, 3).map((dot) => v(126, dot)),
  ...[140, 141].map((shr) => v(174, ...products(shr).map((product) => v(126, product))))].map((sum) => v(174, sum, c()));

/// Numbers of instructions, kind of choice, bytes of a lane, is a float?, number of operands, permitted results by choice,
/// what is done to the operands before.
const row = (number, kind, width, isFloat, operands, permitted, prepare) => ({number, kind, width, isFloat, operands, permitted, prepare});
const ROWS = [
  row(0x100, 0, 1, false, 2, () => [v(14, a(), b()), v(14, a(), and(b(), splat(1, 0x8f)))]),
  row(0x101, 1, 4, false, 1, () => truncated(4, 248, -2147483648, 2147483648, 0x80000000)),
  row(0x102, 2, 4, false, 1, () => truncated(4, 249, -1, 4294967296, 0xffffffff, 0xfffffffe, 0x80000000)),
  row(0x103, 1, 4, false, 1, () => truncated(8, 252, -2147483648, 2147483648, 0x80000000)),
  row(0x104, 2, 4, false, 1, () => truncated(8, 253, -1, 4294967296, 0xffffffff, 0xfffffffe, 0x80000000)),
  ...[[0x105, false], [0x106, true]].flatMap(([number, negate]) => [x => x, ranged(4, 4), ranged(4, 6)].map((prepare) =>
    row(number, 3, 4, true, 3, () => [unfused(4, negate), fused(4, negate)], prepare))),
  ...[[0x107, false], [0x108, true]].flatMap(([number, negate]) => [
    row(number, 3, 8, true, 3, () => [unfused(8, negate), unfused(8, negate)], (x, i) => i < 2 ? single(x) : x),
    ...[4, 6, 9].map((bits) => row(number, 3, 8, true, 3, () => [unfused(8, negate), fused(8, negate)], ranged(8, bits)))]),
  row(0x109, 4, 1, false, 3, () => selected(108, 1)), row(0x10a, 4, 2, false, 3, () => selected(140, 2)),
  row(0x10b, 4, 4, false, 3, () => selected(172, 4)), row(0x10c, 4, 8, false, 3, () => selected(204, 8)),
  row(0x10d, 5, 4, true, 2, () => extremes(4, 'min')), row(0x10e, 6, 4, true, 2, () => extremes(4, 'max')),
  row(0x10f, 5, 8, true, 2, () => extremes(8, 'min')), row(0x110, 6, 8, true, 2, () => extremes(8, 'max')),
  row(0x111, 7, 2, false, 2, () => {
    const least = splat(2, 0x8000), both = and(v(45, a(), least), v(45, b(), least));
    return [v(130, a(), b()), choose(least, v(130, a(), b()), both)];
  }),
  row(0x112, 8, 2, false, 2, dots), row(0x113, 8, 4, false, 3, dotSums),
];
const CHOICES = [2, 2, 4, 2, 2, 4, 4, 2, 5];
const globalOf = (kind, choice) => CHOICES.slice(0, kind).reduce((sum, n) => sum + n, 0) + choice;
const MISSED = globalOf(CHOICES.length, 0);
/// All zeros: the lanes that exclude a choice, and those that are not explained by any.
export const GLOBALS = Array.from({length: MISSED + 1}, () => [V, 1, ...splat(1, 0), 0x0b]);

/// A relaxed instruction on the results of `operand()`, LOCALS locals from `start` on being free.
export function relaxed(random, start, operand) {
  first = start;
  const {number, kind, width, isFloat, operands, permitted, prepare} = random.pick(ROWS);
  const pushed = Array.from({length: operands}, operand).flat();
  first = start;
  const names = [A, B, C].slice(0, operands);
  const code = [...pushed, ...[...names].reverse().flatMap((name) => [0x21, first + name])];
  if (prepare) code.push(...names.flatMap((name, i) => put(name, prepare(local(name), i))));
  code.push(...put(RESULT, v(number, ...names.map(local))), ...put(FOUND, splat(1, 0)));
  const results = permitted();
  results.forEach((result, choice) => {
    const same = v(EQUAL[width], local(RESULT), local(PERMITTED));
    code.push(...put(PERMITTED, result),
      ...put(SAME, isFloat ? or(same, and(isNaN(width, local(RESULT)), isNaN(width, local(PERMITTED)))) : same),
      ...put(FOUND, or(local(FOUND), local(SAME))));
    const excluded = globalOf(kind, choice);
    code.push(...or([0x23, excluded], not(local(SAME))), 0x24, excluded);
  });
  code.push(...or([0x23, MISSED], not(local(FOUND))), 0x24, MISSED);
  // NaNs are made zeros.
  code.push(...put(PERMITTED, results[0]));
  const value = isFloat ? and(local(PERMITTED), v(F[width].eq, local(PERMITTED), local(PERMITTED))) : local(PERMITTED);
  return [...code, ...xor(value, not(local(FOUND)))];
}

/// Writes a flag for each kind of choice (none of the choices explains all results), and one for lanes that have no permitted result.
export function checkChoices(address) {
  const any = (global) => v(83, [0x23, global]);
  const flags = [...CHOICES.map((count, kind) =>
    Array.from({length: count}, (_, choice) => [...any(globalOf(kind, choice)), ...(choice ? [0x71] : [])]).flat()), any(MISSED)];
  return flags.flatMap((code, i) => [0x41, 0, ...code, 0x36, 2, ...leb(address + 4 * i)]);
}
