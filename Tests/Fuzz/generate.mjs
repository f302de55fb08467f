// generate.mjs FOLDER FIRST COUNT: writes COUNT random modules, seed by seed, that press on the compiler's back
// half: folds, address modes, read-modify-write, compare-and-branch, register pressure in loops, calls with
// many arguments. They end (a global counts fuel: without, functions
// return at once and loops don't repeat), export all, import nothing. NaNs are made canonical
// before their bits can be seen.
import { writeFileSync } from "node:fs";
import { Random } from "./random.mjs";

const I32 = 0x7f, I64 = 0x7e, F32 = 0x7d, F64 = 0x7c;
const TYPES = [I32, I64, F32, F64];
const isFloat = (t) => t === F32 || t === F64;
const PAGE_MASK = 0xffff;

function unsigned(n) {
  const bytes = [];
  let v = BigInt(n);
  do {
    let byte = Number(v & 127n);
    v >>= 7n;
    if (v) byte |= 128;
    bytes.push(byte);
  } while (v);
  return bytes;
}
function signed(n) {
  const bytes = [];
  let v = BigInt(n);
  for (;;) {
    const byte = Number(v & 127n);
    v >>= 7n;
    if ((v === 0n && !(byte & 64)) || (v === -1n && byte & 64)) return bytes.push(byte), bytes;
    bytes.push(byte | 128);
  }
}
const vector = (items) => [...unsigned(items.length), ...items.flat()];
const section = (id, bytes) => [id, ...unsigned(bytes.length), ...bytes];
function floatBytes(type, value) {
  const view = new DataView(new ArrayBuffer(8));
  if (type === F32) view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  return [...new Uint8Array(view.buffer, 0, type === F32 ? 4 : 8)];
}

const OPS = {
  [I32]: { unary: [0x67, 0x68, 0x69, 0xc0, 0xc1], binary: [0x6a, 0x6b, 0x6c, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78],
    divide: [0x6d, 0x6e, 0x6f, 0x70], compare: [0x46, 0x47, 0x48, 0x49, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x4f],
    loads: [[0x28, 2], [0x2c, 0], [0x2d, 0], [0x2e, 1], [0x2f, 1]], stores: [[0x36, 2], [0x3a, 0], [0x3b, 1]] },
  [I64]: { unary: [0x79, 0x7a, 0x7b, 0xc2, 0xc3, 0xc4], binary: [0x7c, 0x7d, 0x7e, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a],
    divide: [0x7f, 0x80, 0x81, 0x82], compare: [0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a],
    loads: [[0x29, 3], [0x30, 0], [0x31, 0], [0x32, 1], [0x33, 1], [0x34, 2], [0x35, 2]], stores: [[0x37, 3], [0x3c, 0], [0x3d, 1], [0x3e, 2]] },
  [F32]: { unary: [0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x90, 0x91], binary: [0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98],
    compare: [0x5b, 0x5c, 0x5d, 0x5e, 0x5f, 0x60], loads: [[0x2a, 2]], stores: [[0x38, 2]] },
  [F64]: { unary: [0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f], binary: [0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6],
    compare: [0x61, 0x62, 0x63, 0x64, 0x65, 0x66], loads: [[0x2b, 3]], stores: [[0x39, 3]] },
};
// [opcode bytes, from], by result.
const CONVERSIONS = {
  [I32]: [[[0xa7], I64, 6], [[0xfc, 0], F32, 1], [[0xfc, 1], F32, 1], [[0xfc, 2], F64, 1], [[0xfc, 3], F64, 1], [[0xbc], F32, 1],
    [[0xa8], F32, 1], [[0xa9], F32, 1], [[0xaa], F64, 1], [[0xab], F64, 1]],
  [I64]: [[[0xac], I32, 4], [[0xad], I32, 4], [[0xfc, 4], F32, 1], [[0xfc, 5], F32, 1], [[0xfc, 6], F64, 1], [[0xfc, 7], F64, 1],
    [[0xbd], F64, 1], [[0xae], F32, 1], [[0xaf], F32, 1], [[0xb0], F64, 1], [[0xb1], F64, 1]],
  [F32]: [[[0xb2], I32, 1], [[0xb3], I32, 1], [[0xb4], I64, 1], [[0xb5], I64, 1], [[0xb6], F64, 2], [[0xbe], I32, 1]],
  [F64]: [[[0xb7], I32, 1], [[0xb8], I32, 1], [[0xb9], I64, 1], [[0xba], I64, 1], [[0xbb], F32, 2], [[0xbf], I64, 1]],
};

