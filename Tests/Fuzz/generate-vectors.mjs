// generate-vectors.mjs FOLDER FIRST COUNT [relaxed]: writes COUNT random modules, seed by seed, of vector instructions: expressions of
// locals, memory, constants and lanes, in loops, with calls that pass vectors in registers and on the stack. What
// is computed ends in memory and in the result. NaNs that the machine chooses are made zeros. With relaxed instructions
// too where asked for: what they choose is checked in the module (relaxed.mjs).
import { writeFileSync } from 'node:fs';
import { Random } from './random.mjs';
import { V, I, L, F, D, UNARY, BINARY, TESTS, SHIFTS, SCALARS, EXTRACTS, REPLACES, FLOATS, BITSELECT } from './vector-operations.mjs';
import { relaxed, checkChoices, GLOBALS, LOCALS } from './relaxed.mjs';

const leb = (n) => { const bytes = []; do { bytes.push(n & 127 | (n > 127 ? 128 : 0)); n >>>= 7; } while (n); return bytes; };
function signed(n) {
  const bytes = [];
  for (;;) {
    const byte = n & 127;
    n >>= 7;
    if ((n === 0 && !(byte & 64)) || (n === -1 && byte & 64)) return [...bytes, byte];
    bytes.push(byte | 128);
  }
}
const section = (id, bytes) => [id, ...leb(bytes.length), ...bytes];
const op = (number, ...rest) => [0xfd, ...leb(number), ...rest];
const get = (local) => [0x20, local];
const set = (local) => [0x21, local];

// Parameters of the exported function, then its locals: vectors, an address, a count, room for a NaN test and for relaxed.mjs.
const VECTORS = [4, 5, 6, 7, 8, 9], ADDRESS = 10, COUNT = 11, SCRATCH = 12, RELAXED = 13;
const EXTENDING = [1, 2, 3, 4, 5, 6], SPLATS = [7, 8, 9, 10], ZEROS = [92, 93];

const [folder, first, count, choice] = process.argv.slice(2);
const withRelaxed = choice === 'relaxed';

class Body {
  constructor(random) { this.random = random; }

  i32(depth) {
    const r = this.random;
    if (depth <= 0 || r.chance(25)) return r.chance(50) ? [0x41, ...signed(r.i32())] : get(r.pick([0, ADDRESS, COUNT]));
    if (r.chance(30)) return [...this.vector(depth - 1), ...op(r.pick(TESTS))];
    const [number, lanes] = r.pick([[21, 16], [22, 16], [24, 8], [25, 8], [27, 4]]);
    return [...this.vector(depth - 1), ...op(number, r.below(lanes))];
  }

  scalar(type, depth) {
    const r = this.random;
    if (type === I) return this.i32(depth);
    if (r.chance(50)) return get({[L]: 1, [F]: 2, [D]: 3}[type]);
    const number = {[L]: 29, [F]: 31, [D]: 33}[type];
    return [...this.vector(depth - 1), ...op(number, r.below(EXTRACTS[number][1]))];
  }

  address() { return [...get(ADDRESS), 0x41, ...signed(0xfff), 0x71]; }
  offset() { return leb(this.random.pick([0, 1, 8, 16, 100, 1000, 40000])); }

  constant() {
    const r = this.random;
    const bytes = r.chance(30) ? Array(16).fill(r.pick([0, 255, 1, 128])) : Array.from({length: 16}, () => r.below(256));
    return op(12, ...bytes);
  }

  /// A result whose NaNs are made zeros.
  canonical(number, code) {
    const equal = FLOATS[32].includes(number) ? 65 : FLOATS[64].includes(number) ? 71 : 0;
    if (!equal) return code;
    return [...code, 0x22, SCRATCH, ...get(SCRATCH), ...get(SCRATCH), ...op(equal), ...op(78)];
  }

