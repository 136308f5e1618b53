#!/usr/bin/env python3
"""Fails where a figure that has to stand in several places is not the same in all of them.

    copies.py REPOSITORY
"""

import pathlib
import re
import sys

# What a figure is, and where it stands: a file, and the words around it.
COPIES = {
    "the version": [
        ("include/concrete/version.hpp", r"VERSION_MAJOR (\d+)\n[^V]*VERSION_MINOR (\d+)\n[^V]*VERSION_PATCH (\d+)"),
        ("README.md", r"version = \{(\d+)\.(\d+)\.(\d+)\}"),
        ("docs/changes.md", r"\n## (\d+)\.(\d+)\.(\d+), "),
    ],
    "the oldest compilers": [
        ("include/concrete/detail/checks.hpp", r"g\+\+ (\d+), clang\+\+ (\d+), or newer"),
        ("README.md", r"g\+\+ (\d+)\sand clang (\d+) and"),
        ("docs/install.md", r"g\+\+ (\d+) builds and runs all tests; clang\+\+ (\d+) "),
        (".github/CONTRIBUTING.md", r"g\+\+ (\d+) and clang (\d+) without a warning"),
    ],
    "the newest clang that is tested": [
        (".ci/run", r"in clang\+\+ clang\+\+-(\d+);"),
        ("README.md", r"clang 14 and\s(\d+)\."),
        ("docs/install.md", r"clang\+\+ 14 and (\d+) those of"),
    ],
    "Eigen's versions": [
        ("README.md", r"Eigen ([\d.]+) to (\d+)"),
        ("docs/install.md", r"Eigen from ([\d.]+) to (\d+)"),
    ],
    "the largest Gumbel variable in float": [
        ("docs/numerics.md", r"standard Gumbel \| −[\d.]+ to ([\d.]+)"),
        ("docs/others.md", r"largest Gumbel variable in `float` \| ([\d.]+)"),
        ("docs/from_pytorch_and_tfp.md", r"largest Gumbel noise, [^|]*\| [^|]*\| ([\d.]+) and"),
    ],
    "the largest Gumbel variable in double": [
        ("docs/numerics.md", r"standard Gumbel \| [^|]*\| −[\d.]+ to ([\d.]+)"),
        ("docs/from_pytorch_and_tfp.md", r"largest Gumbel noise, [^|]*\| [^|]*\| [\d.]+ and ([\d.]+)"),
    ],
    "PyTorch's largest Gumbel variable in float": [
        ("docs/numerics.md", r"its Gumbel ends at ([\d.]+) in `float`"),
        ("docs/others.md", r"largest Gumbel variable in `float` \| [^|]*\| ([\d.]+);"),
        ("docs/from_pytorch_and_tfp.md", r"largest Gumbel noise, [^|]*\| ([\d.]+) and"),
    ],
}


def main():
    repository = pathlib.Path(sys.argv[1])
    failed = False
    for figure, places in COPIES.items():
        values = {}
        for file, words in places:
            found = re.findall(words, (repository / file).read_text())
            values[file] = found[0] if found else "nothing"
        if len(set(values.values())) != 1 or "nothing" in values.values():
            failed = True
            print(f"{figure}:", *(f"  {file}: {value}" for file, value in values.items()), sep="\n")
    sys.exit(failed)


if __name__ == "__main__":
    main()
