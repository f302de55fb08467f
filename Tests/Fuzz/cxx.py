#!/usr/bin/env python3
"""Random C++ programs that throw, compiled to WebAssembly and natively, and compared.

cxx.py --launcher .build/release/swasm-sandbox [--seed N] [--count N] [--clang clang++] [--native g++] [--keep FOLDER]

Programs have destructors that run while an exception passes, handlers of several types, by base class and by reference,
nested tries, exceptions thrown again and from handlers, constructors that fail half-way, virtual and indirect calls, and
values returned through all of it. Each prints a sum of what happened. From the seed follow the level (-O0 to -O3) and
which of the two forms of exceptions the module has. exceptions-runtime.cpp is the C++ library. The seed of each program
that differs is printed, and the program kept."""
import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PRELUDE = """
typedef unsigned int u32;
typedef unsigned long long u64;
static u64 sum = 1, left;
__attribute__((noinline)) static void note(u64 value) { sum = (sum ^ value) * 0x100000001b3ull; sum ^= sum >> 29; }
static bool spent() { if (left == 0) return true; left--; return false; }
static void note(double value) { u64 bits; __builtin_memcpy(&bits, &value, 8); note(bits); }
struct Base { u32 a; virtual u32 get() const { return a; } explicit Base(u32 a) : a(a) {} };
struct Other { u64 b = 77; };
struct Derived : Base { explicit Derived(u32 a) : Base(a) {} u32 get() const override { return a * 3; } };
struct Both : Other, Derived { explicit Both(u32 a) : Derived(a) { b = a + 5; } };
struct Loud { u32 id; explicit Loud(u32 id) : id(id) {} ~Loud() { note(id + 0x100ull); } };
struct Pair { u64 first; double second; u32 third; };
struct Guard { u32 &id; ~Guard() { note(id + 0x10000ull); } };
struct Fragile {
  u32 id;
  explicit Fragile(u32 id) : id(id) { note(id + 1ull); if (id % 7 == 3) throw id; }
  ~Fragile() { note(id + 0x200ull); }
};
struct Group {
  Loud head;
  Fragile parts[3];
  explicit Group(u32 n) : head(n), parts{Fragile(n), Fragile(n + 1), Fragile(n + 2)} {}
};
struct Careful {
  u32 id;
  ~Careful() { try { if (id % 2) throw Loud(id); note(1ull); } catch (const Loud &l) { note(l.id + 2ull); } }
};
"""
COMMON = ["-std=c++17", "-w", "-ffp-contract=off", "-fno-strict-aliasing"]
# Is it the older form?
FORMS = ["true", "false"]
LEVELS = ["-O0", "-O1", "-O2", "-O3", "-Os"]
TYPES = ["u32", "u64", "double", "Pair"]
# What is caught, and what the handler notes of it.
HANDLERS = [("u32 x", "note(x + 3ull)"), ("const u64 &x", "note(x)"), ("double x", "note(x)"),
            ("const Base &x", "note(x.get() + 0ull)"), ("Derived &x", "x.a += 9; note(x.get() + 4ull)"),
            ("const Other &x", "note(x.b)"), ("const Loud &x", "note(x.id + 5ull)"), ("...", "note(6ull)")]


