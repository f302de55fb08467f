#!/usr/bin/env python3
"""generate-exceptions.py FOLDER FIRST COUNT: modules x<seed>.wasm that throw, catch and rethrow, between calls of every kind,
with values of all types in locals and on the stack. Every second one imports functions, tags, globals, memory and table
of another module (x<seed>.library). Where the older form of exceptions can say the same, that is written beside them
(x<seed>.legacy, x<seed>.library-legacy): it has to behave alike. Needs the Python package wasmtime."""
import random
import sys

import wasmtime

NUMBERS = ["i32", "i64", "f32", "f64", "v128"]
CONSTANTS = {
    "i32": ["0", "1", "-1", "7", "100", "0x7fffffff", "0x80000000"], "i64": ["0", "1", "-1", "0x8000000000", "-0x123456789abcdef"],
    "f32": ["0", "1.5", "-2", "1e10", "-0"], "f64": ["0", "2.25", "-7", "1e100", "-0"],
}
BINARY = {
    "i32": ["add", "sub", "xor", "mul", "rotl", "lt_s", "and", "shr_u", "eq"], "i64": ["add", "sub", "xor", "mul", "rotl", "or", "shr_s"],
    "f32": ["add", "sub", "mul", "min", "max"], "f64": ["add", "sub", "mul", "min", "max"],
    "v128": ["i32x4.add", "v128.xor", "i64x2.sub", "i8x16.add", "i16x8.mul"],
}
NARROW = {"i32": ["8", "16"], "i64": ["8", "16", "32"]}
# What a value adds to the sum of all that a program does; NaNs are all one.
SUMS = {
    "i32": "(i64.extend_i32_s (local.get 0))", "i64": "(local.get 0)",
    "f32": "(i64.extend_i32_u (i32.reinterpret_f32 (select (local.get 0) (f32.const 9) (f32.eq (local.get 0) (local.get 0)))))",
    "f64": "(i64.reinterpret_f64 (select (local.get 0) (f64.const 9) (f64.eq (local.get 0) (local.get 0))))",
    "v128": "(i64.xor (i64x2.extract_lane 0 (local.get 0)) (i64x2.extract_lane 1 (local.get 0)))",
    **{f"{t}ref": "(i64.extend_i32_u (ref.is_null (local.get 0)))" for t in ("func", "extern", "exn")},
}


class Try:
    """Clauses are (tag or None, handler, is the exception kept). `delivers`: an inner `delegate` leads here."""

    def __init__(self, number, result):
        self.number, self.result, self.body, self.clauses, self.delivers = number, result, None, [], False

    def text(self, legacy, tags):
        k, result = self.number, types("result", [self.result] if self.result else [])
        body = text(self.body, legacy, tags)
        if legacy:
            clauses = "".join(f"\ncatch{'_all' if t is None else f' $t{t}'} {text(h, legacy, tags)}" for t, h, _ in self.clauses)
            return f"try $t{k} {result} {body}{clauses} end"
        if self.delivers:
            body = f"(block $b{k} {result} (block $d{k} (result exnref) {body} (br $b{k})) throw_ref)"
        catches = "".join(f"(catch{'_all' if t is None else ''}{'_ref' if kept else ''} {'' if t is None else f'$t{t}'} $c{k}_{n})"
                          for n, (t, _, kept) in enumerate(self.clauses))
        inner = f"(try_table {result} {catches} {body}) (br $x{k})"
        for n, (t, handler, kept) in enumerate(self.clauses):
            caught = types("result", ([] if t is None else tags[t]) + (["exnref"] if kept else []))
            keep = f"(local.set $e{k})" if kept else ""
            inner = f"(block $c{k}_{n} {caught} {inner})\n{keep} {text(handler, legacy, tags)} (br $x{k})"
        return f"(block $x{k} {result} {inner})"


class Rethrow:
    def __init__(self, number):
        self.number = number

    def text(self, legacy, _):
        return f"(rethrow $t{self.number})" if legacy else f"(throw_ref (local.get $e{self.number}))"


class Delegate:
    """To the handlers of a try, or out of the function (number −1)."""

    def __init__(self, number, body):
        self.number, self.body = number, body

    def text(self, legacy, tags):
        name, body = "fn" if self.number < 0 else self.number, text(self.body, legacy, tags)
        if legacy:
            return f"try {body} delegate ${'fn' if self.number < 0 else f't{name}'}"
        return f"(try_table (catch_all_ref $d{name}) {body})"


def text(tree, legacy, tags):
    if isinstance(tree, str):
        return tree
    return " ".join(text(t, legacy, tags) for t in tree) if isinstance(tree, list) else tree.text(legacy, tags)


def types(word, list):
    return f"({word} {' '.join(list)})" if list else ""


