// Writes what V8 makes of every vector operation: node vectors.mjs >../SwasmCompilerTests/Golden/Vectors/operations.expect
// One line each: number, lane, operands (three vectors and a count), result; all but the numbers in hexadecimal.
import { V, I, L, F, D, UNARY, BINARY, TESTS, SHIFTS, SCALARS, EXTRACTS, REPLACES } from './vector-operations.mjs';

let state = 1n;
function random(limit) {
  state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
  return Number((state >> 33n) % BigInt(limit));
}
const WORDS = [0n, ~0n, 0x8000800080008000n, 0x7fff7fff7fff7fffn, 0x8080808080808080n, 0x800000007fffffffn,
  0x7f800000ff800000n, 0x7fc0000080000000n, 0x4f000000cf000000n, 0x4f800000bf800000n, 0x7ff8000000000000n,
  0x7ff0000000000000n, 0x41dfffffffc00000n, 0x41effffffff00000n, 0xc1e0000000000000n, 1n << 63n,
  0x3f8000003f000000n, 0x3ff8000000000000n, 0xc2f0a3d7bf4ccccdn, 0x4002666666666666n];
const word = () => BigInt.asUintN(64, random(2) ? WORDS[random(WORDS.length)]
  : BigInt(random(2 ** 31)) << 33n ^ BigInt(random(2 ** 31)) << 11n ^ BigInt(random(2 ** 31)));
const hex = (words) => words.map((w) => w.toString(16).padStart(16, '0')).join('');

const leb = (n) => { const bytes = []; do { bytes.push(n & 127 | (n > 127 ? 128 : 0)); n >>= 7; } while (n); return bytes; };
const op = (number, ...rest) => [0xfd, ...leb(number), ...rest];
const load = (type, at) => [0x41, 0, ...({[V]: op(0), [I]: [0x28], [L]: [0x29], [F]: [0x2a], [D]: [0x2b]}[type]), 0, at];
const store = (type) => [...({[V]: op(11), [I]: [0x36], [L]: [0x37], [F]: [0x38], [D]: [0x39]}[type]), 0, 64];

function body(number, lane) {
  const start = [0x41, 0];
  if (UNARY.includes(number)) return [...start, ...load(V, 0), ...op(number), ...store(V)];
  if (BINARY.includes(number)) return [...start, ...load(V, 0), ...load(V, 16), ...op(number), ...store(V)];
  if (TESTS.includes(number)) return [...start, ...load(V, 0), ...op(number), ...store(I)];
  if (SHIFTS.includes(number)) return [...start, ...load(V, 0), ...load(I, 48), ...op(number), ...store(V)];
  if (number === 82) return [...start, ...load(V, 0), ...load(V, 16), ...load(V, 32), ...op(number), ...store(V)];
  if (SCALARS[number]) return [...start, ...load(SCALARS[number][0], 16), ...op(number), ...store(V)];
  if (EXTRACTS[number]) return [...start, ...load(V, 0), ...op(number, lane), ...store(EXTRACTS[number][0])];
  return [...start, ...load(V, 0), ...load(REPLACES[number][0], 16), ...op(number, lane), ...store(V)];
}

function run(number, lane, inputs) {
  const code = [0, ...body(number, lane), 0x0b];
  const section = (id, bytes) => [id, ...leb(bytes.length), ...bytes];
  const module = new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, [1, 0x60, 0, 0]), ...section(3, [1, 0]), ...section(5, [1, 0, 1]),
    ...section(7, [2, 1, 0x66, 0, 0, 1, 0x6d, 2, 0]), ...section(10, [1, ...leb(code.length), ...code])]));
  const {f, m} = new WebAssembly.Instance(module).exports;
  const view = new DataView(m.buffer);
  inputs.forEach(([high, low], i) => { view.setBigUint64(16 * i, low, true); view.setBigUint64(16 * i + 8, high, true); });
  f();
  return [view.getBigUint64(72, true), view.getBigUint64(64, true)];
}

const LANES = {...SCALARS, ...EXTRACTS, ...REPLACES};
const ALL = [...UNARY, ...BINARY, ...TESTS, ...SHIFTS, 82, ...Object.keys(LANES).map(Number)].sort((a, b) => a - b);
for (const number of ALL) {
  for (let row = 0; row < 12; row++) {
    const lane = LANES[number] ? random(LANES[number][1]) : 0;
    const inputs = Array.from({length: 3}, () => [word(), word()]);
    const count = random(80);
    const result = run(number, lane, [...inputs, [0n, BigInt(count)]]);
    console.log(number, lane, ...inputs.map(hex), count.toString(16), hex(result));
  }
}
