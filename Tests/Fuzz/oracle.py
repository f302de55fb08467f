#!/usr/bin/env python3
"""oracle.py FOLDER: as oracle.mjs, with wasmtime (the Python package of that name) in place of V8, which knows more of
WebAssembly 3.0. Writes what it did with every .wasm of FOLDER beside it (.expect) and removes modules that it refuses. What a
module imports comes from the one beside it (.library)."""
import array
import math
import os
import random
import struct
import sys

import wasmtime
from wasmtime import TrapCode as C

KINDS = {
    C.UNREACHABLE: "unreachable", C.MEMORY_OUT_OF_BOUNDS: "memory", C.TABLE_OUT_OF_BOUNDS: "table",
    C.INTEGER_DIVISION_BY_ZERO: "zero", C.INTEGER_OVERFLOW: "overflow", C.BAD_CONVERSION_TO_INTEGER: "conversion",
    C.INDIRECT_CALL_TO_NULL: "type", C.BAD_SIGNATURE: "type", C.STACK_OVERFLOW: "stack", C.NULL_REFERENCE: "null",
    C.HEAP_MISALIGNED: "unaligned", C.ATOMIC_WAIT_NON_SHARED_MEMORY: "unshared", C.UNCAUGHT_EXCEPTION: "exception",
}
NUMBERS = {"i32", "i64", "f32", "f64"}
I32 = [0, 1, 2, 7, 31, 32, 127, 128, 255, 256, 65535, 65536, 0x7FFFFFFF, -1, -2, -128, -32768, -0x80000000]
I64 = I32 + [63, 64, 0x7FFFFFFFFFFFFFFF, -0x8000000000000000, 0x100000000, 0xFFFFFFFF]
F64 = [0.0, -0.0, 1.0, -1.0, 0.5, 1e10, -1e10, 4294967296.0, 9.3e18, 1e-40, math.inf, -math.inf, math.nan]


class Unknown(Exception):
    """What cannot be compared: the module is left out from there on."""


def configured():
    config = wasmtime.Config()
    for name in dir(type(config)):
        if name.startswith("wasm_") and "component" not in name and "stack_switching" not in name:
            setattr(config, name, True)
    config.wasm_relaxed_simd_deterministic = True
    # Most modules are run once.
    config.cranelift_opt_level = "none"
    config.max_wasm_stack = 1 << 20
    config.consume_fuel = True
    return wasmtime.Engine(config)


def kind(error):
    if isinstance(error, wasmtime.Trap) and error.trap_code in KINDS:
        return KINDS[error.trap_code]
    # Some versions call it a trap, without a code.
    if "thrown Wasm exception" in str(error):
        return "exception"
    raise Unknown(error)


def bits(type, value):
    if type in ("i32", "i64"):
        return f"{type}:{value & (0xFFFFFFFF if type == 'i32' else 0xFFFFFFFFFFFFFFFF):x}"
    if math.isnan(value):
        return f"{type}:nan"
    text = struct.pack("<f" if type == "f32" else "<d", value)
    return f"{type}:{int.from_bytes(text, 'little'):x}"


def argument(source, type):
    if type == "i32":
        return source.choice([*I32, source.randrange(-(1 << 31), 1 << 31)])
    if type == "i64":
        return source.choice([*I64, source.randrange(-(1 << 63), 1 << 63)])
    value = source.choice([*F64, source.uniform(-1e6, 1e6)])
    return struct.unpack("<f", struct.pack("<f", value))[0] if type == "f32" else value


def digest(store, memory):
    length = memory.data_len(store)
    words = array.array("I", bytes(memory.read(store, 0, length)).ljust((length + 3) // 4 * 4, b"\0"))
    h = 0x811C9DC5
    for i, word in enumerate(words):
        if word:
            h = ((h ^ word ^ i) * 0x01000193 & 0xFFFFFFFF) ^ (h >> 15)
    return length, h


def call(store, function, type, source, number):
    params = [str(p) for p in type.params]
    results = [str(r) for r in type.results]
    if not NUMBERS.issuperset(params + results):
        return None
    values = [argument(source, p) for p in params]
    head = "".join(["call ", str(number)] + [" " + bits(p, v) for p, v in zip(params, values)])
    try:
        result = function(store, *values)
    except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
        return f"{head} ! {kind(error)}"
    result = [] if result is None else result if isinstance(result, list) else [result]
    return head + " =" + "".join(" " + bits(t, v) for t, v in zip(results, result))


def expectation(engine, path):
    module = wasmtime.Module.from_file(engine, path)
    store = wasmtime.Store(engine)
    store.set_fuel(200_000_000)
    imports = []
    library = path[:-4] + "library"
    if os.path.exists(library):
        exports = wasmtime.Instance(store, wasmtime.Module.from_file(engine, library), []).exports(store)
        imports = [exports[i.name] for i in module.imports]
    try:
        instance = wasmtime.Instance(store, module, imports)
    except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
        found = kind(error)
        return [] if found == "stack" else [f"start trap {found}"]
    lines = ["start ok"]
    source = random.Random(os.path.basename(path))
    items = list(zip(module.exports, instance.exports(store).values()))
    try:
        for _ in range(2):
            for number, (export, item) in enumerate(items):
                if isinstance(export.type, wasmtime.FuncType):
                    line = call(store, item, export.type, source, number)
                    if line is not None and line.endswith("! stack"):
                        raise Unknown("stack")
                    lines += [] if line is None else [line]
        for number, (export, item) in enumerate(items):
            if isinstance(export.type, wasmtime.GlobalType) and str(export.type.content) in NUMBERS:
                lines.append(f"global {number} {bits(str(export.type.content), item.value(store))}")
            if isinstance(export.type, wasmtime.MemoryType):
                length, h = digest(store, item)
                lines.append(f"memory {number} {length} {h:x}")
    except Unknown:
        pass
    return lines


def main():
    engine = configured()
    folder = sys.argv[1]
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".wasm"):
            continue
        path = f"{folder}/{name}"
        try:
            lines = expectation(engine, path)
        except (wasmtime.WasmtimeError, Unknown, ValueError, TypeError):
            lines = []
        if lines:
            with open(path[:-4] + "expect", "w") as out:
                out.write("\n".join(lines) + "\n")
        else:
            os.unlink(path)


main()
