#!/usr/bin/env python3
"""Times training steps of ordinary networks in latent, PyTorch and JAX, in turn, and prints the ratios.

    python3 benchmarks/compare_networks.py                         # all of them
    python3 benchmarks/compare_networks.py --networks lenet,gru --seconds 4

A step is forward, loss, backward and Adam, on a batch that lies ready:

    lenet        LeNet-5 on 28 x 28 x 1, ten classes, batch 64; lenet_256 with batch 256
    resnet       ResNet-20 with BatchNorm on 32 x 32 x 3, ten classes, batch 32
    gru          a GRU of 128 over 28 steps of 28 numbers and a Linear behind the last, ten classes, batch 64
    transformer  a TransformerEncoderLayer of width 128, 4 heads, feed-forward 512, without dropout, 64 steps, batch 16

Each peer runs with 1 and with all threads: PyTorch eager and with torch.compile, images channels-first and channels-last,
always with fused Adam; JAX with jit and donated buffers. Each of their settings runs right after latent, and latent's best
setting is compared with the best of each. Needs PyTorch, JAX, optax and a release build of bench_networks.
"""
import argparse
import functools
import itertools
import json
import os
import pathlib
import statistics
import subprocess
import sys

from peers.timing import program_of, run_latent, time_calls

HERE = pathlib.Path(__file__).resolve().parent
NETWORKS = ["lenet", "lenet_256", "resnet", "gru", "transformer"]
WITH_IMAGES = {"lenet", "lenet_256", "resnet"}


def inputs_of(network):
    """A batch and its targets, as NumPy arrays; images [N, H, W, C]."""
    import numpy as np

    random = np.random.default_rng(1)
    shape = {"lenet": (64, 28, 28, 1), "lenet_256": (256, 28, 28, 1), "resnet": (32, 32, 32, 3), "gru": (64, 28, 28),
             "transformer": (16, 64, 128)}[network]
    x = random.standard_normal(shape, dtype=np.float32)
    if network == "transformer":
        return x, random.standard_normal(shape, dtype=np.float32)
    return x, random.integers(0, 10, shape[0])


def print_milliseconds(step, seconds):
    print(json.dumps(1e3 * time_calls(step, seconds)["seconds"]))


def run_torch(task):
    import torch
    from torch import nn
    from torch.nn import functional as F

    torch.set_num_threads(task["threads"])
    torch.manual_seed(0)

    class Block(nn.Module):
        def __init__(self, channels, out, stride):
            super().__init__()
            self.conv1 = nn.Conv2d(channels, out, 3, stride, 1, bias=False)
            self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
            self.norm1, self.norm2 = nn.BatchNorm2d(out), nn.BatchNorm2d(out)
            self.shortcut = (nn.Identity() if stride == 1 and channels == out else
                             nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out)))

        def forward(self, x):
            y = F.relu(self.norm1(self.conv1(x)))
            return F.relu(self.norm2(self.conv2(y)) + self.shortcut(x))

    class Recurrent(nn.Module):
        def __init__(self):
            super().__init__()
            self.gru, self.linear = nn.GRU(28, 128, batch_first=True), nn.Linear(128, 10)

        def forward(self, x):
            return self.linear(self.gru(x)[0][:, -1])

    def lenet():
        return nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(),
                             nn.MaxPool2d(2), nn.Flatten(), nn.Linear(256, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(),
                             nn.Linear(84, 10))

    def resnet():
        blocks, channels = [], 16
        for out, stride in [(16, 1), (16, 1), (16, 1), (32, 2), (32, 1), (32, 1), (64, 2), (64, 1), (64, 1)]:
            blocks.append(Block(channels, out, stride))
            channels = out
        return nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), *blocks,
                             nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))

    network = task["network"]
    model = dict(lenet=lenet, lenet_256=lenet, resnet=resnet, gru=Recurrent,
                 transformer=lambda: nn.TransformerEncoderLayer(128, 4, 512, dropout=0.0, batch_first=True))[network]()
    x, target = map(torch.from_numpy, inputs_of(network))
    if network in WITH_IMAGES:
        x = x.permute(0, 3, 1, 2)
        layout = torch.channels_last if task["channels_last"] else torch.contiguous_format
        x, model = x.contiguous(memory_format=layout), model.to(memory_format=layout)
    measure = F.mse_loss if network == "transformer" else F.cross_entropy

    def loss_of(batch):
        return measure(model(batch), target)

    if task["compile"]:
        loss_of = torch.compile(loss_of)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss_of(x).backward()
        optimizer.step()

    print_milliseconds(step, task["seconds"])


