#!/usr/bin/env python3
"""Draws the learning curves of several runs of the example: the bound of the relaxed model on the training images.

    bench/vae_curves.py --picture bench/learning_curves.svg 'linear, m = 1=linear-m1' 'nonlinear, m = 1=nonlinear-m1'

Each argument is a name and a folder that `vae --out` wrote, with its metrics.csv. Needs matplotlib.
"""

import argparse
import csv
import pathlib

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402

plt.rcParams.update({"svg.hashsalt": "concrete", "svg.fonttype": "none", "font.family": "sans-serif"})


def curve(folder):
    with open(pathlib.Path(folder) / "metrics.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    return [int(row["step"]) for row in rows], [-float(row["train_bound"]) for row in rows]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", metavar="NAME=FOLDER")
    parser.add_argument("--picture", required=True)
    options = parser.parse_args()
    figure, axes = plt.subplots(figsize=(8, 4.4), constrained_layout=True)
    for run in options.runs:
        name, _, folder = run.rpartition("=")
        axes.plot(*curve(folder), label=name, linewidth=1.6)
    axes.set_xscale("log")
    axes.set_xlabel("steps of 64 images")
    axes.set_ylabel("minus the relaxed bound, nats per training image")
    axes.grid(color="#e4e6eb")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    figure.savefig(options.picture, metadata={"Date": None})


if __name__ == "__main__":
    main()
