#!/usr/bin/env python3
"""Is there a kind of column that costs much more than an ordinary one?

    bench/cliffs.py [--quick] [--compiler g++] [--include DIR]
    bench/cliffs.py --load g++.json clang++.json      # what bench_cliffs --benchmark_format=json printed

Builds bench_cliffs by g++ and clang++, where they are installed, and runs it on one core. Prints a table for each
class: nanoseconds per entry of ordinary columns, of 128 entries without masks and faces, then the ratios to them of
every other kind, "g++ / clang++". A figure has the least processor time over all repetitions.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

from compare import PRESETS, ROOT, cell, processor, run

NAME = re.compile(r"(\w+)/(\w+)/(\w+)/(\d+)x\d+/masks:(\w+)/faces:(\w+)/t:([\d.]+)")
ORDINARY = (128, "none", "none")
DEFAULT, QUICK = ("0.01", "5"), ("0.005", "2")  # least seconds of a repetition, and how many


class Times:
    """The least nanoseconds of an entry by class, call, scalar, temperature, kind of column and compiler."""

    def __init__(self):
        self.values = {}
        self.versions = {}

    def add(self, report):
        compiler = "clang++" if "Clang" in report["context"]["compiler"] else "g++"
        self.versions[compiler] = "{compiler}, {flags}; Eigen {eigen}".format_map(report["context"])
        for benchmark in sorted(report["benchmarks"], key=lambda b: b["family_index"]):  # as in cliffs.cpp
            if benchmark["run_type"] == "iteration":
                call, name, scalar, n, masks, faces, temperature = NAME.fullmatch(benchmark["run_name"]).groups()
                key = (name, call, scalar, temperature, (int(n), masks, faces), compiler)
                self.values[key] = min(1e9 * benchmark["per_entry"], self.values.get(key, float("inf")))

    def of(self, *key):
        """Of all compilers."""
        return [self.values.get((*key, compiler)) for compiler in self.compilers()]

    def compilers(self):
        return [compiler for compiler in PRESETS if compiler in self.versions]

    def distinct(self, place, name=None):
        return list(dict.fromkeys(key[place] for key in self.values if name in (None, key[0])))


def build(compiler, include):
    """The program that this compiler makes."""
    folder = ROOT / "build" / f"{PRESETS[compiler]}-cliffs"
    for command in (
        ["cmake", "--preset", PRESETS[compiler], "-B", folder, f"-DCONCRETE_BENCH_INCLUDE={include or ''}"],
        ["cmake", "--build", folder, "--target", "bench_cliffs"],
    ):
        subprocess.run(command, cwd=ROOT, check=True, stdout=sys.stderr)
    return folder / "bench/bench_cliffs"


def measure(program, least_seconds, repetitions):
    print(f"running {program.relative_to(ROOT)}", file=sys.stderr)
    return json.loads(
        run([program, "--benchmark_format=json", f"--benchmark_min_time={least_seconds}",
             f"--benchmark_repetitions={repetitions}", "--benchmark_enable_random_interleaving=true"]))  # fmt: skip


def ratios(dividends, divisors):
    return [a and b and a / b for a, b in zip(dividends, divisors)]


def label(kind):
    n, *shares = kind
    parts = [f"{what}: {share}" for what, share in zip(("masks", "faces"), shares) if share != "none"]
    return ", ".join([f"n = {n}", *parts])


def print_table(name, times):
    kinds = [kind for kind in times.distinct(4, name) if kind != ORDINARY]
    heads = [name, "scalar", "t", f"{label(ORDINARY)}: ns", *map(label, kinds)]
    print(f"\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for call in times.distinct(1, name):
        for scalar in times.distinct(2, name):
            for temperature in times.distinct(3, name):
                row = (name, call, scalar, temperature)
                base = times.of(*row, ORDINARY)
                cells = [cell(base), *(cell(ratios(times.of(*row, kind), base)) for kind in kinds)]
                print(f"| `{call}` | {scalar} | {temperature} | {' | '.join(cells)} |")


def print_ratios(times):
    """Of calls and classes to each other, for ordinary columns."""
    rows = [(("BinaryConcrete", "log_prob_gradient"), ("BinaryConcrete", "log_prob"), scalar)
            for scalar in ("float", "double")]  # fmt: skip
    rows.append((("BinaryConcrete", "log_prob"), ("LogitBinaryConcrete", "log_prob"), "double"))
    temperatures = times.distinct(3)
    heads = [f"ratio at {label(ORDINARY)}", "scalar", *(f"t = {temperature}" for temperature in temperatures)]
    print(f"\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for dividend, divisor, scalar in rows:
        cells = [cell(ratios(*(times.of(*which, scalar, temperature, ORDINARY) for which in (dividend, divisor))))
                 for temperature in temperatures]  # fmt: skip
        print(f"| {' '.join(dividend)} : {' '.join(divisor)} | {scalar} | {' | '.join(cells)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--load", nargs="+", type=argparse.FileType(), metavar="FILE", help="print what these hold")
    parser.add_argument("--include", type=pathlib.Path, metavar="DIR", help="headers to measure in place of include/")
    parser.add_argument("--compiler", choices=PRESETS, help="this one alone")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter repetitions")
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
    arguments = parser.parse_args()
    times = Times()
    if arguments.load:
        for file in arguments.load:
            times.add(json.load(file))
    else:
        include = arguments.include and arguments.include.resolve(strict=True)
        compilers = [c for c in PRESETS if shutil.which(c) and arguments.compiler in (None, c)]
        programs = [build(compiler, include) for compiler in compilers]
        os.sched_setaffinity(0, {arguments.core})
        print(f"Processor: {processor()}, one core  ")
        print(f"Headers: {include or ROOT / 'include'}  ")
        for program in programs:
            times.add(measure(program, *(QUICK if arguments.quick else DEFAULT)))
    for name, version in times.versions.items():
        print(f"{name}: {version}  ")
    for name in times.distinct(0):
        print_table(name, times)
    print_ratios(times)


if __name__ == "__main__":
    main()
