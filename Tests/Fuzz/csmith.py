#!/usr/bin/env python3
"""Random C programs (csmith), compiled to WebAssembly (zig cc) and run here, in wasmtime, and natively.

csmith.py --launcher .build/release/swasm-sandbox [--seed N] [--count N] [--zig "python3 -m ziglang"] [--wasmtime wasmtime]
          [--native gcc] [--include /usr/include/csmith] [--keep FOLDER]

Runs seed by seed until COUNT programs were compared. A program prints a checksum of its variables. What wasmtime prints
is expected of us; that the native program prints the same is counted, for a program may depend on the size of a pointer: one
that does not is built for 32 bits and counted too.
Programs that don't end natively in ten seconds are left out and not counted. The seed of each that differs is printed, and its C and its
module are kept. Levels of optimization and features follow from the seed."""
import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

NATIVE_SECONDS, WASM_SECONDS = 10, 120
# zig cc makes one level of -O1 to -O3; the compiler behind it takes the last that it is given.
LEVELS = ["-O1 -Xclang -O1", "-O2", "-Os", "-O3 -msimd128", "-O0 -fno-sanitize=all", "-O2 -mtail-call -mno-bulk-memory"]
SHAPES = ["--max-funcs 4", "--max-funcs 10 --float", "--max-funcs 6 --max-block-depth 3 --builtins", "--max-funcs 4 --float"]

# Builtins as csmith calls them: made defined for 0, and the same whatever the size of a long.
BUILTINS = """#include <stdint.h>
static inline int leading32(uint32_t x) { return x ? __builtin_clz(x) : 32; }
static inline int trailing32(uint32_t x) { return x ? __builtin_ctz(x) : 32; }
static inline int leading64(uint64_t x) { return x ? __builtin_clzll(x) : 64; }
static inline int trailing64(uint64_t x) { return x ? __builtin_ctzll(x) : 64; }
#define __builtin_clz leading32
#define __builtin_ctz trailing32
#define __builtin_clzl leading64
#define __builtin_ctzl trailing64
#define __builtin_clzll leading64
#define __builtin_ctzll trailing64
#define __builtin_ffsl __builtin_ffsll
#define __builtin_parityl __builtin_parityll
#define __builtin_popcountl __builtin_popcountll
#define __builtin_ia32_crc32qi(a, b) ((uint32_t)(a) * 33 ^ (uint8_t)(b))
"""


def run(command, seconds=60, folder=None):
    """Status, standard output and error; the status is None when it took too long."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=seconds, cwd=folder)
        return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    except subprocess.TimeoutExpired:
        return None, "", ""


class Programs:
    def __init__(self, options):
        self.options = options
        self.compared = self.native = self.narrow = self.endless = self.refused = 0
        self.differing, self.unlike_native = [], []

    def build(self, seed, folder):
        """Makes the native program and the module; says what the seed makes of them, or None."""
        level, shape = LEVELS[seed % len(LEVELS)], SHAPES[seed // len(LEVELS) % len(SHAPES)]
        source = f"{folder}/{seed}.c"
        includes = self.compiled(seed, folder)
        with open(f"{folder}/builtins.h", "w") as header:
            header.write(BUILTINS)
        commands = [
            ["csmith", "--seed", str(seed), "--no-packed-struct", *shape.split(), "--output", source],
            [*shlex.split(self.options.native), "-O1", *includes, "-o", f"{folder}/{seed}", "-lm"],
            [*shlex.split(self.options.zig), "cc", "-target", "wasm32-wasi", "-s", *level.split(), *includes,
             "-o", f"{folder}/{seed}.wasm"],
        ]
        for number, command in enumerate(commands):
            status, _, errors = run(command, 120, folder)
            if status != 0:
                print(f"seed {seed}: {command[0]}: {(errors or 'status %s' % status).splitlines()[0]}", flush=True)
                return None
            # The slowest part is left out for those that don't end.
            if number == 1:
                status, self.expected, _ = run([f"{folder}/{seed}"], NATIVE_SECONDS)
                if status is None:
                    self.endless += 1
                    return None
        return f"{level} {shape}"

    def compare(self, seed, folder):
        self.expected = None
        made = self.build(seed, folder)
        if made is None:
            if self.expected is None or self.expected:
                self.refused += 1
            return
        module = f"{folder}/{seed}.wasm"
        theirs = run([self.options.wasmtime, module], WASM_SECONDS)
        if theirs[0] is None:
            self.endless += 1
            return
        ours = run([self.options.launcher, "run", "--no-cache", module], WASM_SECONDS)
        self.compared += 1
        if ours[:2] != theirs[:2]:
            self.differing.append(seed)
            print(f"differs {seed} ({made}): {ours} here, {theirs} in wasmtime, {self.expected!r} natively", flush=True)
            os.makedirs(self.options.keep, exist_ok=True)
            for name in (f"{folder}/{seed}.c", module):
                shutil.copy(name, self.options.keep)
        if ours[1] == self.expected:
            self.native += 1
        elif ours[1] == self.narrow_output(seed, folder):
            self.narrow += 1
        else:
            self.unlike_native.append(seed)

    def narrow_output(self, seed, folder):
        """What the program prints with pointers of 32 bits."""
        run([*shlex.split(self.options.zig), "cc", "-target", "x86-linux-musl", "-O2", "-fno-sanitize=all",
             *self.compiled(seed, folder), "-o", f"{folder}/{seed}.32", "-lm"], 120, folder)
        return run([f"{folder}/{seed}.32"], NATIVE_SECONDS)[1] if os.path.exists(f"{folder}/{seed}.32") else None

    def compiled(self, seed, folder):
        return ["-w", "-Wno-incompatible-pointer-types", f"-I{self.options.include}", "-include", f"{folder}/builtins.h",
                f"{folder}/{seed}.c"]

    def summary(self, seed):
        return (f"{self.compared} programs from seed {self.options.seed} to {seed}: {len(self.differing)} differ from wasmtime, "
                f"{self.native} equal to native, {self.narrow} to native of 32 bits; left out: {self.endless} that don't end, {self.refused} that don't compile")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--launcher", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--zig", default="python3 -m ziglang")
    parser.add_argument("--wasmtime", default="wasmtime")
    parser.add_argument("--native", default="gcc")
    parser.add_argument("--include", default="/usr/include/csmith")
    parser.add_argument("--keep", default="fuzz-failures")
    options = parser.parse_args()
    options.launcher = os.path.abspath(options.launcher)
    programs, seed, said = Programs(options), options.seed, time.monotonic()
    while programs.compared < options.count:
        with tempfile.TemporaryDirectory() as folder:
            programs.compare(seed, folder)
        if time.monotonic() - said > 60:
            said = time.monotonic()
            print(programs.summary(seed), file=sys.stderr, flush=True)
        seed += 1
    print(programs.summary(seed - 1))
    if programs.unlike_native:
        print("not as natively:", *programs.unlike_native)
    sys.exit(1 if programs.differing else 0)


if __name__ == "__main__":
    main()
