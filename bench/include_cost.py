#!/usr/bin/env python3
"""What does it cost to compile programs with the library in them: time, memory, size of what comes out?

    bench/include_cost.py [--runs 5] [--no-sanitizers]
    bench/include_cost.py --include OLD/include --include NEW/include      # cells "old / new"

Compiles the programs of bench/include_cost/ and the quickstart by g++ and clang++, where they are installed. Times are
medians and ratios to those of a program that includes Eigen and <iostream> alone, compiled in turn with the others.
"""

import argparse
import os
import pathlib
import shlex
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from compare import ROOT, cell, figure, processor

FOLDER = ROOT / "bench/include_cost"
BASELINE = FOLDER / "baseline.cpp"
EIGHT_SIZES = FOLDER / "eight_sizes.cpp"
TIMED = (ROOT / "examples/quickstart.cpp", FOLDER / "four_classes.cpp", EIGHT_SIZES)
SIZED = TIMED[1:]
COMPILERS = ("g++", "clang++")
LEVELS = ("-O0", "-O2", "-O3")
COLUMNS = [(level, what) for level in LEVELS for what in ("wall", "user", "memory")]
SANITIZERS = ["-O2", "-fsanitize=address,undefined"]
SANITIZERS_TIMEOUT = 30 * 60  # seconds
SMALL = ["-Os", "-fno-exceptions", "-DEIGEN_NO_IO", "-static"]
STREAM_SYMBOLS = ("_ZNSo", "_ZSt4cout", "ios_base")


def output(*command):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout


def eigen_flags():
    if shutil.which("pkg-config") and subprocess.run(["pkg-config", "--exists", "eigen3"]).returncode == 0:
        return shlex.split(output("pkg-config", "--cflags", "eigen3"))
    for folder in ("/usr/include/eigen3", "/usr/local/include/eigen3", "/opt/homebrew/include/eigen3"):
        if pathlib.Path(folder, "Eigen/Dense").exists():
            return ["-I", folder]
    sys.exit("include_cost.py: Eigen is not found")


class Compilation:
    """One run of a compiler: wall and user seconds, and the most memory of one of its processes, in MiB. A timeout ends
    it; a program that does not compile ends this script."""

    def __init__(self, command, timeout=None):
        print(shlex.join(map(str, command)), file=sys.stderr)
        start = time.monotonic()
        process = subprocess.Popen(command, start_new_session=True)
        timer = threading.Timer(timeout or threading.TIMEOUT_MAX, os.killpg, (process.pid, signal.SIGKILL))
        timer.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except KeyboardInterrupt:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        self.timed_out = process.returncode == -signal.SIGKILL
        if process.returncode and not self.timed_out:
            sys.exit("include_cost.py: this does not compile")
        self.wall, self.user, self.memory = time.monotonic() - start, usage.ru_utime, usage.ru_maxrss / 1024


class Costs:
    """All compilations by compiler, level, program and folder of headers, and the size of each object in kB."""

    def __init__(self, runs, includes, eigen, folder):
        self.compilers = list(filter(shutil.which, COMPILERS))
        self.includes, self.eigen, self.folder = includes, eigen, folder
        self.compilations, self.sizes = {}, {}
        for compiler in self.compilers:
            for level in LEVELS:
                for _ in range(runs):
                    for program in TIMED:
                        self.compile(compiler, level, BASELINE, None)
                        for include in includes:
                            self.compile(compiler, level, program, include)

    def command(self, compiler, flags, program, include):
        headers = ["-I", include] if include else []
        return [compiler, "-std=c++20", *flags, *headers, *self.eigen, program, "-o", self.folder / "out"]

    def compile(self, *key):
        compiler, level, program, include = key
        compilation = Compilation(self.command(compiler, ["-c", level], program, include))
        self.compilations.setdefault(key, []).append(compilation)
        self.sizes[key] = size(self.folder / "out")

    def median(self, what, *key):
        return statistics.median(getattr(compilation, what) for compilation in self.compilations[key])

    def medians(self, what, *key):
        """For all folders of headers."""
        return [self.median(what, *key, include) for include in self.includes]