class Program:
    def __init__(self, seed):
        self.random = R = random.Random(seed)
        count = R.randint(3, 6)
        self.signatures = [(R.choice(TYPES), [R.choice(TYPES) for _ in range(R.randint(0, 4))]) for _ in range(count)]
        self.names = 0
        lines = [PRELUDE]
        lines += [f"{r} f{n}({', '.join(p)});" for n, (r, p) in enumerate(self.signatures)]
        lines += [f"{r} (*volatile p{n})({', '.join(p)}) = f{n};" for n, (r, p) in enumerate(self.signatures)]
        lines += ["struct Caller {"]
        for n, (r, p) in enumerate(self.signatures):
            named, passed = ", ".join(f"{t} a{i}" for i, t in enumerate(p)), ", ".join(f"a{i}" for i in range(len(p)))
            lines.append(f"virtual {r} m{n}({named}) {{ Loud l({n}); return f{n}({passed}); }}")
        lines += ["};", "static Caller callerObject; Caller *volatile caller = &callerObject;"]
        lines += [self.function(n) for n in range(count)]
        lines += ['extern "C" u64 program() {']
        for turn in range(6):
            n = R.randrange(count)
            self.locals = {t: [] for t in TYPES}
            lines += [f"left = 60; try {{ {self.take(n)} }} catch (const Base &b) {{ note(b.get() + 7ull); }}"
                      f" catch (...) {{ note({turn}ull); }}"]
        lines += ["return sum; }", "#ifndef __wasm__", 'extern "C" int printf(const char *, ...);',
                  'int main() { printf("%016llx\\n", program()); }', "#endif"]
        self.text = "\n".join(lines)

    def name(self):
        self.names += 1
        return f"v{self.names}"

    def constant(self, t):
        R = self.random
        return {"u32": f"{R.choice([0, 1, 2, 7, 10, 100, 0xffffffff])}u",
                "u64": f"{R.choice([0, 1, 5, 1 << 40, (1 << 64) - 1])}ull",
                "double": R.choice(["0.0", "1.5", "-2.25", "1e10"]),
                "Pair": f"Pair{{{R.randrange(9)}ull, {R.randrange(9)}.5, {R.randrange(9)}u}}"}[t]

    def value(self, t, depth=1):
        """Without effects: the order in which operands are computed is the compiler's."""
        R = self.random
        if self.locals[t] and R.random() < 0.6:
            found = R.choice(self.locals[t])
        else:
            found = self.constant(t)
        if depth and R.random() < 0.5:
            if t in ("u32", "u64"):
                found = f"({found} {R.choice('+-*^&')} {self.value(t, 0)})"
            elif t == "double":
                found = f"({found} {R.choice('+-')} {self.value(t, 0)})"
        return found

    def sum(self, t, value):
        if t == "Pair":
            return f"note({value}.first + {value}.third); note({value}.second);"
        return f"note({value});" if t == "double" else f"note({value} + 0ull);"

    def call(self, n):
        callee = self.random.choice([f"f{n}", f"f{n}", f"p{n}", f"caller->m{n}"])
        return f"{callee}({', '.join(self.value(t) for t in self.signatures[n][1])})"

    def take(self, n):
        """A call whose result becomes a local's, or is noted."""
        t, R = self.signatures[n][0], self.random
        if self.locals[t] and R.random() < 0.6:
            return f"{R.choice(self.locals[t])} = {self.call(n)};"
        name = self.name()
        return f"{{ {t} {name} = {self.call(n)}; {self.sum(t, name)} }}"

    def throw(self):
        R = self.random
        number = self.value("u32")
        objects = [f"{name}({number})" for name in ("Base", "Derived", "Both", "Loud")]
        return f"throw {R.choice([number, self.value('u64'), self.value('double'), *objects])};"

    def set(self):
        t = self.random.choice([t for t in TYPES if self.locals[t]] or ["u32"])
        return f"{self.random.choice(self.locals[t])} = {self.value(t)};" if self.locals[t] else "note(8ull);"

    def several(self, count, depth, handled):
        # Locals of a block are gone behind it.
        known = {t: list(names) for t, names in self.locals.items()}
        found = " ".join(self.statement(depth, handled) for _ in range(count))
        self.locals = known
        return f"{{ {found} }}"

    def statement(self, depth, handled):
        R = self.random
        kind = R.random()
        if kind < 0.22 or depth == 0:
            return self.set()
        if kind < 0.34:
            return self.take(R.randrange(len(self.signatures)))
        if kind < 0.42:
            name = self.name()
            made = R.choice([f"Loud {name}({self.value('u32')})", f"Careful {name}{{{self.value('u32')}}}",
                             f"Fragile {name}({self.value('u32')})", f"Group {name}({self.value('u32')})"]
                            + [f"Guard {name}{{{l}}}" for l in self.locals["u32"]])
            return f"{made};"
        if kind < 0.48:
            return f"if (({self.value('u32')}) % {R.choice([1, 2, 3])} == 0) {self.throw()}"
        if kind < 0.52 and handled:
            return f"if (({self.value('u32')}) % 2 == 0) throw;"
        if kind < 0.58:
            head = f"if (({self.value('u32')}) & 1) {self.several(2, depth - 1, handled)}"
            return f"{head} else {self.several(1, depth - 1, handled)}"
        if kind < 0.64:
            name = self.name()
            head = f"for (u32 {name} = 0; {name} < {R.randint(2, 4)} && !spent(); {name}++)"
            return f"{head} {self.several(2, depth - 1, handled)}"
        if kind < 0.68:
            return f"if (({self.value('u32')}) % 5 == 1) return {self.value(self.result)};"
        if kind < 0.74:
            t = R.choice(TYPES)
            name = self.name()
            text = f"{t} {name} = {self.value(t)};"
            self.locals[t].append(name)
            return text
        chosen = sorted(R.sample(range(len(HANDLERS)), R.randint(1, 3)))
        # A handler of a class behind one of its base never runs, and compilers say so.
        if 3 in chosen and 4 in chosen:
            chosen.remove(4)
        text = f"try {self.several(R.randint(1, 3), depth - 1, handled)}"
        for k in chosen:
            what, noted = HANDLERS[k]
            text += f" catch ({what}) {{ {noted}; {self.several(R.randint(1, 2), depth - 1, True)} }}"
        return text

    def function(self, n):
        self.result, parameters = self.signatures[n]
        self.locals = {t: [f"a{i}" for i, other in enumerate(parameters) if other == t] for t in TYPES}
        lines = [f"{self.result} f{n}({', '.join(f'{t} a{i}' for i, t in enumerate(parameters))}) {{",
                 f"if (spent()) {{ return {self.constant(self.result)}; }}"]
        for t in TYPES:
            name = self.name()
            lines.append(f"{t} {name} = {self.constant(t)};")
            self.locals[t].append(name)
        lines += [self.statement(3, False) for _ in range(self.random.randint(3, 6))]
        lines += [self.sum(t, name) for t, names in self.locals.items() for name in names]
        return "\n".join(lines + [f"return {self.value(self.result)}; }}"])