class World:
    """What the modules of a program share. A function is (its name for callers, parameters, results, place in the table)."""

    def __init__(self, seed):
        self.random = R = random.Random(seed)
        self.legacy = R.random() < 0.6
        self.types = NUMBERS + ["funcref", "externref"] + ([] if self.legacy else ["exnref"])
        self.tags = [[], ["i32"], [self.some() for _ in range(R.randint(1, 4))], [R.choice(NUMBERS) for _ in range(R.randint(2, 6))]]
        self.results = [[], ["i64"], [self.some()], [self.some() for _ in range(R.randint(2, 4))], [self.some() for _ in range(R.randint(5, 9))]]
        self.library = [self.signature() for _ in range(3)] if R.random() < 0.5 else []
        self.own = [self.signature() for _ in range(R.randint(3, 6))]
        self.sums = ""

    def some(self):
        R = self.random
        return R.choice(NUMBERS) if R.random() < 0.85 else R.choice(self.types)

    def signature(self):
        R = self.random
        return [self.some() for _ in range(R.choice([0, 1, 2, 3, 5, 12]))], R.choice(self.results)


class Function:
    def __init__(self, world, number, signature, callees):
        self.world, self.random, self.number, self.callees = world, world.random, number, callees
        (self.parameters, self.results), R = signature, world.random
        self.locals = self.parameters + [R.choice(world.types) if R.random() < 0.3 else R.choice(NUMBERS) for _ in range(R.randint(3, 12))]
        self.tries, self.open, self.handled = 0, [], []

    # Expressions.

    def constant(self, t):
        R = self.random
        if t == "funcref":
            return f"(ref.func $f{self.number})" if R.random() < 0.5 else "(ref.null func)"
        if t.endswith("ref"):
            return f"(ref.null {t[:-3]})"
        if t == "v128":
            return f"(v128.const i64x2 {R.getrandbits(60)} {R.choice([0, R.getrandbits(60)])})"
        return f"({t}.const {R.choice(CONSTANTS[t])})"

    def value(self, t, depth=2):
        R = self.random
        own = [i for i, other in enumerate(self.locals) if other == t]
        if depth == 0 or R.random() < 0.4 or t not in NUMBERS:
            return f"(local.get {R.choice(own)})" if own and R.random() < 0.6 else self.constant(t)
        kind = R.random()
        if kind < 0.12:
            fitting = [c for c in self.callees if c[2] == [t]]
            if fitting:
                return self.call(R.choice(fitting))
        if kind < 0.16 and depth > 1:
            return self.attempt(depth - 1, t)
        if kind < 0.3 and t in NARROW:
            return self.access(t, depth)
        if kind < 0.4:
            other = {"i32": "(i32.wrap_i64 {})", "i64": "(i64.extend_i32_s {})", "f32": "(f32.convert_i32_s {})",
                     "f64": "(f64.convert_i64_s {})", "v128": "(i32x4.splat {})"}[t]
            return [other.split("{")[0], self.value({"i32": "i64", "f64": "i64"}.get(t, "i32"), depth - 1), ")"]
        operation = R.choice(BINARY[t])
        return [f"({operation if t == 'v128' else f'{t}.{operation}'}", self.value(t, depth - 1), self.value(t, depth - 1), ")"]

    def address(self):
        return ["(i32.and", self.value("i32", 1), "(i32.const 0xfff0))"]

    def access(self, t, depth):
        """A load, or an atomic access whose operands have more bits than it is wide."""
        R = self.random
        n = R.choice(NARROW[t])
        kind = R.randrange(4)
        if kind == 0:
            return [f"({t}.load{n}_{R.choice('su')}", self.address(), ")"]
        operands = [self.address()] + [self.value(t, depth - 1) for _ in range(kind)][:2 if kind > 1 else 1]
        name = f"rmw{n}.cmpxchg_u" if kind > 1 else f"rmw{n}.{R.choice(['add', 'sub', 'and', 'or', 'xor', 'xchg'])}_u"
        return [f"({t}.atomic.{name}", *operands, ")"]

    def call(self, callee, tail=""):
        R = self.random
        name, parameters, _, place = callee
        arguments = [self.value(t, 1) for t in parameters]
        kind = R.randrange(3)
        if kind == 0:
            return [f"({tail}call ${name}", *arguments, ")"]
        if kind == 1:
            return [f"({tail}call_indirect (type $s{place})", *arguments, f"(i32.const {place}))"]
        return [f"({tail}call_ref $s{place}", *arguments, f"(ref.func ${name}))"]

    # Statements.

    def several(self, count, depth):
        return [self.statement(depth) for _ in range(count)]

    def take(self, list):
        """Does something with each of the values on the stack."""
        R, taken = self.random, []
        for t in reversed(list):
            own = [i for i, other in enumerate(self.locals) if other == t]
            taken.append(f"(local.set {R.choice(own)})" if own and R.random() < 0.7 else f"(call $sum_{t})" if R.random() < 0.8 else "drop")
        return taken

    def throw(self):
        R = self.random
        k = R.randrange(len(self.world.tags))
        return [f"(throw $t{k}", *[self.value(t, 1) for t in self.world.tags[k]], ")"]

    def set(self):
        i = self.random.randrange(len(self.locals))
        return [f"(local.set {i}", self.value(self.locals[i]), ")"]

    def seldom(self, tree):
        return ["(if (i32.eqz (i32.and", self.value("i32", 1), f"(i32.const {self.random.choice([1, 3, 7])}))) (then", tree, "))"]

    def leave(self):
        fitting = [c for c in self.callees if c[2] == self.results]
        if fitting and self.random.random() < 0.5:
            return self.call(self.random.choice(fitting), "return_")
        return ["(return", *[self.value(t, 1) for t in self.results], ")"]

    def statement(self, depth):
        R = self.random
        kind = R.random()
        if kind < 0.28 or depth == 0:
            return self.set()
        if kind < 0.33:
            return ["(i32.store", self.address(), self.value("i32", 1), ")"]
        if kind < 0.4:
            t = R.choice(self.world.types)
            return [f"(call $sum_{t}", self.value(t, 1), ")"]
        if kind < 0.56 and self.callees:
            callee = R.choice(self.callees)
            return [self.call(callee), *self.take(callee[2])]
        if kind < 0.62:
            return self.seldom(self.throw())
        if kind < 0.66:
            return ["(if", self.value("i32", 1), "(then", self.several(2, depth - 1), ") (else", self.several(1, depth - 1), "))"]
        if kind < 0.7:
            self.tries += 1
            loop = f"$l{self.tries}"
            spent = " ".join(self.constant(t) for t in self.results)
            return [f"(loop {loop} (if (call $spend) (then (return {spent})))", self.several(2, depth - 1),
                    f"(br_if {loop} (i32.and", self.value("i32", 1), "(i32.const 1))))"]
        if kind < 0.74:
            return self.seldom(self.leave())
        if kind < 0.76:
            return ["(memory.fill", self.address(), self.value("i32", 1), "(i32.and", self.value("i32", 1), "(i32.const 15)))"]
        if kind < 0.79 and not self.world.legacy:
            return self.keep()
        if kind < 0.83:
            target = R.choice([-1] + self.open)
            if target != -1:
                target.delivers = True
            return Delegate(-1 if target == -1 else target.number, self.several(R.randint(1, 2), depth - 1))
        return self.attempt(depth)

    def keep(self):
        """Exceptions as values: in locals, globals and tables, and thrown again from there."""
        R = self.random
        own = [i for i, t in enumerate(self.locals) if t == "exnref"]
        if self.handled and R.random() < 0.6:
            self.handled[-1][1][0] = True
            kept = f"(local.get $e{self.handled[-1][0]})"
            return R.choice([f"(global.set $exn {kept})", f"(table.set $exns (i32.const 1) {kept})"] + [f"(local.set {i} {kept})" for i in own])
        source = R.choice(["(global.get $exn)", "(table.get $exns (i32.const 1))"] + [f"(local.get {i})" for i in own])
        return self.seldom(f"(if (i32.eqz (ref.is_null {source})) (then (throw_ref {source})))")

    def attempt(self, depth, result=None):
        R, tags = self.random, self.world.tags
        self.tries += 1
        made = Try(self.tries, result)
        self.open.append(made)
        made.body = [self.several(R.randint(1, 3), depth - 1)]
        if R.random() < 0.2:
            made.body.append(self.throw())
        elif result:
            made.body.append(self.value(result, depth - 1))
        self.open.pop()
        clauses = R.sample(range(len(tags)), R.randint(0, 3))
        if R.random() < 0.6 or not clauses:
            clauses.append(None)
        for tag in clauses:
            kept = [R.random() < 0.2]
            self.handled.append((made.number, kept))
            handler = self.take([] if tag is None else tags[tag]) + [f"(call $sum_i64 (i64.const {made.number}))", self.set()]
            if R.random() < 0.3:
                handler.append(self.several(1, depth - 1))
            if R.random() < 0.35:
                outer = R.choice(self.handled)
                outer[1][0] = True
                handler.append(self.seldom(Rethrow(outer[0])))
            if result:
                handler.append(self.value(result, 1))
            self.handled.pop()
            made.clauses.append((tag, handler, kept))
        for n, (tag, handler, kept) in enumerate(made.clauses):
            made.clauses[n] = (tag, handler, kept[0])
        return made

    def text(self):
        """Both forms, the second None where there is only one."""
        R = self.random
        body = self.several(R.randint(3, 7), 3)
        last = [f"(call $sum_{t} (local.get {i}))" for i, t in enumerate(self.locals)]
        final = ["(return", *[self.value(t, 1) for t in self.results], ")"]
        kept = " ".join(f"(local $e{k} exnref)" for k in range(1, self.tries + 1))
        spent = " ".join(self.constant(t) for t in self.results)
        forms = []
        for legacy in [False, True][:1 + self.world.legacy]:
            inner = f"(if (call $spend) (then (return {spent})))\n" + text([body, last, final], legacy, self.world.tags)
            whole = f"(block $fn {inner}) unreachable" if legacy else f"(block $dfn (result exnref) {inner}) throw_ref"
            head = f"(func $f{self.number} (type $s{self.number}) {types('local', self.locals[len(self.parameters):])} {'' if legacy else kept}"
            forms.append(f"{head}\n{whole})")
        return forms