def size(file):
    """Of text and data, in kB."""
    text, data, *_ = output("size", file).splitlines()[1].split()
    return (int(text) + int(data)) / 1000


def print_table(heads, rows):
    print(f"\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def print_times(costs):
    rows = []
    for compiler in costs.compilers:
        base = {(level, what): costs.median(what, compiler, level, BASELINE, None) for level, what in COLUMNS}
        seconds = [figure(value) + (" s" if what != "memory" else "") for (_, what), value in base.items()]
        rows.append(["baseline", compiler, *seconds])
        for program in TIMED:
            cells = []
            for level, what in COLUMNS:
                unit = base[level, what] if what != "memory" else 1
                cells.append(cell([value / unit for value in costs.medians(what, compiler, level, program)]))
            rows.append([program.stem, compiler, *cells])
    heads = [f"{level}: {what if what != 'memory' else 'MiB'}" for level, what in COLUMNS]
    print_table(["to compile", "", *heads], rows)


def print_sizes(costs):
    rows = []
    for program in SIZED:
        for compiler in costs.compilers:
            sizes = [[costs.sizes[compiler, level, program, i] for i in costs.includes] for level in LEVELS[1:]]
            rows.append([program.stem, compiler, *map(cell, sizes)])
    print_table(["text and data of the object, kB", "", *LEVELS[1:]], rows)


def print_small(costs):
    """A static program of one class, with its symbols of streams."""
    rows = []
    for compiler in costs.compilers:
        sizes, counts = [], []
        for include in costs.includes:
            Compilation(costs.command(compiler, SMALL, FOLDER / "one_class.cpp", include))
            symbols = output("nm", costs.folder / "out").split("\n")
            sizes.append(size(costs.folder / "out"))
            counts.append([sum(name in symbol for symbol in symbols) for name in STREAM_SYMBOLS])
        rows.append([compiler, cell(sizes), *(" / ".join(map(str, column)) for column in zip(*counts))])
    heads = [f"symbols with `{name}`" for name in STREAM_SYMBOLS]
    print_table([f"one_class, `{' '.join(SMALL)}`", "text and data, kB", *heads], rows)


def print_sanitizers(costs):
    rows = []
    for compiler in costs.compilers:
        runs = [Compilation(costs.command(compiler, ["-c", *SANITIZERS], EIGHT_SIZES, include), SANITIZERS_TIMEOUT)
                for include in costs.includes]  # fmt: skip
        walls = [f"over {SANITIZERS_TIMEOUT}" if run.timed_out else f"{run.wall:.0f}" for run in runs]
        figures = [cell([None if r.timed_out else getattr(r, what) for r in runs]) for what in ("user", "memory")]
        rows.append([compiler, " / ".join(walls), *figures])
    print_table([f"eight_sizes, `{' '.join(SANITIZERS)}`", "wall s", "user s", "MiB"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--include", type=pathlib.Path, action="append", metavar="DIR",
                        help="folder of headers, in place of this repository's; several are compared")  # fmt: skip
    parser.add_argument("--runs", type=int, default=3, help="compilations that a median is of")
    parser.add_argument("--no-sanitizers", action="store_true", help="leave out what takes longest")
    arguments = parser.parse_args()
    includes = [include.resolve(strict=True) for include in arguments.include or [ROOT / "include"]]
    with tempfile.TemporaryDirectory() as folder:
        costs = Costs(arguments.runs, includes, eigen_flags(), pathlib.Path(folder))
        print(f"Processor: {processor()}  ")
        print(f"Headers: {' / '.join(map(str, includes))}  ")
        for compiler in costs.compilers:
            print(f"{output(compiler, '--version').splitlines()[0]}  ")
        print_times(costs)
        print_sizes(costs)
        print_small(costs)
        if not arguments.no_sanitizers:
            print_sanitizers(costs)


if __name__ == "__main__":
    main()
