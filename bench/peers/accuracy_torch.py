#!/usr/bin/env python3
"""PyTorch's densities, gradients and samples at the points where this library's accuracy is measured.

    build/release/tests/accuracy/accuracy_cases | bench/peers/accuracy_torch.py > torch.tsv
    build/release/tests/accuracy/accuracy_table torch.tsv

Reads cases with 50-digit references from standard input. Writes one line per distribution, function and scalar: the
worst error of ordinary cases, in eps relative to the conditioning of the formula, and the share of all cases that come
out as NaN, as a wrong infinity or wrong by more than 64 eps. Left out is what PyTorch does not claim to have: masked
classes (always NaN) and categorical distributions over one class.
"""

import sys
from collections import defaultdict

import torch
from torch.distributions import Bernoulli, Categorical, kl_divergence
from torch.distributions.relaxed_bernoulli import LogitRelaxedBernoulli, RelaxedBernoulli
from torch.distributions.relaxed_categorical import ExpRelaxedCategorical, RelaxedOneHotCategorical

WRONG = 64  # eps

DISCRETE = {"Discrete": Categorical, "Bernoulli": Bernoulli}

RELAXED = {
    "ExpConcrete": ExpRelaxedCategorical,
    "Concrete": RelaxedOneHotCategorical,
    "LogitBinaryConcrete": LogitRelaxedBernoulli,
    "BinaryConcrete": RelaxedBernoulli,
}


def make(name, temperature, logits):
    return RELAXED[name](temperature, logits=logits, validate_args=False)


def sample_of(name, temperature, logits, noise):
    """What rsample makes of its noise."""
    scores = (logits + noise) / temperature
    if name in ("LogitBinaryConcrete", "BinaryConcrete"):
        return scores if name == "LogitBinaryConcrete" else torch.sigmoid(scores)
    log_sample = scores - scores.logsumexp(-1, keepdim=True)
    return log_sample if name == "ExpConcrete" else log_sample.exp()


def discrete_answers(name, logits, other_logits):
    inputs = [tensor.clone().requires_grad_() for tensor in (logits, other_logits)]
    q, p = (DISCRETE[name](logits=tensor, validate_args=False) for tensor in inputs)
    divergence = kl_divergence(q, p).sum()
    by_q, by_p = torch.autograd.grad(divergence, inputs, allow_unused=True)
    outcomes = torch.ones_like(logits) if name == "Bernoulli" else torch.arange(len(logits))
    return {
        "log_probabilities": q.log_prob(outcomes).detach(),
        "entropy": q.entropy().sum().detach().reshape(1),
        "kl_divergence": divergence.detach().reshape(1),
        "d kl_divergence / d logits of q": by_q,
        "d kl_divergence / d logits of p": by_p,
    }


def answers(name, temperature, logits, point, wanted):
    """The function's name -> a flat tensor, for those that are wanted and exist."""
    if name in DISCRETE:
        return discrete_answers(name, logits, point)
    if "sample from noise" in wanted:
        sample = sample_of(name, temperature, logits, point)
        return {
            "sample from noise": sample,
            "log_prob from noise": make(name, temperature, logits).log_prob(sample).sum().reshape(1),
        }
    if "log_prob" not in wanted:
        return {}
    inputs = [tensor.clone().requires_grad_() for tensor in (point, logits, temperature)]
    log_prob = make(name, inputs[2], inputs[1]).log_prob(inputs[0]).sum()
    by_sample, by_logits, by_temperature = torch.autograd.grad(log_prob, inputs, allow_unused=True)
    return {
        "log_prob": log_prob.detach().reshape(1),
        "d log_prob / d sample": by_sample,
        "d log_prob / d logits": by_logits,
        "d log_prob / d temperature": by_temperature.reshape(1),
    }


def is_claimed(name, logits):
    return not logits.isinf().any() and (name not in ("ExpConcrete", "Concrete", "Discrete") or len(logits) > 1)


def error_of(actual, expected, dtype):
    """The largest error in eps; infinite for a NaN or a wrong infinity."""
    limits = torch.finfo(dtype)
    value, magnitude = expected[0::2], expected[1::2].abs().clamp(min=limits.tiny)
    overflow = value.abs() > limits.max
    value = torch.where(overflow, value.sign() * torch.inf, value)
    error = (actual.double() - value).abs() / (magnitude * limits.eps)
    error = torch.where(actual.double() == value, torch.zeros_like(error), error)
    return error.nan_to_num(nan=torch.inf).max().item()


def cases(lines):
    """Yields (distribution, scalar, is_ordinary, temperature, logits, point, {function: expected}) from the text."""
    case = None
    for line in lines:
        kind, _, rest = line.partition(" ")
        if kind == "case":
            if case:
                yield case
            name, scalar, ordinary, temperature = rest.split()
            dtype = getattr(torch, scalar)
            case = [name, scalar, ordinary == "1", torch.tensor(float(temperature), dtype=dtype), None, None, {}]
        elif kind == "answer":
            function, _, numbers = rest.partition(":")
            case[6][function] = torch.tensor([float(x) for x in numbers.split()], dtype=torch.float64)
        else:
            column = torch.tensor([float(x) for x in rest.split()], dtype=case[3].dtype)
            case[4 if kind == "logits" else 5] = column
    if case:
        yield case


def main():
    torch.set_num_threads(1)
    worst, wrong, count = defaultdict(float), defaultdict(int), defaultdict(int)
    for name, scalar, ordinary, temperature, logits, point, expected in cases(sys.stdin):
        if not is_claimed(name, logits):
            continue
        for function, actual in answers(name, temperature, logits, point, expected).items():
            if function not in expected:
                continue
            key = (name, function, scalar)
            error = error_of(actual, expected[function], temperature.dtype)
            count[key] += 1
            wrong[key] += error > WRONG
            if ordinary:
                worst[key] = max(worst[key], error)
    for key, cases_seen in count.items():
        error = worst[key]
        ordinary = "NaN or ∞" if error == float("inf") else f"{error:.1f}" if error < 1000 else f"{error:.0e}"
        print("\t".join([*key, ordinary, f"{100 * wrong[key] / cases_seen:.0f} %"]))


if __name__ == "__main__":
    main()
