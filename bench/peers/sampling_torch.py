#!/usr/bin/env python3
"""What PyTorch needs for the work of the benchmarks, by one thread.

    build/bench/bench/bench_sampling --benchmark_list_tests | bench/peers/sampling_torch.py

Reads names of benchmarks, work/by/scalar/n x batch, from standard input. Writes a line for each work, scalar and shape
that PyTorch can do, in the same form, followed by a tab and the nanoseconds of one matrix entry: the least mean of
several repetitions, each of at least --min-time seconds of processor time, as Google Benchmark measures. The first line
tells the version.
"""

import argparse
import sys
import time

import torch
from torch.distributions.relaxed_bernoulli import LogitRelaxedBernoulli
from torch.distributions.relaxed_categorical import ExpRelaxedCategorical

TEMPERATURE = 0.5
DTYPES = {"float": torch.float32, "double": torch.float64}


def density(kind, temperature, logits):
    return kind(temperature, logits=logits, validate_args=False)


def works(kind, to_simplex, dtype, n, batch):
    """The name of each work -> a function that does it once. A row of a tensor is what a column is in the library."""
    temperature = torch.tensor(TEMPERATURE, dtype=dtype)
    logits = torch.sin(torch.arange(1, n * batch + 1, dtype=dtype)).reshape(batch, n)
    q = density(kind, temperature, logits)
    y = q.sample()
    leaf = logits.clone().requires_grad_()
    point = y.clone().requires_grad_()

    def log_prob_gradient():
        log_prob = density(kind, temperature, leaf).log_prob(point).sum()
        return torch.autograd.grad(log_prob, (point, leaf))

    def train():
        q = density(kind, temperature, leaf)
        draw = q.rsample()
        loss = q.log_prob(draw).sum() + to_simplex(draw).square().sum()
        return torch.autograd.grad(loss, leaf)

    return {
        "sample": q.sample,
        "log_prob": lambda: q.log_prob(y),
        "log_prob_gradient": log_prob_gradient,
        "train": train,
    }


def best_seconds(work, min_time, repetitions):
    count, means = 1, []
    work()
    while len(means) < repetitions:
        start = time.process_time()
        for _ in range(count):
            work()
        elapsed = time.process_time() - start
        if elapsed < min_time and not means:
            count = max(2 * count, int(1.2 * count * min_time / elapsed))
        else:
            means.append(elapsed / count)
    return min(means)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--min-time", type=float, default=0.02)
    parser.add_argument("--repetitions", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(f"# PyTorch {torch.__version__}")
    names = (line.strip().split("/") for line in sys.stdin)
    for name, scalar, shape in dict.fromkeys((work, scalar, shape) for work, _, scalar, shape in names):
        n, batch = map(int, shape.split("x"))
        is_binary = name.startswith("binary_")
        kind, to_simplex = (LogitRelaxedBernoulli, torch.sigmoid) if is_binary else (ExpRelaxedCategorical, torch.exp)
        work = works(kind, to_simplex, DTYPES[scalar], n, batch).get(name.removeprefix("binary_"))
        if work:
            seconds = best_seconds(work, arguments.min_time, arguments.repetitions)
            print(f"{name}/pytorch/{scalar}/{shape}\t{1e9 * seconds / (n * batch):.4g}", flush=True)


if __name__ == "__main__":
    main()
