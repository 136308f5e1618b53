#!/usr/bin/env python3
"""The example's models of one stochastic layer of 200 binary variables in PyTorch, to compare times and bounds with.

    bench/peers/vae_torch.py --data DIR [--layers nonlinear] [--samples 5] [--steps 10000]

DIR is what `vae --data` takes, grey images are binarised anew in each batch. Model, objective (eq. 20 of Maddison, Mnih and
Teh, sampled), temperatures, initial weights, centring and batch are the example's. Prints what a step took, and the bound of
the discrete model on every tenth test image.
"""

import argparse
import gzip
import math
import pathlib
import time

import torch
import torch.nn.functional as F

UNITS, BATCH = 200, 64
POSTERIOR, PRIOR = 2 / 3, 1 / 2  # temperatures
DECAY = 0.9  # of the running mean
HEADER_BYTES = 16  # of an IDX file of images


def images(folder, *names):
    """Greys in [0, 1], images x pixels."""
    (path,) = [path for path in pathlib.Path(folder).iterdir() if any(name + "-images" in path.name for name in names)]
    with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
        content = bytearray(file.read())
    count = int.from_bytes(content[4:8], "big")
    return torch.frombuffer(content, dtype=torch.uint8, offset=HEADER_BYTES).reshape(count, -1).float() / 255


def network(kind, inputs, outputs):
    """An affine layer, or two of tanh and one."""
    sizes = [inputs, outputs] if kind == "linear" else [inputs, UNITS, UNITS, outputs]
    layers = []
    for fan_in, fan_out in zip(sizes, sizes[1:]):
        layers += [torch.nn.Linear(fan_in, fan_out), torch.nn.Tanh()]
        torch.nn.init.xavier_uniform_(layers[-2].weight)
        torch.nn.init.zeros_(layers[-2].bias)
    return torch.nn.Sequential(*layers[:-1])


def logistic_log_density(y, logits, temperature):
    """Of LogitBinaryConcrete, the sum over the last axis."""
    score = logits - temperature * y
    return (math.log(temperature) + score - 2 * F.softplus(score)).sum(-1)


def bernoulli_log_mass(x, logits):
    return -F.binary_cross_entropy_with_logits(logits, x.expand_as(logits), reduction="none").sum(-1)


def mean_of_weights(log_weights):
    """log of their mean over the first axis, the samples."""
    return log_weights.logsumexp(0) - math.log(len(log_weights))


class Autoencoder(torch.nn.Module):
    def __init__(self, layers, mean_image):
        super().__init__()
        self.encoder = network(layers, len(mean_image), UNITS)
        self.decoder = network(layers, UNITS, len(mean_image))
        self.decoder[-1].bias.data.copy_(mean_image.clamp(1e-3, 1 - 1e-3).logit())
        self.prior = torch.nn.Parameter(torch.zeros(UNITS))
        self.register_buffer("centre", mean_image.clone())

    def bound(self, x, samples):
        """L_m of the relaxed model, of each image."""
        self.centre.lerp_(x.mean(0), 1 - DECAY)
        logits = self.encoder(x - self.centre)
        uniform = torch.rand(samples, *logits.shape).clamp_(1e-7, 1 - 1e-7)
        y = (logits + uniform.logit()) / POSTERIOR
        likelihood = bernoulli_log_mass(x, self.decoder(2 * torch.sigmoid(y) - 1))
        kl = logistic_log_density(y, logits, POSTERIOR) - logistic_log_density(y, self.prior, PRIOR)
        return mean_of_weights(likelihood - kl)

    @torch.no_grad()
    def discrete_bound(self, x, samples):
        """L_m of the discrete model, of each image."""
        logits = self.encoder(x - self.centre)
        log_weights = []
        for _ in range(samples):
            z = torch.bernoulli(torch.sigmoid(logits))
            likelihood = bernoulli_log_mass(x, self.decoder(2 * z - 1))
            log_weights.append(likelihood + bernoulli_log_mass(z, self.prior.expand_as(z)) - bernoulli_log_mass(z, logits))
        return mean_of_weights(torch.stack(log_weights))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--layers", choices=("linear", "nonlinear"), default="linear")
    parser.add_argument("--samples", type=int, default=1, help="m of the objective")
    parser.add_argument("--steps", type=int, default=10000)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--evaluation-samples", type=int, default=200, help="m of the bound on test images")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    train, test = images(options.data, "train"), torch.bernoulli(images(options.data, "test", "t10k")[::10])
    model = Autoencoder(options.layers, train.mean(0))
    adam = torch.optim.Adam(model.parameters(), lr=options.learning_rate)
    start = time.perf_counter()
    for _ in range(options.steps):
        x = torch.bernoulli(train[torch.randint(len(train), (BATCH,))])
        adam.zero_grad()
        (-model.bound(x, options.samples).mean()).backward()
        adam.step()
    print(f"{1e3 * (time.perf_counter() - start) / options.steps:.2f} ms per step", flush=True)
    print(f"{model.discrete_bound(test, options.evaluation_samples).mean():.2f} (L_{options.evaluation_samples})")


if __name__ == "__main__":
    main()