def run_jax(task):
    if task["threads"] == 1:
        os.sched_setaffinity(0, {0})
    import jax
    import jax.numpy as jnp
    import optax
    from jax import lax, nn

    keys = iter(jax.random.split(jax.random.PRNGKey(0), 200))

    def uniform(shape, fan_in):
        return jax.random.uniform(next(keys), shape, minval=-fan_in ** -0.5, maxval=fan_in ** -0.5)

    def linear_of(fan_in, out):
        return dict(w=uniform((fan_in, out), fan_in), b=uniform((out,), fan_in))

    def linear(p, x):
        return x @ p["w"] + p["b"]

    def conv(w, x, stride=1, padding="SAME"):
        return lax.conv_general_dilated(x, w, (stride, stride), padding, dimension_numbers=("NHWC", "HWIO", "NHWC"))

    def max_pool(x):
        return lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")

    def lenet_parameters():
        return dict(c1=uniform((5, 5, 1, 6), 25), b1=uniform((6,), 25), c2=uniform((5, 5, 6, 16), 150), b2=uniform((16,), 150),
                    l1=linear_of(256, 120), l2=linear_of(120, 84), l3=linear_of(84, 10))

    def lenet(p, x):
        x = max_pool(nn.relu(conv(p["c1"], x, padding="VALID") + p["b1"]))
        x = max_pool(nn.relu(conv(p["c2"], x, padding="VALID") + p["b2"])).reshape(x.shape[0], -1)
        return linear(p["l3"], nn.relu(linear(p["l2"], nn.relu(linear(p["l1"], x)))))

    plan = [(16, 16, 1)] * 3 + [(16, 32, 2)] + [(32, 32, 1)] * 2 + [(32, 64, 2)] + [(64, 64, 1)] * 2

    def norm_of(channels):
        return dict(scale=jnp.ones(channels), shift=jnp.zeros(channels))

    def resnet_parameters():
        def block(channels, out, stride):
            p = dict(c1=uniform((3, 3, channels, out), 9 * channels), n1=norm_of(out), c2=uniform((3, 3, out, out), 9 * out),
                     n2=norm_of(out))
            if stride != 1:
                p |= dict(c3=uniform((1, 1, channels, out), channels), n3=norm_of(out))
            return p

        return dict(c=uniform((3, 3, 3, 16), 27), n=norm_of(16), blocks=[block(*sizes) for sizes in plan], l=linear_of(64, 10))

    def batch_norm(p, x):
        mean = x.mean((0, 1, 2))
        variance = jnp.square(x - mean).mean((0, 1, 2))
        return (x - mean) * (lax.rsqrt(variance + 1e-5) * p["scale"]) + p["shift"], (mean, variance)

    def resnet(p, x):
        running = []  # statistics, which the step keeps

        def norm(q, x):
            y, statistics_of_batch = batch_norm(q, x)
            running.append(statistics_of_batch)
            return y

        x = nn.relu(norm(p["n"], conv(p["c"], x)))
        for q, (_, _, stride) in zip(p["blocks"], plan):
            y = nn.relu(norm(q["n1"], conv(q["c1"], x, stride)))
            shortcut = norm(q["n3"], conv(q["c3"], x, stride)) if stride != 1 else x
            x = nn.relu(norm(q["n2"], conv(q["c2"], y)) + shortcut)
        return linear(p["l"], x.mean((1, 2))), running

    def gru_parameters():
        return dict(wi=uniform((28, 384), 128), wh=uniform((128, 384), 128), bi=uniform((384,), 128), bh=uniform((384,), 128),
                    l=linear_of(128, 10))

    def gru(p, x):
        def step(h, a):
            b = h @ p["wh"] + p["bh"]
            ar, az, an = jnp.split(a, 3, -1)
            br, bz, bn = jnp.split(b, 3, -1)
            r, z = nn.sigmoid(ar + br), nn.sigmoid(az + bz)
            n = jnp.tanh(an + r * bn)
            return n + z * (h - n), None

        h, _ = lax.scan(step, jnp.zeros((x.shape[0], 128)), jnp.swapaxes(x, 0, 1) @ p["wi"] + p["bi"])
        return linear(p["l"], h)

    def transformer_parameters():
        return dict(qkv=linear_of(128, 384), out=linear_of(128, 128), l1=linear_of(128, 512), l2=linear_of(512, 128),
                    n1=norm_of(128), n2=norm_of(128))

    def layer_norm(p, x):
        centered = x - x.mean(-1, keepdims=True)
        return centered * lax.rsqrt(jnp.square(centered).mean(-1, keepdims=True) + 1e-5) * p["scale"] + p["shift"]

    def transformer(p, x):
        n, t, width = x.shape
        q, k, v = (part.reshape(n, t, 4, 32) for part in jnp.split(linear(p["qkv"], x), 3, -1))
        attended = nn.dot_product_attention(q, k, v).reshape(n, t, width)
        x = layer_norm(p["n1"], x + linear(p["out"], attended))
        return layer_norm(p["n2"], x + linear(p["l2"], nn.relu(linear(p["l1"], x))))

    def classify(network):
        def loss(p, x, target):
            result = network(p, x)
            logits, kept = result if isinstance(result, tuple) else (result, ())
            return optax.softmax_cross_entropy_with_integer_labels(logits, target).mean(), kept
        return loss

    parameters, loss = dict(lenet=(lenet_parameters, classify(lenet)), lenet_256=(lenet_parameters, classify(lenet)),
                            resnet=(resnet_parameters, classify(resnet)), gru=(gru_parameters, classify(gru)),
                            transformer=(transformer_parameters,
                                         lambda p, x, target: (jnp.square(transformer(p, x) - target).mean(), ())))[task["network"]]
    x, target = map(jnp.asarray, inputs_of(task["network"]))
    optimizer = optax.adam(1e-3)

    @functools.partial(jax.jit, donate_argnums=(0, 1))
    def update(p, state, x, target):
        (value, kept), gradient = jax.value_and_grad(loss, has_aux=True)(p, x, target)
        changes, state = optimizer.update(gradient, state, p)
        return optax.apply_updates(p, changes), state, value, kept

    p = parameters()
    state = optimizer.init(p)

    def step():
        nonlocal p, state
        p, state, value, _ = update(p, state, x, target)
        value.block_until_ready()

    print_milliseconds(step, task["seconds"])


