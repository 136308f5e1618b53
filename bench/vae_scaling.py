#!/usr/bin/env python3
"""How the example's training scales over processes: measured here, and by a model for more machines.

    bench/vae_scaling.py --data DIR [--presets 'paper/200H-784V-m1 paper/200H-784V-m5']

The same global batch of 64 images is shared by N processes (strong scaling). A step of N processes takes

    T(N) = fixed + arithmetic / N + c(N),
    c(N) = 2 (N - 1) / N * bytes / bandwidth + (2 (N - 1) + 2 log2(N)) * latency,

where `fixed` (Adam, of all parameters in every process) is what steps of 64 and of 32 images with one sample have in
common, `arithmetic` is the rest of a step in one process, and c(N) is what is sent: every process gets its N-th part of
the gradient from all others and sends its mean back to them; and all agree whether to stop. Measured are steps of 1 and 2
processes on this machine, in turn, the least of --rounds.
"""

import argparse
import math
import os
import re
import subprocess
import tempfile

from vae_presets import STEP, build, samples_of

MACHINES = (2, 4, 8, 16, 32, 64)
BATCH = 64
# Bytes a second each way, and seconds for a message.
NETWORKS = {"1 Gb/s Ethernet": (117e6, 50e-6), "10 Gb/s Ethernet": (1.17e9, 20e-6), "100 Gb/s InfiniBand": (12e9, 2e-6)}
LAUNCHER = ["mpiexec", "-n"]
ENVIRONMENT = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMP_NUM_THREADS": "1",
}


def step_of(program, data, preset, steps, processes, batch):
    """Milliseconds, and the number of parameters."""
    with tempfile.TemporaryDirectory() as folder:
        command = [*LAUNCHER, str(processes), program, "--data", data, "--preset", preset, "--batch", str(batch)]
        command += ["--steps", str(steps), "--interval", str(10 * steps), "--evaluation-samples", "1"]
        command += ["--evaluation-stride", "1000", "--out", folder]
        out = subprocess.run(command, check=True, text=True, capture_output=True, env={**os.environ, **ENVIRONMENT})
    return float(STEP.findall(out.stdout)[-1]), int(re.search(r"(\d+) parameters", out.stdout)[1])


def measure(program, data, preset, cases, options):
    """Milliseconds of steps by (processes, images of the batch), the least of several rounds; and the parameters."""
    steps = max(20, options.steps // samples_of(preset))
    times = {case: [] for case in cases}
    for _ in range(options.rounds):
        for processes, batch in cases:
            milliseconds, parameters = step_of(program, data, preset, steps, processes, batch)
            times[processes, batch].append(milliseconds)
    return {case: min(values) for case, values in times.items()}, parameters


def model_ms(fixed, arithmetic, size, machines, network):
    bandwidth, latency = NETWORKS[network]
    messages = 2 * (machines - 1) + 2 * math.log2(machines)
    seconds = 2 * (machines - 1) / machines * size / bandwidth + messages * latency
    return fixed + arithmetic / machines + 1e3 * seconds


def row(*cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--presets", default="paper/200H-784V-m1 paper/200H-784V-m5 paper/200H-784V-m50")
    parser.add_argument("--fixed-of", default="paper/200H-784V-m1", help="a preset of as many parameters")
    parser.add_argument("--steps", type=int, default=1500, help="of m = 1; of more samples fewer")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    program = build()
    times, _ = measure(program, options.data, options.fixed_of, [(1, BATCH), (1, BATCH // 2)], options)
    fixed = 2 * times[1, BATCH // 2] - times[1, BATCH]
    for preset in options.presets.split():
        times, parameters = measure(program, options.data, preset, [(1, BATCH), (2, BATCH)], options)
        one, two = times[1, BATCH], times[2, BATCH]
        arithmetic, size = one - fixed, 4 * parameters
        print(f"\n`{preset}`: 1 process {one:.2f} ms, 2 processes {two:.2f} ms, {one / two:.2f} times as fast.")
        print(f"Model: fixed {fixed:.2f} ms, arithmetic {arithmetic:.2f} ms, {size / 1e6:.2f} MB averaged; 2 processes")
        print(f"that need no time to exchange them, {fixed + arithmetic / 2:.2f} ms.\n")
        row("ms per step, machines:", *map(str, MACHINES))
        row(*["---"] * (1 + len(MACHINES)))
        for network in NETWORKS:
            cells = [model_ms(fixed, arithmetic, size, n, network) for n in MACHINES]
            row(network, *[f"{cell:.2f}" for cell in cells])


if __name__ == "__main__":
    main()
