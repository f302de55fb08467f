// oracle.mjs FOLDER: runs every .wasm of FOLDER in V8 and writes what it did beside it (.expect). Lines:
//
//     start ok | trap KIND              what became of instantiation
//     call EXPORT TYPE:BITS… = TYPE:BITS… | call EXPORT TYPE:BITS… ! KIND
//     global EXPORT TYPE:BITS           at the end
//     memory EXPORT BYTES HASH
//
// EXPORT counts the module's exports. A module that exhausts the stack is compared up to there. Removes modules
// that V8 does not take.
import { readFileSync, writeFileSync, readdirSync, unlinkSync } from "node:fs";
import { Random } from "./random.mjs";

const VALUE_TYPES = { 0x7f: "i32", 0x7e: "i64", 0x7d: "f32", 0x7c: "f64", 0x7b: "v128", 0x70: "funcref", 0x6f: "externref" };
const KINDS = [
  [/unreachable/, "unreachable"], [/memory access out of bounds|data segment/, "memory"], [/(divide|remainder) by zero/, "zero"],
  [/divide result unrepresentable/, "overflow"], [/float unrepresentable/, "conversion"],
  [/null function or function signature/, "type"], [/table|element segment/, "table"], [/call stack/, "stack"],
];
const view = new DataView(new ArrayBuffer(8));

/// Signatures of exported functions and types of exported globals, by export: V8 does not tell them.
function exportTypes(bytes) {
  let p = 8;
  const u = () => { let v = 0, s = 0, b; do { b = bytes[p++]; v += (b & 127) * 2 ** s; s += 7; } while (b & 128); return v; };
  const types = [], functions = [], globals = [], exports = [];
  const skipExpression = () => {
    for (;;) {
      const op = bytes[p++];
      if (op === 0x0b) return;
      if (op === 0x43) p += 4;
      else if (op === 0x44) p += 8;
      else if (op === 0xd0) p++;
      else if (op === 0xfd) p += 17;
      else if (op === 0x41 || op === 0x42 || op === 0x23 || op === 0xd2) u();
    }
  };
  while (p < bytes.length) {
    const id = bytes[p++];
    const size = u();
    const end = p + size;
    if (id === 1) for (let n = u(); n > 0; n--) {
      p++;
      const list = () => Array.from({ length: u() }, () => VALUE_TYPES[bytes[p++]]);
      types.push({ params: list(), results: list() });
    }
    if (id === 3) for (let n = u(); n > 0; n--) functions.push(types[u()]);
    if (id === 6) for (let n = u(); n > 0; n--) { globals.push(VALUE_TYPES[bytes[p]]); p += 2; skipExpression(); }
    if (id === 7) for (let n = u(); n > 0; n--) {
      const length = u();
      p += length;
      const kind = bytes[p++];
      const index = u();
      exports.push({ kind, type: kind === 0 ? functions[index] : kind === 3 ? globals[index] : null });
    }
    p = end;
  }
  return exports;
}

function bits(type, value) {
  switch (type) {
    case "i32": return `i32:${(value >>> 0).toString(16)}`;
    case "i64": return `i64:${BigInt.asUintN(64, value).toString(16)}`;
    case "f32":
      if (Number.isNaN(value)) return "f32:nan";
      view.setFloat32(0, value);
      return `f32:${view.getUint32(0).toString(16)}`;
    case "f64":
      if (Number.isNaN(value)) return "f64:nan";
      view.setFloat64(0, value);
      return `f64:${view.getBigUint64(0).toString(16)}`;
    default: return `${type}:${value === null ? "null" : "some"}`;
  }
}

function argument(r, type) {
  switch (type) {
    case "i32": return r.i32();
    case "i64": return r.i64();
    case "f32": return Math.fround(r.float());
    case "f64": return r.float();
    default: return null;
  }
}

function hash(buffer) {
  const words = new Uint32Array(buffer);
  let h = 0x811c9dc5;
  for (let i = 0; i < words.length; i++) {
    const w = words[i];
    if (w !== 0) h = Math.imul(h ^ w ^ i, 0x01000193) ^ (h >>> 15);
  }
  return (h >>> 0).toString(16);
}

function kind(error) {
  const text = String(error && error.message);
  const known = KINDS.find(([pattern]) => pattern.test(text));
  return known ? known[1] : `unknown(${text})`;
}

function expectation(path, seed) {
  const bytes = readFileSync(path);
  const module = new WebAssembly.Module(bytes);
  const lines = [];
  let instance;
  try {
    instance = new WebAssembly.Instance(module, {});
  } catch (error) {
    return kind(error) === "stack" ? "" : `start trap ${kind(error)}\n`;
  }
  lines.push("start ok");
  const r = new Random(seed);
  const types = exportTypes(bytes);
  const items = WebAssembly.Module.exports(module).map((e) => instance.exports[e.name]);
  for (let round = 0; round < 2; round++) {
    for (const [i, { kind: external, type }] of types.entries()) {
      // Vectors don't cross into JavaScript.
      if (external !== 0 || [...type.params, ...type.results].includes("v128")) continue;
      const values = type.params.map((t) => argument(r, t));
      const call = `call ${i}${values.map((v, k) => " " + bits(type.params[k], v)).join("")}`;
      try {
        let result = items[i](...values);
        result = type.results.length === 0 ? [] : type.results.length === 1 ? [result] : [...result];
        lines.push(`${call} =${result.map((v, k) => " " + bits(type.results[k], v)).join("")}`);
      } catch (error) {
        if (kind(error) === "stack") return lines.join("\n") + "\n";
        lines.push(`${call} ! ${kind(error)}`);
      }
    }
  }
  for (const [i, { kind: external, type }] of types.entries()) {
    if (external === 3 && type !== "v128") lines.push(`global ${i} ${bits(type, items[i].value)}`);
    if (external === 2) lines.push(`memory ${i} ${items[i].buffer.byteLength} ${hash(items[i].buffer)}`);
  }
  return lines.join("\n") + "\n";
}

const folder = process.argv[2];
for (const name of readdirSync(folder).filter((n) => n.endsWith(".wasm"))) {
  const path = `${folder}/${name}`;
  try {
    writeFileSync(path.replace(/wasm$/, "expect"), expectation(path, parseInt(name.replace(/\D/g, "")) || 1));
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    process.stderr.write(`${name}: ${error.message}\n`);
    if (process.argv[3] !== "--keep") unlinkSync(path);
  }
}