def run(command, seconds=60):
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds)
        return (done.stdout if done.returncode == 0 else done.stderr).decode(errors="replace"), done.returncode
    except subprocess.TimeoutExpired:
        return "takes too long", 1


def build(command):
    output, status = run(command, 600)
    if status != 0:
        sys.exit(f"not compiled: {' '.join(command)}\n{output[:2000]}")


def wasm(options, legacy):
    return [options.clang, "--target=wasm32", *COMMON, "-fwasm-exceptions", "-mllvm", f"-wasm-use-legacy-eh={legacy}",
            "-fno-builtin", "-nostdlib", "-Wl,--no-entry", "-Wl,--export=_start"]


def compare(options, seed, folder):
    """What differs, or None."""
    choice = random.Random(seed)
    level, legacy = choice.choice(LEVELS), choice.choice(FORMS)
    source, module, native = f"{folder}/p.cpp", f"{folder}/p.wasm", f"{folder}/p"
    with open(source, "w") as out:
        out.write(Program(seed).text)
    build([*wasm(options, legacy), level, f"{options.objects}/{legacy}.o", source, "-o", module])
    build([options.native, *COMMON, "-O0", source, "-o", native])
    expected, status = run([native])
    if status != 0:
        return f"natively: status {status} {expected}"
    found, _ = run([options.launcher, "run", module])
    return None if found == expected else f"{level} legacy={legacy}: {found.strip()}, natively {expected.strip()}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--launcher", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--clang", default="clang++")
    parser.add_argument("--native", default="g++")
    parser.add_argument("--keep", default="fuzz-failures")
    options = parser.parse_args()
    differing = 0
    objects = tempfile.TemporaryDirectory()
    options.objects = objects.name
    for legacy in FORMS:
        build([*wasm(options, legacy), "-O1", "-c", f"{HERE}/exceptions-runtime.cpp", "-o", f"{objects.name}/{legacy}.o"])
    for seed in range(options.seed, options.seed + options.count):
        with tempfile.TemporaryDirectory() as folder:
            difference = compare(options, seed, folder)
            if difference is None:
                continue
            differing += 1
            print(f"seed {seed} differs: {difference}", flush=True)
            os.makedirs(options.keep, exist_ok=True)
            for ending in ("cpp", "wasm"):
                shutil.copy(f"{folder}/p.{ending}", f"{options.keep}/cxx{seed}.{ending}")
    print(f"{options.count} C++ programs from seed {options.seed}, {differing} differ")
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