def peer_settings(network, threads):
    """(name, peer, task) for each setting."""
    images = network in WITH_IMAGES
    for compiled, last in itertools.product((False, True), (False, True) if images else (False,)):
        layout = ", channels-last" if last else ""
        yield (f"{threads} threads, {'compile' if compiled else 'eager'}{layout}", "PyTorch",
               dict(threads=threads, compile=compiled, channels_last=last))
    yield f"{threads} threads", "JAX", dict(threads=threads)


def compare(options, network):
    ours, theirs, shares = {}, {"PyTorch": {}, "JAX": {}}, {}
    counts = sorted({1, os.cpu_count()})
    for threads in counts:
        for setting, peer, task in peer_settings(network, threads):
            for count in counts:
                measured, _ = run_latent(options.bench, "--networks", network, "--threads", count, "--seconds",
                                         options.seconds)
                result = measured["results"][0]
                ours.setdefault(count, []).append(1e3 * result["seconds"])
                shares.setdefault(count, []).append(result["flops"] / result["seconds"] / measured["peak_flops"])
            output = subprocess.run([sys.executable, __file__, "--" + peer.lower(),
                                     json.dumps(task | dict(network=network, seconds=options.seconds))],
                                    stdout=subprocess.PIPE, text=True, check=True).stdout
            theirs[peer][setting] = json.loads(output.splitlines()[-1])
    mine, count = min((statistics.median(times), count) for count, times in ours.items())
    row = dict(network=network, latent_ms=mine, latent_threads=count, share_of_peak=statistics.median(shares[count]),
               latent=ours, peers=theirs)
    text = f"| {network} | {mine:.3f} | {100 * row['share_of_peak']:.0f} % |"
    for peer in theirs:
        ms, setting = min((ms, setting) for setting, ms in theirs[peer].items())
        text += f" {ms:.3f} | {setting} | {ms / mine:.2f} |"
    print(text, flush=True)
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", default=",".join(NETWORKS), help="some of " + ",".join(NETWORKS))
    parser.add_argument("--seconds", type=float, default=2, help="how long each network is measured in each run")
    parser.add_argument("--bench", type=pathlib.Path, default=HERE.parent / "build/release/bin/bench_networks")
    parser.add_argument("--json", type=pathlib.Path, help="file for all results")
    parser.add_argument("--pytorch", help=argparse.SUPPRESS)
    parser.add_argument("--jax", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.pytorch:
        return run_torch(json.loads(options.pytorch))
    if options.jax:
        return run_jax(json.loads(options.jax))
    networks = options.networks.split(",")
    if unknown := set(networks) - set(NETWORKS):
        parser.error(f"unknown networks: {', '.join(sorted(unknown))}")
    program_of(options.bench.parent, options.bench.name)
    print("Milliseconds per step, median\n")
    print("| network | latent | share of the peak | PyTorch's best | its setting | PyTorch to latent "
          "| JAX's best | its setting | JAX to latent |\n" + "|---" * 9 + "|")
    results = [compare(options, network) for network in networks]
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
