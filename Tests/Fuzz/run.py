#!/usr/bin/env python3
"""Differential fuzzing: random modules, run in V8 (oracle.mjs) or wasmtime (oracle.py, which needs the
Python package of that name) and here (the `fuzz` executable) in all modes.

run.py --fuzz .build/release/fuzz [--seed N] [--batches N] [--smith wasm-tools | --generator FILE] [--mode all]
       [--oracle v8 | wasmtime] [--keep FOLDER]

Without --smith the modules come from generate.mjs, or from generate-vectors.mjs where that is named (with wasmtime as the oracle with
relaxed instructions too), or from generate-exceptions.py (wasmtime only). Modules that differ are copied to the folder to keep, with
a line about each on standard output. Every module's seed is in its name."""
import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PER_BATCH = 50
# Relaxed vector instructions have several results that are permitted; modules of generate-vectors.mjs check them.
ALWAYS_OFF = ["gc", "custom-descriptors", "compact-imports", "shared-everything-threads", "relaxed-simd"]
# What V8 does not know; wasmtime does. Each is on in turn, and all together.
BEYOND = ["exceptions", "memory64", "threads", "tail-call", "wide-arithmetic", "custom-page-sizes", "extended-const",
          "multi-memory"]


def enabled(turn, oracle):
    """The features of BEYOND that are on in a batch."""
    if oracle == "v8":
        return []
    turn %= len(BEYOND) + 2
    return [BEYOND[turn]] if turn < len(BEYOND) else BEYOND if turn == len(BEYOND) else []


def smith(tool, folder, first, features, vectors):
    for seed in range(first, first + PER_BATCH):
        source = random.Random(seed)
        options = {
            "max-imports": 0, "max-memories": 3 if "multi-memory" in features else 1,
            "max-memory32-bytes": 1 << 20, "max-memory64-bytes": 1 << 20, "max-table-elements": 200,
            "max-tables": source.choice([1, 3]), "min-funcs": 1, "max-funcs": source.choice([3, 10]),
            "max-instructions": source.choice([400, 1500]), "export-everything": "true",
            "canonicalize-nans": "true", "memory-max-size-required": "true", "table-max-size-required": "true",
            "disallow-traps": source.choice(["true", "true", "false"]), "min-memories": 1,
        }
        if "exceptions" in features:
            options["max-tags"] = 4
        if not vectors:
            options["simd-enabled"] = "false"
        options.update({f"{feature}-enabled": "false" for feature in ALWAYS_OFF + BEYOND if feature != "multi-memory"})
        options.update({f"{feature}-enabled": "true" for feature in features if feature != "multi-memory"})
        command = [tool, "smith", "--ensure-termination", "--fuel", "3000", "-o", f"{folder}/s{seed}.wasm"]
        for name, value in options.items():
            command += [f"--{name}", str(value)]
        seeds = source.randbytes(source.choice([2000, 8000, 30000]))
        subprocess.run(command, input=seeds, stderr=subprocess.DEVNULL)


def generate(generator, folder, first, oracle):
    # The V8 of Node 20 is no oracle for these: it chooses now one way, now another, and what is not permitted.
    relaxed = ["relaxed"] if generator == "generate-vectors.mjs" and oracle == "wasmtime" else []
    language = sys.executable if generator.endswith(".py") else "node"
    subprocess.run([language, f"{HERE}/{generator}", folder, str(first), str(PER_BATCH), *relaxed], check=True)


def oracle(folder, which):
    command = ["node", f"{HERE}/oracle.mjs"] if which == "v8" else [sys.executable, f"{HERE}/oracle.py"]
    try:
        subprocess.run([*command, folder], stderr=subprocess.DEVNULL, timeout=120)
    except subprocess.TimeoutExpired:
        print(f"{folder}: the oracle took too long", flush=True)


def compare(options, files):
    """Yields (module, what differs). A crash ends the process: it goes on with the next module."""
    while files:
        try:
            done = subprocess.run([options.fuzz, options.mode] + files, stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=300, env={**os.environ, "SWIFT_BACKTRACE": "enable=no"})
            output, status = done.stdout.decode(errors="replace"), done.returncode
            errors = done.stderr.decode(errors="replace")
        except subprocess.TimeoutExpired as expired:
            output, status, errors = (expired.stdout or b"").decode(errors="replace"), "timeout", ""
        for line in output.splitlines():
            if line.startswith("differs "):
                yield line.split(" ")[2], line
        if re.search(r"^done", output, re.M):
            return
        at = [line for line in output.splitlines() if line.startswith("at ")][-1]
        path = at.split(" ")[2]
        first = next((l for l in errors.splitlines() if "rror" in l), errors[:200])
        yield path, f"crashed {at} status {status}: {first}"
        files = files[files.index(path) + 1:]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--fuzz", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batches", type=int, default=1)
    parser.add_argument("--smith")
    parser.add_argument("--generator", default="generate.mjs")
    parser.add_argument("--mode", default="all")
    parser.add_argument("--oracle", choices=["v8", "wasmtime"], default="v8")
    parser.add_argument("--keep", default="fuzz-failures")
    options = parser.parse_args()
    modules, failed = 0, set()
    for batch in range(options.batches):
        first = options.seed + batch * PER_BATCH
        with tempfile.TemporaryDirectory() as folder:
            if options.smith:
                # Vectors don't cross into Python.
                smith(options.smith, folder, first, enabled(batch, options.oracle), options.oracle == "v8")
            else:
                generate(options.generator, folder, first, options.oracle)
            oracle(folder, options.oracle)
            files = sorted(f"{folder}/{n[:-6]}wasm" for n in os.listdir(folder) if n.endswith("expect"))
            modules += len(files)
            for path, message in compare(options, files):
                print(message.replace(folder + "/", ""), flush=True)
                failed.add(os.path.basename(path))
                os.makedirs(options.keep, exist_ok=True)
                for ending in ("wasm", "expect", "library", "legacy", "library-legacy"):
                    if os.path.exists(path[:-4] + ending):
                        shutil.copy(path[:-4] + ending, options.keep)
    print(f"{modules} modules from seed {options.seed}, {len(failed)} differ")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