  vector(depth) {
    const r = this.random;
    if (depth <= 0) return r.chance(75) ? get(r.pick(VECTORS)) : this.constant();
    switch (r.below(withRelaxed ? 19 : 16)) {
      case 16: case 17: case 18: return relaxed(r, RELAXED, () => this.vector(depth - 1));
      case 0: return get(r.pick(VECTORS));
      case 1: return this.constant();
      case 2: return [...this.address(), ...op(0, 0, ...this.offset())];
      case 3: return [...this.address(), ...op(r.pick([...EXTENDING, ...SPLATS, ...ZEROS]), 0, ...this.offset())];
      case 4: {
        const lane = r.below(4);
        return [...this.address(), ...this.vector(depth - 1), ...op(84 + lane, 0, ...this.offset(), r.below(16 >> lane))];
      }
      case 5: case 6: { const number = r.pick(UNARY); return this.canonical(number, [...this.vector(depth - 1), ...op(number)]); }
      case 7: return [...this.vector(depth - 1), ...(r.chance(70) ? [0x41, ...signed(r.below(70))] : this.i32(1)), ...op(r.pick(SHIFTS))];
      case 8: return [...this.vector(depth - 1), ...this.vector(depth - 1), ...op(13, ...this.lanes())];
      case 9: { const number = +r.pick(Object.keys(SCALARS)); return [...this.scalar(SCALARS[number][0], depth - 1), ...op(number)]; }
      case 10: {
        const number = +r.pick(Object.keys(REPLACES)), [type, lanes] = REPLACES[number];
        return [...this.vector(depth - 1), ...this.scalar(type, depth - 1), ...op(number, r.below(lanes))];
      }
      case 11: return [...this.vector(depth - 1), ...this.vector(depth - 1), ...this.vector(depth - 1), ...op(BITSELECT)];
      case 12: return r.chance(50)
        ? [...this.vector(depth - 1), ...this.vector(depth - 1), ...this.i32(1), 0x1b] : this.call(depth);
      default: { const number = r.pick(BINARY); return this.canonical(number, [...this.vector(depth - 1), ...this.vector(depth - 1), ...op(number)]); }
    }
  }

  lanes() {
    const r = this.random, width = r.pick([1, 1, 2, 4, 8]), limit = r.pick([16, 32]);
    const start = r.below(limit);
    if (r.chance(25)) return Array.from({length: 16}, (_, i) => (start + i) % limit);
    return Array.from({length: 16 / width}, () => r.below(limit / width)).flatMap((n) => Array.from({length: width}, (_, i) => n * width + i));
  }

  /// Ten vectors and a double, of which some are passed on the stack.
  call(depth) {
    const vectors = Array.from({length: 10}, () => this.vector(depth > 2 ? 1 : 0));
    return [...vectors.slice(0, 9).flat(), ...get(3), ...vectors[9], 0x10, 1];
  }

  statement() {
    const r = this.random;
    switch (r.below(10)) {
      case 0: return [...this.address(), ...this.vector(3), ...op(11, 0, ...this.offset())];
      case 1: {
        const lane = r.below(4);
        return [...this.address(), ...this.vector(2), ...op(88 + lane, 0, ...this.offset(), r.below(16 >> lane))];
      }
      case 2: return [...this.i32(2), 0x04, 0x40, ...this.statement(), 0x0b];
      case 3: return [...this.i32(3), ...set(ADDRESS)];
      default: return [...this.vector(r.pick([2, 3, 4])), ...set(r.pick(VECTORS))];
    }
  }

  function() {
    const statements = (n) => Array.from({length: n}, () => this.statement()).flat();
    const r = this.random;
    const loop = [0x41, 3, ...set(COUNT), 0x03, 0x40, ...statements(4 + r.below(8)),
      ...get(COUNT), 0x41, 1, 0x6b, 0x22, COUNT, 0x0d, 0, 0x0b];
    const end = VECTORS.flatMap((local, i) => [0x41, 0, ...get(local), ...op(11, 0, ...leb(50000 + 16 * i))]);
    const locals = [3, ...leb(6), V, ...leb(2), I, ...leb(1 + (withRelaxed ? LOCALS : 0)), V];
    return [...locals, ...statements(3), ...loop, ...end, ...(withRelaxed ? checkChoices(50096) : []), ...this.i32(2), 0x0b];
  }

  /// The function that is called: some of its operands, so that most are live to its end.
  callee() {
    const sum = [...get(8), ...get(7), ...op(110), ...get(10), ...op(81), ...get(0), ...op(206), ...get(9), ...op(20), ...op(81)];
    return [0, ...sum, 0x0b];
  }
}

function module(seed) {
  const body = new Body(new Random(seed));
  const functions = [body.function(), body.callee()].flatMap((code) => [...leb(code.length), ...code]);
  // The callee: nine vectors, a double, a vector; the ninth vector and the last are on the stack.
  const types = [2, 0x60, 4, I, L, F, D, 1, I, 0x60, 11, V, V, V, V, V, V, V, V, V, D, V, 1, V];
  const data = Array.from({length: 2000}, () => body.random.below(256));
  return new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...section(1, types), ...section(3, [2, 0, 1]), ...section(5, [1, 0, 1]),
    ...(withRelaxed ? section(6, [...leb(GLOBALS.length), ...GLOBALS.flat()]) : []),
    ...section(7, [2, 1, 0x66, 0, 0, 1, 0x6d, 2, 0]), ...section(10, [2, ...functions]),
    ...section(11, [1, 0, 0x41, 0, 0x0b, ...leb(data.length), ...data])]);
}

for (let seed = Number(first); seed < Number(first) + Number(count); seed++) writeFileSync(`${folder}/v${seed}.wasm`, module(seed));
