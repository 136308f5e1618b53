#!/usr/bin/env python3
"""Prints the documentation's table of speed from what compare.py has saved, and draws its picture.

    bench/compare.py --rounds 2 --keep-memory --save times.json
    bench/summary.py times.json [--picture speed.svg]      # the picture needs python3-matplotlib

A cell has nanoseconds per entry of a matrix, "g++ / clang++" where they differ. "Eigen" is what a careful user of Eigen
writes, by the library's own engine where it draws.
"""

import argparse
import json

from compare import cell

VOCABULARIES = ("10000x20", "50000x4")
ALL = ("2x20000", "10x20000", "128x2000", "1024x128", *VOCABULARIES)
TRAINING = (*ALL[:3], *VOCABULARIES)
BINARY = ("200x64", "1x1000000")

# What a row is called, whose times it has, and which peers it is compared with.
ROWS = [
    ("`sample`", "sample", "concrete", "eigen_engine", ALL),
    ("`log_prob`", "log_prob", "concrete", "eigen", ALL),
    ("training step", "train", "concrete", "eigen_engine", TRAINING),
    ("the same by `sample_and_log_prob`", "train", "concrete_fused", "eigen_engine", TRAINING),
    ("binary `sample`", "binary_sample", "concrete", "eigen_engine", BINARY),
    ("binary `log_prob`", "binary_log_prob", "concrete", "eigen", BINARY),
]

# The bars of the picture.
BARS = [
    ("sample, 10 × 20000", "sample", "concrete", "eigen_engine", "10x20000"),
    ("sample, 128 × 2000", "sample", "concrete", "eigen_engine", "128x2000"),
    ("log_prob, 10 × 20000", "log_prob", "concrete", "eigen", "10x20000"),
    ("step by sample_and_log_prob, 10 × 20000", "train", "concrete_fused", "eigen_engine", "10x20000"),
    ("binary sample, 200 × 64", "binary_sample", "concrete", "eigen_engine", "200x64"),
]
COLORS = {"concrete": "#1c7f46", "Eigen": "#8a94a6", "PyTorch": "#d65c14"}


class Times:
    def __init__(self, file):
        report = json.load(file)
        self.machine, self.versions = report["machine"], report["versions"]
        self.compilers = [name for name in ("g++", "clang++") if name in self.versions]
        self.values = {
            (t["work"], t["scalar"], t["shape"], t["by"], t["compiler"]): t["nanoseconds"] for t in report["times"]
        }

    def of(self, work, scalar, shape, by, compiler):
        key = (work, scalar, shape, by)
        return self.values.get((*key, compiler), self.values.get((*key, None)))

    def of_all_compilers(self, *key):
        return [self.of(*key, compiler) for compiler in self.compilers]


def ratios(dividends, divisors):
    return [a and b and a / b for a, b in zip(dividends, divisors)]


def print_table(times):
    heads = ["concrete", "Eigen", "PyTorch", "PyTorch : concrete"]
    print("| | " + " | ".join([f"`float`: {heads[0]}", *heads[1:], f"`double`: {heads[0]}", *heads[1:]]) + " |")
    print("|---" * (1 + 2 * len(heads)) + "|")
    for label, work, own, eigen, shapes in ROWS:
        for shape in shapes:
            cells = []
            for scalar in ("float", "double"):
                ours, theirs, torch = (times.of_all_compilers(work, scalar, shape, by) for by in (own, eigen, "pytorch"))
                cells += [cell(ours), cell(theirs), cell(torch), cell(ratios(torch, ours))]
            print(f"| {label}, {shape.replace('x', ' × ')} | {' | '.join(cells)} |")


def draw(times, file):
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"font.family": "sans-serif", "font.size": 10})
    matplotlib.rcParams.update({"svg.hashsalt": "concrete", "svg.fonttype": "none"})
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, 2, figsize=(10, 4.4), sharey=True, layout="constrained")
    for panel, scalar in zip(panels, ("float", "double")):
        for place, (_, work, own, eigen, shape) in enumerate(BARS):
            for step, (name, by) in enumerate((("concrete", own), ("Eigen", eigen), ("PyTorch", "pytorch"))):
                value = times.of(work, scalar, shape, by, times.compilers[0])
                if value is None:
                    continue
                y = place + 0.27 * (step - 1)
                panel.barh(y, value, height=0.24, color=COLORS[name], label=name if place == 0 else None)
                panel.annotate(f"{value:.3g}", (value, y), (3, 0), textcoords="offset points", va="center", fontsize=8)
        panel.set_title(scalar, fontweight="bold")
        panel.set_xlabel("nanoseconds per entry, one core")
        panel.set_yticks(range(len(BARS)), [label for label, *_ in BARS])
        panel.margins(x=0.1)
        panel.spines[["top", "right"]].set_visible(False)
        panel.tick_params(axis="y", length=0)
    panels[0].invert_yaxis()
    panels[1].legend(frameon=False, loc="center right")
    figure.suptitle(f"{times.machine.split(',')[0]}; {times.compilers[0]}, -O3 -march=native", fontsize=9, color="#555")
    figure.savefig(file, metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("times", type=argparse.FileType())
    parser.add_argument("--picture", metavar="FILE", help="an SVG of a few rows")
    arguments = parser.parse_args()
    times = Times(arguments.times)
    for name, version in {"Processor": times.machine, **times.versions}.items():
        print(f"{name}: {version}  ")
    print()
    print_table(times)
    if arguments.picture:
        draw(times, arguments.picture)


if __name__ == "__main__":
    main()