class Module {
  constructor(seed) {
    this.r = new Random(seed);
    this.traps = this.r.chance(30);
    this.types = [];
    this.funcs = [];
    const count = 2 + this.r.below(6);
    for (let i = 0; i < count; i++) this.funcs.push(this.signature());
    this.globals = [];
    for (let i = 0; i < 2 + this.r.below(6); i++) this.globals.push(this.r.pick(TYPES));
    this.fuel = this.globals.length;
    this.table = [];
    for (let i = 0; i < 8; i++) this.table.push(this.r.chance(15) ? -1 : this.r.below(count));
  }
  signature() {
    const r = this.r;
    const list = (n) => Array.from({ length: n }, () => r.weighted([[I32, 5], [I64, 4], [F32, 1], [F64, 2]]));
    const params = list(r.weighted([[r.below(4), 5], [r.below(9), 3], [r.below(16), 2]]));
    const results = list(r.weighted([[0, 1], [1, 6], [r.below(4), 2], [r.below(9), 1]]));
    return { params, results, type: this.type(params, results) };
  }
  type(params, results) {
    const bytes = [0x60, ...vector(params.map((t) => [t])), ...vector(results.map((t) => [t]))];
    const key = bytes.join();
    let index = this.types.findIndex((t) => t.join() === key);
    if (index < 0) index = this.types.push(bytes) - 1;
    return index;
  }
  bytes() {
    // What is exported fills the fuel and calls.
    const bodies = this.funcs.map((f, i) => new Body(this, f, i).bytes());
    for (const [i, f] of this.funcs.entries()) {
      const fuel = [0x41, ...signed(this.r.pick([50, 400, 2000])), 0x24, ...unsigned(this.fuel)];
      bodies.push([0, ...fuel, ...f.params.flatMap((_, k) => [0x20, ...unsigned(k)]), 0x10, ...unsigned(i), 0x0b]);
    }
    const functions = [...this.funcs, ...this.funcs];
    const consts = (t) => [...constant(this.r, t), 0x0b];
    const exports = [...this.funcs.map((_, i) => ["f" + i, 0, i + this.funcs.length]), ...this.globals.map((_, i) => ["g" + i, 3, i]), ["m", 2, 0]];
    const elements = this.table.map((f) => (f < 0 ? [0xd0, 0x70, 0x0b] : [0xd2, ...unsigned(f), 0x0b]));
    const data = Array.from({ length: 256 }, () => this.r.below(256));
    return Uint8Array.from([
      0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
      ...section(1, vector(this.types)),
      ...section(3, vector(functions.map((f) => unsigned(f.type)))),
      ...section(4, [1, 0x70, 1, 8, 8]),
      ...section(5, [1, 1, 3, 5]),
      ...section(6, vector([...this.globals.map((t) => [t, 1, ...consts(t)]), [I32, 1, 0x41, 0, 0x0b]])),
      ...section(7, vector(exports.map(([n, k, i]) => [...vector([...n].map((c) => [c.charCodeAt(0)])), k, ...unsigned(i)]))),
      ...section(9, vector([[4, 0x41, 0, 0x0b, ...vector(elements)]])),
      ...section(10, vector(bodies.map((b) => [...unsigned(b.length), ...b]))),
      ...section(11, vector([[0, 0x41, ...signed(this.r.below(1000)), 0x0b, ...vector(data.map((b) => [b]))]])),
    ]);
  }
}

function constant(r, type) {
  switch (type) {
    case I32: return [0x41, ...signed(r.i32())];
    case I64: return [0x42, ...signed(r.i64())];
    case F32: return [0x43, ...floatBytes(F32, r.float())];
    default: return [0x44, ...floatBytes(F64, r.float())];
  }
}

