#!/usr/bin/env python3
"""Builds the benchmarks by g++ and clang++, runs them and PyTorch in turn on one core, and prints tables of the ratios.

    bench/compare.py [--variant portable] [--filter '^sample/.*float'] [--save times.json]

A cell has the least time in nanoseconds over all rounds, "g++ / clang++" where both are installed. Times are of the
processor, so that other programs disturb them little. PyTorch is left out where no Python can import it, libtorch where
CMake does not find it.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
QUESTIONS = ("sampling", "log_prob", "gradients", "libtorch")
PRESETS = {"g++": "bench", "clang++": "bench-clang"}
VARIANTS = {
    "native": [],
    "portable": ["-DCONCRETE_NATIVE=OFF"],
    "O2": ["-DCMAKE_CXX_FLAGS_RELEASE=-O2 -DNDEBUG"],
}

LIBRARY = {"concrete": "concrete", "mt19937_64": "by mt19937_64", "concrete_fused": "fused"}
PEERS = {
    "eigen": "Eigen",
    "eigen_engine": "Eigen by our engine",
    "eigen_random": "Eigen by its random",
    "loop": "std loop",
    "libtorch": "libtorch",
    "pytorch": "PyTorch",
}

# Makes glibc keep freed memory. Otherwise that of a larger matrix may go back to the kernel at once, and come again by
# pages in the next call: as the heap happens to lie, up to twice the time of what returns matrices.
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(2**32), "MALLOC_TRIM_THRESHOLD_": str(2**32)}


def build(compiler, variant):
    """The folder of the programs that this compiler makes."""
    folder = ROOT / "build" / f"{PRESETS[compiler]}-{variant}"
    for command in (
        ["cmake", "--preset", PRESETS[compiler], "-B", folder, *VARIANTS[variant]],
        ["cmake", "--build", folder],
    ):
        subprocess.run(command, cwd=ROOT, check=True, stdout=sys.stderr)
    return folder / "bench"


def run(command, **options):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    return subprocess.run(command, check=True, text=True, **pipes, **options).stdout


def python_with_torch():
    for python in filter(shutil.which, (sys.executable, "/usr/bin/python3")):  # the latter has Debian's package
        if subprocess.run([python, "-c", "import torch"], stderr=subprocess.DEVNULL).returncode == 0:
            return python
    return None


class Times:
    """The least nanoseconds of an entry by work, scalar and shape, then by peer and compiler."""

    def __init__(self):
        self.rows = collections.defaultdict(dict)
        self.versions = {}

    def add(self, name, compiler, nanoseconds):
        work, by, scalar, shape = name.split("/")
        row, key = self.rows[work, scalar, shape], (by, compiler if by not in ("libtorch", "pytorch") else None)
        row[key] = min(nanoseconds, row.get(key, nanoseconds))

    def run_program(self, program, compiler, pattern):
        report = json.loads(
            run([program, "--benchmark_format=json", "--benchmark_min_time=0.01", "--benchmark_repetitions=3",
                 f"--benchmark_filter={pattern}"]) or "{}")  # fmt: skip
        for benchmark in report.get("benchmarks", []):
            if benchmark["run_type"] == "iteration":
                self.add(benchmark["run_name"], compiler, 1e9 * benchmark["per_entry"])
        if report:
            self.versions[compiler] = "{compiler}, {flags}; Eigen {eigen}".format_map(report["context"])

    def run_torch(self, python, names):
        version, *figures = run([python, ROOT / "bench/peers/sampling_torch.py"], input=names).splitlines()
        self.versions["PyTorch"] = version.removeprefix("# PyTorch ")
        for name, nanoseconds in (line.split("\t") for line in figures):
            self.add(name, None, float(nanoseconds))


def listed(program, pattern):
    """The names of its benchmarks that match; none of a program that is not built."""
    if not program.exists():
        return []
    return [name for name in run([program, "--benchmark_list_tests"]).split() if re.search(pattern, name)]


def measure(folders, pattern, rounds):
    programs = [(f / f"bench_{question}", compiler) for question in QUESTIONS for compiler, f in folders.items()]
    programs = [(program, compiler) for program, compiler in programs if listed(program, pattern)]
    names = "\n".join(name for program, _ in programs for name in listed(program, pattern))
    python = python_with_torch()
    times = Times()
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
        for program, compiler in programs:
            times.run_program(program, compiler, pattern)
        if python:
            times.run_torch(python, names)
    return times


def figure(value):
    if value is None:
        return "–"
    return f"{value:.2f}" if value < 9.995 else f"{value:.1f}" if value < 99.95 else f"{value:.0f}"


def cell(values):
    """Of all compilers; once where they have the same."""
    shown = [figure(value) for value in values]
    return shown[0] if len(set(shown)) == 1 else " / ".join(shown)


def label(shape):
    n, batch = shape.split("x")
    return f"{n} × {batch}" if batch != "1" else f"{n} (fixed size)" if n == "3" else n


def print_table(work, is_single, times, compilers):
    """A row for each scalar and shape of one vector or of several: all times, then all ratios to the library's."""
    rows = {key: row for key, row in times.rows.items() if key[0] == work and key[2].endswith("x1") == is_single}
    if not rows:
        return
    present = {by for row in rows.values() for by, _ in row}
    library, peers = ([by for by in names if by in present] for names in (LIBRARY, PEERS))
    ratios = [(peer, base) for base in library for peer in peers if base == "concrete" or peer == "pytorch"]
    names = LIBRARY | PEERS
    heads = ["", "n" if is_single else "n × batch", *(names[by] for by in library + peers)]
    heads += [f"{names[peer]} : {names[base]}" for peer, base in ratios]
    print(f"\n**{work}, ns per {'vector' if is_single else 'entry'}**\n")
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for (_, scalar, shape), row in rows.items():

        def time(by, compiler):
            value = row.get((by, compiler), row.get((by, None)))
            return value and value * (int(shape.split("x")[0]) if is_single else 1)

        def ratio(peer, base, compiler):
            dividend, divisor = time(peer, compiler), time(base, compiler)
            return dividend and divisor and dividend / divisor

        cells = [cell([time(by, c) for c in compilers]) for by in library + peers]
        cells += [cell([ratio(peer, base, c) for c in compilers]) for peer, base in ratios]
        print(f"| {scalar} | {label(shape)} | {' | '.join(cells)} |")