def shared(world, imported):
    """Globals, memory, table, tags: defined, or imported from the library."""
    items = [("global", "fuel", "(mut i32)", "(i32.const 150)"), ("global", "sum", "(mut i64)", "(i64.const 0)"),
             ("memory", "memory", "1", ""), ("table", "functions", "16 funcref", "")]
    items += [("tag", f"t{k}", types("param", tag), "") for k, tag in enumerate(world.tags)]
    lines = [f'(type $s{n} (func {types("param", p)} {types("result", r)}))' for n, (p, r) in enumerate(world.own + world.library)]
    if imported:
        lines += [f'(import "library" "f{n}" (func $f{n} (type $s{n})))' for n in range(len(world.own), len(world.own) + len(world.library))]
        lines += [f'(import "library" "{name}" ({kind} ${name} {type}))' for kind, name, type, _ in items]
    else:
        lines += [f'({kind} ${name} (export "{name}") {type} {value})' for kind, name, type, value in items]
    if not world.legacy:
        lines.append("(table $exns 2 exnref) (global $exn (mut exnref) (ref.null exn))")
    for t in world.types:
        lines.append(f"(func $sum_{t} (param {t}) (global.set $sum (i64.rotl (i64.mul (i64.xor (global.get $sum) {SUMS[t]}) (i64.const 0x100000001b3)) (i64.const 17))))")
    lines.append("(func $spend (result i32) (global.set $fuel (i32.sub (global.get $fuel) (i32.const 1))) (i32.le_s (global.get $fuel) (i32.const 0)))")
    return lines


