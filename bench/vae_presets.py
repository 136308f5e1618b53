#!/usr/bin/env python3
"""Trains every preset of the example for a while and prints what a step costs: time, and the memory of the process.

    bench/vae_presets.py --data DIR [--only 'm1$'] [--peer 'python3 vae_torch.py']

DIR is what `vae --data` takes. Each preset runs --rounds times, in turn with the others, in one thread; of its times the
least counts. A --peer is a command that takes --data, --layers linear|nonlinear, --steps and --samples 1, trains the
paper's model of one stochastic layer with 200 binary units, m = 1, and prints "<number> ms/step".
"""

import argparse
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEER_PRESETS = {"paper/200H-784V-m1": "linear", "paper/200H~784V-m1": "nonlinear"}
STEP = re.compile(r"([0-9.]+) ms(?: per |/)step")


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


def step_of(command):
    out, memory = run(command)
    return float(STEP.findall(out)[-1]), memory


def vae(program, data, preset, steps):
    with tempfile.TemporaryDirectory() as folder:
        return step_of(
            [program, "--data", data, "--preset", preset, "--steps", str(steps), "--interval", str(10 * steps)]
            + ["--evaluation-samples", "1", "--evaluation-stride", "100", "--threads", "1", "--out", folder]
        )


def peer(command, data, layers, steps):
    return step_of(
        shlex.split(command) + ["--data", data, "--layers", layers, "--steps", str(steps), "--samples", "1"]
    )


def best(measured):
    return (min(time for time, _ in measured), max(memory for _, memory in measured)) if measured else None


def cells(result):
    return ["–", "–"] if result is None else [f"{result[0]:.2f}", f"{result[1]:.0f}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--only", default="", help="a regular expression of the names of presets")
    parser.add_argument("--peer", help="a command")
    parser.add_argument("--steps", type=int, default=400, help="of m = 1; of more samples fewer")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    program = build()
    names = [line for line in run([program, "--list-presets"])[0].splitlines() if not line.startswith(" ")]
    names = [name for name in names if re.search(options.only, name)]
    ours = {name: [] for name in names}
    theirs = {name: [] for name in names}
    for _ in range(options.rounds):
        for name in names:
            ours[name].append(vae(program, options.data, name, max(20, options.steps // samples_of(name))))
            if options.peer and name in PEER_PRESETS:
                theirs[name].append(peer(options.peer, options.data, PEER_PRESETS[name], options.steps))
    print("| preset | ms per step | MiB | peer, ms per step | MiB |\n|---|---|---|---|---|")
    for name in names:
        print("| " + " | ".join([f"`{name}`", *cells(best(ours[name])), *cells(best(theirs[name]))]) + " |", flush=True)


if __name__ == "__main__":
    main()