class Body {
  constructor(module, signature, index) {
    Object.assign(this, { module, signature, index, r: module.r });
    this.locals = [...signature.params];
    const more = this.r.weighted([[3, 4], [8, 3], [20, 2], [30, 1]]);
    for (let i = 0; i < more; i++) this.locals.push(this.r.weighted([[I32, 5], [I64, 4], [F32, 1], [F64, 2]]));
    this.first = signature.params.length;
    this.scratch = {};
    this.visible = this.locals.length;
    for (const t of TYPES) this.scratch[t] = this.locals.push(t) - 1;
    this.code = [];
    this.budget = this.r.pick([60, 200, 600]);
    /// Of enclosing labels, innermost last: types that a branch to it takes.
    this.labels = [];
    this.loops = 0;
  }
  put(...bytes) { this.code.push(...bytes); }
  local(type) {
    const all = [];
    for (let i = 0; i < this.visible; i++) if (this.locals[i] === type) all.push(i);
    return all.length ? this.r.pick(all) : this.scratch[type];
  }
  burn() {
    const g = unsigned(this.module.fuel);
    this.put(0x23, ...g, 0x41, 1, 0x6b, 0x24, ...g);
  }
  isLeft() { this.put(0x23, ...unsigned(this.module.fuel), 0x41, 0, 0x4a); }
  bytes() {
    this.burn();
    this.isLeft();
    this.put(0x45, 0x04, 0x40);
    for (const t of this.signature.results) this.put(...constant(this.r, t));
    this.put(0x0f, 0x0b);
    for (let i = this.first; i < this.visible; i++) {
      if (this.r.chance(70)) { this.put(...constant(this.r, this.locals[i]), 0x21, ...unsigned(i)); }
    }
    this.labels.push(this.signature.results);
    this.statements(3 + this.r.below(6), 0);
    if (this.r.chance(50)) this.digest();
    for (const t of this.signature.results) this.expression(t, 3);
    this.put(0x0b);
    const groups = this.locals.slice(this.first).map((t) => [1, t]);
    return [...vector(groups), ...this.code];
  }
  /// Stores all locals, so that all are live to the end.
  digest() {
    for (let i = 0; i < this.visible; i++) {
      const type = this.locals[i];
      this.put(0x41, ...signed(2048 + 8 * i), 0x20, ...unsigned(i));
      if (isFloat(type)) this.canonical(type);
      const [op, align] = OPS[type].stores[0];
      this.put(op, align, ...unsigned(this.index * 512));
    }
  }
  canonical(type) {
    const s = unsigned(this.scratch[type]);
    this.put(0x22, ...s);
    if (type === F32) this.put(0x43, 0, 0, 0xc0, 0x7f); else this.put(0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f);
    this.put(0x20, ...s, 0x20, ...s, type === F32 ? 0x5b : 0x61, 0x1b);
  }
  // MARK: Statements
  statements(count, depth) { for (let i = 0; i < count; i++) this.statement(depth); }
  statement(depth) {
    const r = this.r;
    if (this.budget <= 0) return;
    this.budget--;
    const nested = depth < 4;
    const kind = r.weighted([
      ["set", 12], ["store", 6], ["modify", 5], ["global", 3], ["if", nested ? 5 : 0], ["loop", nested && this.loops < 3 ? 4 : 0],
      ["block", nested ? 2 : 0], ["table", nested ? 2 : 0], ["branch", 2], ["call", 2], ["drop", 1], ["bulk", 1], ["grow", 1], ["swap", 2],
    ]);
    this[kind + "Statement"](depth);
  }
  setStatement() {
    const i = this.r.below(this.visible);
    this.expression(this.locals[i], 4);
    this.put(0x21, ...unsigned(i));
  }
  swapStatement() {
    const type = this.r.weighted([[I32, 4], [I64, 3], [F64, 1]]);
    const [a, b, c] = [0, 0, 0].map(() => unsigned(this.local(type)));
    this.put(0x20, ...a, 0x20, ...b, 0x20, ...c, 0x21, ...a, 0x21, ...c, 0x21, ...b);
  }
  storeStatement() {
    const type = this.r.weighted([[I32, 5], [I64, 4], [F32, 1], [F64, 2]]);
    this.address(3);
    this.expression(type, 3);
    if (isFloat(type)) this.canonical(type);
    const [op, align] = this.r.pick(OPS[type].stores);
    this.put(op, this.r.below(align + 1), ...this.offset());
  }
  /// store a (op (load a) x), with all widths.
  modifyStatement() {
    const r = this.r;
    const type = r.pick([I32, I64]);
    const address = unsigned(this.local(I32));
    const offset = this.offset();
    const k = r.chance(70) ? r.below(3) : -1;
    const loads = OPS[type].loads;
    const pairs = type === I32 ? [[0x28, 0x36], [0x2d, 0x3a], [0x2f, 0x3b]] : [[0x29, 0x37], [0x31, 0x3c], [0x35, 0x3e]];
    const [load, store] = k >= 0 ? pairs[k] : [r.pick(loads)[0], r.pick(OPS[type].stores)[0]];
    const mask = !this.module.traps || r.chance(80);
    const at = () => { this.put(0x20, ...address); if (mask) this.put(0x41, ...signed(0xfff8), 0x71); };
    at();
    const reversed = r.chance(25);
    if (reversed) this.expression(type, 2);
    at();
    this.put(load, 0, ...offset);
    if (!reversed) this.expression(type, 2);
    this.put(r.pick(OPS[type].binary), store, 0, ...offset);
  }
  globalStatement() {
    const g = this.r.below(this.module.globals.length);
    this.expression(this.module.globals[g], 3);
    this.put(0x24, ...unsigned(g));
  }
  ifStatement(depth) {
    this.condition(3);
    this.put(0x04, 0x40);
    this.labels.push([]);
    this.statements(1 + this.r.below(4), depth + 1);
    if (this.r.chance(50)) { this.put(0x05); this.statements(1 + this.r.below(4), depth + 1); }
    this.labels.pop();
    this.put(0x0b);
  }
  loopStatement(depth) {
    this.loops++;
    this.put(0x03, 0x40);
    this.labels.push("loop");
    this.burn();
    this.statements(2 + this.r.below(6), depth + 1);
    if (this.r.chance(60)) {
      const i = unsigned(this.local(I32));
      this.put(0x20, ...i, 0x41, ...signed(this.r.pick([1, -1, 3])), 0x6a, 0x22, ...i, 0x41, ...signed(this.r.below(30)), this.r.pick([0x48, 0x49, 0x47, 0x4a]));
    } else this.condition(2);
    this.isLeft();
    this.put(0x71, 0x0d, 0);
    this.labels.pop();
    this.put(0x0b);
    this.loops--;
  }
  blockStatement(depth) {
    this.put(0x02, 0x40);
    this.labels.push([]);
    this.statements(1 + this.r.below(3), depth + 1);
    if (this.r.chance(70)) { this.condition(2); this.put(0x0d, 0); }
    this.statements(1 + this.r.below(3), depth + 1);
    this.labels.pop();
    this.put(0x0b);
  }
  tableStatement(depth) {
    const cases = 1 + this.r.below(6);
    for (let i = 0; i < cases; i++) { this.put(0x02, 0x40); this.labels.push([]); }
    this.expression(I32, 2);
    if (this.r.chance(70)) this.put(0x41, ...signed(7), 0x71);
    const targets = Array.from({ length: this.r.below(9) }, () => [this.r.below(cases)]);
    this.put(0x0e, ...vector(targets), this.r.below(cases));
    for (let i = 0; i < cases; i++) {
      this.labels.pop();
      this.put(0x0b);
      this.statements(1 + this.r.below(2), depth + 1);
    }
  }
  branchStatement() {
    // Forward, out of blocks that take nothing, or out of the function.
    if (this.r.chance(30)) {
      this.condition(2);
      this.put(0x04, 0x40);
      for (const t of this.signature.results) this.expression(t, 2);
      this.put(0x0f, 0x0b);
      return;
    }
    const depth = this.r.below(this.labels.length);
    const label = this.labels[this.labels.length - 1 - depth];
    if (label !== "loop" && label.length) return;
    this.condition(2);
    if (label === "loop") { this.isLeft(); this.put(0x71); }
    this.put(0x0d, ...unsigned(depth));
  }
  callStatement() {
    const results = this.call();
    for (let i = results.length - 1; i >= 0; i--) {
      if (this.r.chance(75)) this.put(0x21, ...unsigned(this.local(results[i]))); else this.put(0x1a);
    }
  }
  dropStatement() {
    this.expression(this.r.pick(TYPES), 3);
    this.put(0x1a);
  }
  bulkStatement() {
    const small = () => this.put(0x41, ...signed(this.r.below(1000)));
    this.r.chance(50) ? this.address(2) : small();
    this.r.chance(50) ? this.expression(I32, 1) : small();
    if (this.r.chance(50)) {
      this.put(0x41, ...signed(this.r.below(140)), 0xfc, 11, 0);
    } else {
      this.put(0x41, ...signed(PAGE_MASK), 0x71, 0x41, ...signed(this.r.below(140)), 0xfc, 10, 0, 0);
    }
  }
  growStatement() {
    this.expression(I32, 1);
    this.put(0x41, 1, 0x71, 0x40, 0, 0x21, ...unsigned(this.local(I32)));
  }
  // MARK: Expressions
  offset() {
    const r = this.r;
    return unsigned(r.weighted([[0, 6], [r.below(64), 8], [r.below(70000), 2], [this.module.traps ? r.word() : 4, 1]]));
  }
  /// An address, mostly inside of the first page.
  address(depth) {
    const r = this.r;
    const kind = r.below(6);
    if (kind === 0) return this.put(0x41, ...signed(r.below(60000)));
    if (kind === 1) {
      // base + index * scale
      this.put(0x20, ...unsigned(this.local(I32)), 0x41, ...signed(0xfff), 0x71);
      this.put(0x20, ...unsigned(this.local(I32)), 0x41, ...signed(0xfff), 0x71, 0x41, r.below(4), 0x74, 0x6a);
      return;
    }
    if (kind === 2) {
      this.expression(I32, depth - 1);
      this.put(0x41, ...signed(0x7fff), 0x71, 0x41, ...signed(r.below(4000)), 0x6a);
      return;
    }
    if (kind === 3) {
      this.expression(I64, depth - 1);
      this.put(0xa7, 0x41, ...signed(0xfff0), 0x71);
      return;
    }
    this.expression(I32, depth - 1);
    if (!this.module.traps || r.chance(90)) this.put(0x41, ...signed(PAGE_MASK), 0x71);
  }
  condition(depth) {
    const r = this.r;
    const kind = r.below(6);
    if (kind === 0) return this.expression(I32, depth);
    if (kind === 1) {
      const type = r.pick([I32, I64]);
      this.expression(type, depth - 1);
      this.put(...constant(r, type), type === I32 ? 0x71 : 0x83, type === I32 ? 0x45 : 0x50);
      if (r.chance(40)) this.put(0x45);
      return;
    }
    this.compare(r.pick(TYPES), depth);
    while (r.chance(25)) this.put(0x45);
  }
  compare(type, depth) {
    this.expression(type, depth - 1);
    if (this.r.chance(30)) this.put(...constant(this.r, type)); else this.expression(type, depth - 1);
    this.put(this.r.pick(OPS[type].compare));
  }
  leaf(type) {
    const r = this.r;
    if (r.chance(30)) return this.put(...constant(r, type));
    this.put(0x20, ...unsigned(this.local(type)));
  }
  expression(type, depth) {
    const r = this.r;
    if (depth <= 0 || --this.budget < -200) return this.leaf(type);
    const integer = !isFloat(type);
    const kind = r.weighted([
      ["leaf", 4], ["binary", 10], ["unary", integer ? 2 : 2], ["divide", integer ? 1 : 0], ["compare", type === I32 ? 3 : 0],
      ["load", 4], ["convert", 3], ["select", 3], ["if", 1], ["tee", 2], ["global", 2], ["call", depth > 2 ? 1 : 0],
      ["eqz", type === I32 ? 1 : 0], ["blockBranch", 1], ["size", type === I32 ? 1 : 0], ["shift", integer ? 2 : 0], ["square", 1],
    ]);
    this[kind + "Expression"](type, depth);
  }
  leafExpression(type) { this.leaf(type); }
  binaryExpression(type, depth) {
    this.expression(type, depth - 1);
    if (this.r.chance(25)) this.put(...constant(this.r, type)); else this.expression(type, depth - 1);
    const op = this.r.pick(OPS[type].binary);
    // The sign of a NaN may be seen through copysign.
    if (op === 0x98 || op === 0xa6) this.canonical(type);
    this.put(op);
  }
  /// Both operands are the same local.
  squareExpression(type) {
    const i = unsigned(this.local(type));
    const op = this.r.pick(OPS[type].binary);
    this.put(0x20, ...i);
    this.put(0x20, ...i);
    if (op === 0x98 || op === 0xa6) this.canonical(type);
    this.put(op);
  }
  shiftExpression(type, depth) {
    this.expression(type, depth - 1);
    if (this.r.chance(50)) { this.expression(type, depth - 1); this.put(...(type === I32 ? [0x41, 31, 0x71] : [0x42, 63, 0x83])); }
    else this.put(...(type === I32 ? [0x41, this.r.below(40)] : [0x42, this.r.below(60)]));
    this.put(this.r.pick(type === I32 ? [0x74, 0x75, 0x76, 0x77, 0x78] : [0x86, 0x87, 0x88, 0x89, 0x8a]));
  }
  unaryExpression(type, depth) {
    this.expression(type, depth - 1);
    this.put(this.r.pick(OPS[type].unary));
  }
  divideExpression(type, depth) {
    const r = this.r;
    this.expression(type, depth - 1);
    if (r.chance(50)) {
      const value = type === I32 ? r.i32() || 3 : r.i64() || 3n;
      this.put(type === I32 ? 0x41 : 0x42, ...signed(value));
    } else {
      this.expression(type, depth - 1);
      if (!this.module.traps) this.put(...(type === I32 ? [0x41, ...signed(1023), 0x71, 0x41, 1, 0x72] : [0x42, ...signed(1023), 0x83, 0x42, 1, 0x84]));
    }
    this.put(r.pick(OPS[type].divide));
  }
  compareExpression(_, depth) { this.compare(this.r.pick(TYPES), depth); }
  eqzExpression(_, depth) {
    const type = this.r.pick([I32, I64]);
    this.expression(type, depth - 1);
    this.put(type === I32 ? 0x45 : 0x50);
  }
  loadExpression(type, depth) {
    this.address(depth - 1);
    const [op, align] = this.r.pick(OPS[type].loads);
    this.put(op, this.r.below(align + 1), ...this.offset());
  }
  convertExpression(type, depth) {
    const [bytes, from] = this.r.weighted(CONVERSIONS[type].map((c) => [c, c[2]]));
    const traps = bytes[0] >= 0xa8 && bytes[0] <= 0xb1 && bytes[0] !== 0xac && bytes[0] !== 0xad;
    if (traps && !this.module.traps) return this.leaf(type);
    this.expression(from, depth - 1);
    if (bytes[0] === 0xbc || bytes[0] === 0xbd) this.canonical(from);
    this.put(...bytes);
  }
  selectExpression(type, depth) {
    this.expression(type, depth - 1);
    this.expression(type, depth - 1);
    this.condition(depth - 1);
    this.put(0x1b);
  }
  ifExpression(type, depth) {
    this.condition(depth - 1);
    this.put(0x04, type);
    this.labels.push([type]);
    this.expression(type, depth - 1);
    this.put(0x05);
    this.expression(type, depth - 1);
    this.labels.pop();
    this.put(0x0b);
  }
  blockBranchExpression(type, depth) {
    this.put(0x02, type);
    this.labels.push([type]);
    this.expression(type, depth - 1);
    this.condition(depth - 1);
    this.put(0x0d, 0, 0x1a);
    this.expression(type, depth - 1);
    this.labels.pop();
    this.put(0x0b);
  }
  teeExpression(type, depth) {
    this.expression(type, depth - 1);
    this.put(0x22, ...unsigned(this.local(type)));
  }
  globalExpression(type) {
    const all = this.module.globals.map((t, i) => [t, i]).filter(([t]) => t === type);
    if (!all.length) return this.leaf(type);
    this.put(0x23, ...unsigned(this.r.pick(all)[1]));
  }
  sizeExpression() { this.put(0x3f, 0); }
  call() {
    const r = this.r;
    const callee = r.below(this.module.funcs.length);
    const { params, results, type } = this.module.funcs[callee];
    for (const t of params) this.expression(t, 1);
    if (r.chance(40)) {
      // Mostly an element of this type.
      const element = this.module.table.indexOf(callee);
      if (element >= 0 && (!this.module.traps || r.chance(90))) {
        if (r.chance(50)) this.put(0x41, element);
        else this.put(0x20, ...unsigned(this.local(I32)), 0x41, 0, 0x71, 0x41, element, 0x72);
        this.put(0x11, ...unsigned(type), 0);
        return results;
      }
      if (this.module.traps) {
        this.expression(I32, 1);
        this.put(0x41, 15, 0x71, 0x11, ...unsigned(type), 0);
        return results;
      }
    }
    this.put(0x10, ...unsigned(callee));
    return results;
  }
  callExpression(type) {
    const results = this.call();
    const at = results.lastIndexOf(type);
    for (let i = results.length - 1; i > at; i--) this.put(0x1a);
    if (at < 0) return this.leaf(type);
    if (at === 0) return;
    const keep = unsigned(this.scratch[type]);
    this.put(0x21, ...keep);
    for (let i = at - 1; i >= 0; i--) this.put(0x1a);
    this.put(0x20, ...keep);
  }
}

const [folder, first, count] = process.argv.slice(2);
for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
  writeFileSync(`${folder}/g${seed}.wasm`, new Module(seed).bytes());
}