def modules(seed):
    """By the ending of its file, a module's text."""
    world = World(seed)
    own, library = len(world.own), len(world.library)
    callees = [(f"f{n}", p, r, n) for n, (p, r) in enumerate(world.own + world.library)]
    found = {}

    def add(ending, numbers, imported, lines):
        # The library calls the functions of its importer through the table only.
        functions = []
        for n in numbers:
            known = callees if imported or not library else [c for c in callees if c[3] >= own]
            functions.append(Function(world, n, (world.own + world.library)[n], known).text())
        for legacy in range(1 + world.legacy):
            text = shared(world, imported) + [f[legacy] for f in functions] + lines
            found[ending + ["", "legacy"][legacy]] = "(module\n" + "\n".join(text) + ")"

    if library:
        exports = [f'(export "f{n}" (func $f{n}))' for n in range(own, own + library)]
        add("library-", range(own, own + library), False, exports + [f"(elem declare func {' '.join(f'$f{n}' for n in range(own, own + library))})"])
    elements = " ".join(f"$f{n}" for n in range(own + library))
    lines = [f"(elem (i32.const 0) {elements})", f"(elem declare func {elements})"]
    for name, n in (("first", 0), ("last", own - 1)):
        parameters, results = world.own[n]
        maker = Function(world, n, world.own[n], [])
        given = " ".join(f"(local.get {NUMBERS.index(t)})" if t in NUMBERS[:4] and world.random.random() < 0.5 else maker.constant(t) for t in parameters)
        taken = " ".join(f"(call $sum_{t})" for t in reversed(results))
        lines.append(f'(func (export "{name}") (param i32 i64 f32 f64) (result i64) (global.set $fuel (i32.const 150)) (call $f{n} {given}) {taken} (global.get $sum))')
    lines.append('(func (export "total") (result i64) (global.get $sum))')
    add("", range(own), bool(library), lines)
    return found


def main():
    folder, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    names = {"": "wasm", "legacy": "legacy", "library-": "library", "library-legacy": "library-legacy"}
    for seed in range(first, first + count):
        for ending, source in modules(seed).items():
            with open(f"{folder}/x{seed}.{names[ending]}", "wb") as out:
                out.write(wasmtime.wat2wasm(source))


if __name__ == "__main__":
    main()
