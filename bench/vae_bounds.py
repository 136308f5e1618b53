#!/usr/bin/env python3
"""Trains the paper's models of one stochastic layer for as many steps here as in PyTorch, and prints what they reach.

    bench/vae_bounds.py --data DIR

DIR is what `vae --data` takes. Printed is minus L_m of the discrete model, on every tenth test image, for several seeds of
the training. Grey test images are binarised once, and both programs get the same; the training images each binarises anew
in every batch. PyTorch's model is bench/peers/vae_torch.py.
"""

import argparse
import gzip
import pathlib
import random
import re
import tempfile

from compare import python_with_torch
from vae_presets import build, peer_command, run

PRESETS = ["paper/200H-784V-m1", "paper/200H-784V-m5", "paper/200H~784V-m1", "paper/200H~784V-m5"]
HEADER_BYTES = 16  # of an IDX file of images


def binarise(source, target):
    """An IDX file of the same images, each pixel 255 with the probability that was its grey."""
    opener = gzip.open if source.suffix == ".gz" else open
    with opener(source, "rb") as file:
        content = file.read()
    draw = random.Random(2017).random
    pixels = bytes(255 if 255 * draw() < grey else 0 for grey in content[HEADER_BYTES:])
    with opener(target, "wb") as file:
        file.write(content[:HEADER_BYTES] + pixels)


def with_binary_test_images(data, folder):
    for file in pathlib.Path(data).resolve().iterdir():
        if "t10k-images" in file.name or "test-images" in file.name:
            binarise(file, folder / file.name)
        elif "-images" in file.name:
            (folder / file.name).symlink_to(file)


def ours(program, data, preset, seed, options):
    with tempfile.TemporaryDirectory() as folder:
        return bound(
            [program, "--data", data, "--preset", preset, "--steps", str(options.steps), "--seed", str(seed)]
            + ["--schedule", "constant", "--learning-rate", "1e-3", "--evaluation-stride", "10", "--threads", "1"]
            + ["--evaluation-samples", str(options.evaluation_samples), "--out", folder]
        )


def theirs(python, data, preset, seed, options):
    command = peer_command(python, data, preset, "--steps", str(options.steps), "--seed", str(seed))
    return command and bound([*command, "--evaluation-samples", str(options.evaluation_samples)])


def bound(command):
    return -float(re.search(r"(-[0-9.]+) .*\(L_\d+\)", run(command)[0])[1])


def cell(bounds):
    return "–" if None in bounds else ", ".join(f"{bound:.1f}" for bound in bounds)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--steps", type=int, default=10000)
    parser.add_argument("--evaluation-samples", type=int, default=200, help="m of L_m")
    parser.add_argument("--seeds", type=int, default=1, help="how many")
    options = parser.parse_args()
    program, python = build(), python_with_torch()
    print("| preset | here | PyTorch |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        with_binary_test_images(options.data, pathlib.Path(folder))
        for preset in PRESETS:
            seeds = range(1, options.seeds + 1)
            here = [ours(program, folder, preset, seed, options) for seed in seeds]
            peer = [theirs(python, folder, preset, seed, options) for seed in seeds]
            print(f"| `{preset}` | {cell(here)} | {cell(peer)} |", flush=True)


if __name__ == "__main__":
    main()
