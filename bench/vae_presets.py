#!/usr/bin/env python3
"""Trains every preset of the example for a while and prints what a step costs: time, and the memory of the process.

    bench/vae_presets.py --data DIR [--only 'm1$']

DIR is what `vae --data` takes. Each preset runs --rounds times, in turn with the others, in one thread; of its times the
least counts. Beside it stands PyTorch (bench/peers/vae_torch.py), where it has the model and a Python can import it.
"""

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile

from compare import ROOT, python_with_torch

PEER_PRESET = re.compile(r"paper/200H([-~])784V-m\d+")
LAYERS = {"-": "linear", "~": "nonlinear"}
STEP = re.compile(r"([0-9.]+) ms per step")


def build():
    for command in (["cmake", "--preset", "demo"], ["cmake", "--build", "build/demo", "--target", "vae"]):
        subprocess.run(command, cwd=ROOT, check=True, stdout=sys.stderr)
    return ROOT / "build/demo/examples/vae/vae"


def samples_of(preset):
    """m."""
    return int((re.findall(r"-m(\d+)$", preset) + ["1"])[0])


def run(command):
    """What it printed, and the largest memory that it held, in MiB."""
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, stdout=out, env={**os.environ, "OMP_NUM_THREADS": "1"})
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise SystemExit(f"{shlex.join(map(str, command))}: exit status {process.returncode}")
        out.seek(0)
        return out.read(), usage.ru_maxrss / 1024


def peer_command(python, data, preset, *options):
    """Trains the preset's model in PyTorch; nothing where it has none."""
    model = PEER_PRESET.fullmatch(preset)
    if not python or not model:
        return None
    command = [python, ROOT / "bench/peers/vae_torch.py", "--data", data, "--layers", LAYERS[model[1]]]
    return [*command, "--samples", str(samples_of(preset)), *options]


def step_of(command):
    out, memory = run(command)
    return float(STEP.findall(out)[-1]), memory


def vae(program, data, preset, steps):
    with tempfile.TemporaryDirectory() as folder:
        return step_of(
            [program, "--data", data, "--preset", preset, "--steps", str(steps), "--interval", str(10 * steps)]
            + ["--evaluation-samples", "1", "--evaluation-stride", "100", "--threads", "1", "--out", folder]
        )


def best(measured):
    return (min(time for time, _ in measured), max(memory for _, memory in measured)) if measured else None


def cells(result):
    return ["–", "–"] if result is None else [f"{result[0]:.2f}", f"{result[1]:.0f}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--only", default="", help="a regular expression of the names of presets")
    parser.add_argument("--steps", type=int, default=400, help="of m = 1; of more samples fewer")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    program = build()
    names = [line for line in run([program, "--list-presets"])[0].splitlines() if not line.startswith(" ")]
    names = [name for name in names if re.search(options.only, name)]
    python = python_with_torch()
    ours = {name: [] for name in names}
    theirs = {name: [] for name in names}
    for _ in range(options.rounds):
        for name in names:
            steps = max(20, options.steps // samples_of(name))
            ours[name].append(vae(program, options.data, name, steps))
            peer = peer_command(python, options.data, name, "--steps", str(steps), "--evaluation-samples", "1")
            if peer:
                theirs[name].append(step_of(peer))
    print("| preset | ms per step | MiB | PyTorch, ms per step | MiB |\n|---|---|---|---|---|")
    for name in names:
        print("| " + " | ".join([f"`{name}`", *cells(best(ours[name])), *cells(best(theirs[name]))]) + " |", flush=True)


if __name__ == "__main__":
    main()
