#!/usr/bin/env python3
"""Times training steps of the five autoencoders in latent and in PyTorch, in turn, and prints the ratios.

    python3 benchmarks/compare_pytorch.py                       # batch 64
    python3 benchmarks/compare_pytorch.py --batch 64,256,1024 --seconds 1

A step is forward, loss, backward and Adam. latent's includes fetching and scaling the batch; PyTorch's images lie ready
as floats, and only picking the batch counts. PyTorch runs with 1 and with all threads, eager and with torch.compile,
with and without fused Adam; each of its settings is run right after latent (A B A B ..), and latent's best setting is
compared with PyTorch's best. Needs PyTorch, NumPy and a release build of bench_training.
"""
import argparse
import gzip
import itertools
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
DEFAULT_DATA = os.environ.get("FASHION_MNIST_DIR", "/usr/share/datasets/fashion-mnist")
MODELS = ["fc", "cnn", "sparse", "rnn", "vae"]


def torch_models():
    """Each model's loss of a batch [N, 1, 28, 28], as a module."""
    import torch
    from torch import nn
    from torch.nn import functional as F

    class FullyConnected(nn.Module):
        l1 = 0.0

        def __init__(self):
            super().__init__()
            self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU())
            self.decoder = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 784), nn.Sigmoid(),
                                         nn.Unflatten(1, (1, 28, 28)))

        def forward(self, x):
            code = self.encoder(x)
            loss = F.mse_loss(self.decoder(code), x)
            return loss + self.l1 * code.abs().mean() if self.l1 else loss

    class Sparse(FullyConnected):
        l1 = 0.003

    class Convolutional(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(
                nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                nn.ConvTranspose2d(32, 16, 3, stride=2, padding=1, output_padding=1), nn.ReLU(),
                nn.ConvTranspose2d(16, 1, 3, stride=2, padding=1, output_padding=1), nn.Sigmoid())

        def forward(self, x):
            return F.mse_loss(self.net(x), x)

    class Recurrent(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = nn.LSTM(28, 128, batch_first=True)
            self.decoder = nn.LSTM(128, 28, batch_first=True)

        def forward(self, x):
            rows = x.view(-1, 28, 28)
            return F.mse_loss(self.decoder(self.encoder(rows)[0])[0], rows)

    class Variational(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc1, self.fc21, self.fc22 = nn.Linear(784, 400), nn.Linear(400, 32), nn.Linear(400, 32)
            self.fc3, self.fc4 = nn.Linear(32, 400), nn.Linear(400, 784)

        def forward(self, x):
            flat = x.flatten(1)
            hidden = F.relu(self.fc1(flat))
            mean, log_variance = self.fc21(hidden), self.fc22(hidden)
            z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
            result = torch.sigmoid(self.fc4(F.relu(self.fc3(z))))
            kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum() / len(x)
            return F.mse_loss(result, flat) + kl / 784

    return dict(fc=FullyConnected, cnn=Convolutional, sparse=Sparse, rnn=Recurrent, vae=Variational)


def run_torch(task):
    """In a process of its own: median milliseconds per step of each model."""
    import numpy
    import torch

    torch.set_num_threads(task["threads"])
    torch.manual_seed(0)
    with gzip.open(pathlib.Path(task["data"]) / "train-images-idx3-ubyte.gz") as file:
        pixels = numpy.frombuffer(file.read(), numpy.uint8, offset=16).reshape(-1, 1, 28, 28)
    images = torch.from_numpy(pixels.copy()).float().div_(255)
    order = torch.randperm(len(images))
    result = {}
    for name in task["models"]:
        model = torch_models()[name]()
        loss_of = torch.compile(model) if task["compile"] else model
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=task["fused"])
        first = 0

        def step():
            nonlocal first
            if first + task["batch"] > len(order):
                first = 0
            batch = images[order[first:first + task["batch"]]]
            first += task["batch"]
            optimizer.zero_grad(set_to_none=True)
            loss_of(batch).backward()
            optimizer.step()

        for _ in range(10):
            step()
        times = []
        while sum(times) < task["seconds"] or len(times) < 20:
            start = time.perf_counter()
            step()
            times.append(time.perf_counter() - start)
        result[name] = 1e3 * statistics.median(times)
    print(json.dumps(result))


def run_measured(command):
    """Output of a command, and the largest memory it had, in MB."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"compare_pytorch: {command[0]} failed with status {process.returncode}")
    return output, usage.ru_maxrss / 1024


def run_latent(options, batch, threads):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "result.json"
        _, memory = run_measured([str(options.bench), "--models", ",".join(options.models), "--batch", str(batch),
                                  "--threads", str(threads), "--seconds", str(options.seconds), "--data", options.data,
                                  "--json", str(file)])
        return {r["model"]: r["ms_per_step"] for r in json.loads(file.read_text())}, memory


def compare(options, batch):
    thread_counts = sorted({1, os.cpu_count()})
    ours, theirs = {}, {}  # model -> setting -> milliseconds of each run
    memory = {"latent": 0, "PyTorch": 0}

    def note(table, setting, result, name, used):
        memory[name] = max(memory[name], used)
        for model, ms in result.items():
            table.setdefault(model, {}).setdefault(setting, []).append(ms)

    for threads, compiled, fused in itertools.product(thread_counts, (False, True), (False, True)):
        for count in thread_counts:
            result, used = run_latent(options, batch, count)
            note(ours, f"{count} threads" if count > 1 else "1 thread", result, "latent", used)
        task = dict(models=options.models, batch=batch, threads=threads, compile=compiled, fused=fused,
                    seconds=options.seconds, data=options.data)
        output, used = run_measured([sys.executable, __file__, "--torch", json.dumps(task)])
        setting = ", ".join(filter(None, [f"{threads} threads" if threads > 1 else "1 thread",
                                          "compile" if compiled else "eager", "fused Adam" if fused else ""]))
        note(theirs, setting, json.loads(output.splitlines()[-1]), "PyTorch", used)

    def best(settings):
        return min(((statistics.median(times), setting) for setting, times in settings.items()))

    rows = []
    print(f"\nBatch {batch}, milliseconds per step, median\n")
    print("| model | latent | PyTorch's best | its setting | images/s, latent to PyTorch |")
    print("|---|---|---|---|---|")
    for model in options.models:
        (mine, _), (other, setting) = best(ours[model]), best(theirs[model])
        rows.append(dict(model=model, batch=batch, latent_ms=mine, pytorch_ms=other, pytorch_setting=setting,
                         ratio=other / mine, latent=ours[model], pytorch=theirs[model]))
        print(f"| {model} | {mine:.3f} | {other:.3f} | {setting} | {other / mine:.2f} |")
    print(f"\nPeak memory of a process that trains them all: latent {memory['latent']:.0f} MB, "
          f"PyTorch {memory['PyTorch']:.0f} MB", flush=True)
    return dict(batch=batch, models=rows, memory_mb=memory)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", default=",".join(MODELS), help="some of " + ",".join(MODELS))
    parser.add_argument("--batch", default="64", help="images per step, one or more numbers")
    parser.add_argument("--seconds", type=float, default=2, help="how long each model is measured in each run")
    parser.add_argument("--bench", type=pathlib.Path, default=HERE.parent / "build/release/bin/bench_training")
    parser.add_argument("--data", default=DEFAULT_DATA, help="folder with FashionMNIST")
    parser.add_argument("--json", type=pathlib.Path, help="file for all results")
    parser.add_argument("--torch", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.torch:
        return run_torch(json.loads(options.torch))
    options.models = options.models.split(",")
    if unknown := set(options.models) - set(MODELS):
        parser.error(f"unknown models: {', '.join(sorted(unknown))}")
    try:
        batches = [int(number) for number in options.batch.split(",")]
    except ValueError:
        parser.error(f"--batch: {options.batch} is not a list of numbers")
    if not options.bench.exists():
        sys.exit(f"compare_pytorch: {options.bench} is missing: cmake --preset release && "
                 "cmake --build --preset release --target bench_training")
    try:
        import torch
    except ImportError:
        sys.exit("compare_pytorch: PyTorch is not installed: pip install torch numpy")
    print(f"PyTorch {torch.__version__}, {os.cpu_count()} processors")
    results = [compare(options, batch) for batch in batches]
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