def print_tables(times, compilers):
    for name, version in times.versions.items():
        print(f"{name}: {version}  ")
    for work in dict.fromkeys(work for work, _, _ in times.rows):
        for is_single in (False, True):
            print_table(work, is_single, times, compilers)


def save(file, times, machine):
    """For summary.py."""
    rows = [
        {"work": work, "scalar": scalar, "shape": shape, "by": by, "compiler": compiler, "nanoseconds": value}
        for (work, scalar, shape), row in times.rows.items()
        for (by, compiler), value in row.items()
    ]
    file.write_text(json.dumps({"machine": machine, "versions": times.versions, "times": rows}, indent=1))


def processor():
    with open("/proc/cpuinfo") as file:
        text = file.read()
    features = [f for f in ("avx512f", "avx2", "asimd") if re.search(rf"\b{f}\b", text)]
    return ", ".join([*re.findall(r"model name\s*: (.*)", text)[:1], *features[:1]])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variant", choices=VARIANTS, default="native", help="how the programs are compiled")
    parser.add_argument("--filter", default=".", help="regular expression for names work/by/scalar/shape")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
    parser.add_argument("--keep-memory", action="store_true", help="no memory goes back to the kernel while measuring")
    parser.add_argument("--save", type=pathlib.Path, metavar="FILE", help="write all times as JSON, for summary.py")
    arguments = parser.parse_args()
    folders = {c: build(c, arguments.variant) for c in PRESETS if shutil.which(c)}
    os.sched_setaffinity(0, {arguments.core})
    if arguments.keep_memory:
        os.environ.update(KEEP_MEMORY)
    times = measure(folders, arguments.filter, arguments.rounds)
    machine = f"{processor()}, one core{', freed memory kept' if arguments.keep_memory else ''}"
    if arguments.save:
        save(arguments.save, times, machine)
    print(f"Processor: {machine}  ")
    print_tables(times, list(folders))


if __name__ == "__main__":
    main()
