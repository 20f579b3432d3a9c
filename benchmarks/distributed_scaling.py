#!/usr/bin/env python3
"""What training by 2 to 1,024 processes should take, from a step of one and what two exchange.

    python3 benchmarks/distributed_scaling.py                 # measures the parts here, and predicts
    python3 benchmarks/distributed_scaling.py --check         # and measures whole steps of 1, 2 and 4 processes beside it
    python3 benchmarks/distributed_scaling.py --parts FILE    # from parts that --keep FILE has written
    python3 benchmarks/distributed_scaling.py --picture docs/distributed/efficiency.svg

docs/distributed.md has the formulas. Each process has a host and a network card of its own there, and its own batch, as
large with any number of them; efficiency is the time of a step of one by that of a step of all. Needs a release build
of bench_distributed_parts, of bench_distributed for --check, and Open MPI's mpirun.
"""
import argparse
import dataclasses
import json
import math
import os
import pathlib
import subprocess
import tempfile

import distributed_picture

HERE = pathlib.Path(__file__).resolve().parent
IN_CACHE = 2 ** 20
TRANSPORTS = {"shared memory": ["--mca", "btl", "self,vader"],
              "loopback TCP": ["--mca", "btl", "self,tcp", "--mca", "btl_tcp_if_include", "lo"]}


@dataclasses.dataclass
class Network:
    """Seconds that a message takes, in its way and of the processor."""
    latency: float      # of a message, whatever its size
    byte: float         # on the wire, where messages of a process go one after the other
    lines: tuple = ()   # (latency, byte) of sending and receiving one, while the processor computes nothing else

    def processor(self, size):
        """Seconds of the processor, without the latency that all messages have."""
        return max((latency - self.lines[0][0] + byte * size for latency, byte in self.lines), default=0)


def fit(sizes, times):
    """Latency and seconds of a byte: the line whose relative errors have the least squares."""
    weights = [1 / time ** 2 for time in times]
    total = sum(weights)
    mean = lambda values: sum(w * value for w, value in zip(weights, values)) / total
    x, y = mean(sizes), mean(times)
    slope = (mean([a * b for a, b in zip(sizes, times)]) - x * y) / (mean([a * a for a in sizes]) - x * x)
    return y - slope * x, slope


def fits(sizes, times):
    """Two lines, of which the higher one counts: messages up to 1 MiB, which caches hold, and larger ones."""
    both = list(zip(sizes, times))
    return [fit(*zip(*part)) for part in ([pair for pair in both if pair[0] <= IN_CACHE],
                                          [pair for pair in both if pair[0] >= IN_CACHE])]


def rounds(method, ranks, size):
    """Bytes that a process sends and receives one after the other to add up `size`, and whether it adds them: recursive
    doubling, or the algorithm of Rabenseifner, which halves what is left, and doubles what is there."""
    steps = math.ceil(math.log2(ranks))
    if method == "reproducible":
        return [(size, True)] * steps
    halves = [size / 2 ** step for step in range(1, steps + 1)]
    return [(half, True) for half in halves] + [(half, False) for half in reversed(halves)]


def alone(method, ranks, size, network, add):
    """Seconds of a sum that nothing hides."""
    return sum(network.latency + max(part * network.byte, network.processor(part)) + part * add * adds
               for part, adds in rounds(method, ranks, size))


def buckets(model, most):
    """Of gradients of at most so many bytes, the last parameters first: bytes, and when the last of them is there."""
    result = []
    for size, ready in zip(reversed(model["bytes"]), reversed(model["ready"])):
        if not result or result[-1][0] + size > most:
            result.append((size, ready))
        else:
            result[-1] = (result[-1][0] + size, max(result[-1][1], ready))
    return result


class Sum:
    """A bucket on its way."""

    def __init__(self, parts):
        self.parts, self.end = list(parts), None


class Step:
    """Plays a step: one processor, one wire, and sums that go on when an operation of backward() ends."""

    def __init__(self, model, ranks, method, network, machine, bucket_bytes, slower=1):
        self.network, self.add, self.copy = network, machine["add"] * slower, machine["copy"] * slower
        self.processor = lambda size: network.processor(size) * slower
        self.now = self.wire = self.waited = 0.0
        sums, begun = [], 0
        computed = 0.0
        todo = buckets(model, bucket_bytes)
        for end in model["operations"]:
            self.now += slower * (end - computed)
            computed = end
            while begun < len(todo) and todo[begun][1] <= end:
                sums.append(self.begin(rounds(method, ranks, todo[begun][0]), todo[begun][0]))
                begun += 1
            for one in sums:
                while one.parts and one.end <= self.now:
                    self.finish(one)
        sums += [self.begin(rounds(method, ranks, size), size) for size, _ in todo[begun:]]
        in_turn = method == "reproducible"  # those behind the first go on when it is there; MPI_Wait goes on with all
        while under_way := [one for one in sums if one.parts]:
            first = under_way[0] if in_turn else min(under_way, key=lambda one: one.end)
            self.waited += max(0, first.end - self.now)
            self.now = max(self.now, first.end)
            self.finish(first)
        self.seconds = self.now + slower * (model["seconds"] - computed)

    def send(self, one):
        size = one.parts[0][0]
        self.now += self.processor(size) / 2
        begin = max(self.now, self.wire)
        self.wire = begin + size * self.network.byte
        one.end = self.wire + self.network.latency

    def begin(self, parts, size):
        self.now += size * self.copy
        one = Sum(parts)
        if one.parts:
            self.send(one)
        return one

    def finish(self, one):
        size, adds = one.parts.pop(0)
        self.now += self.processor(size) / 2 + size * self.add * adds
        if one.parts:
            self.send(one)


def step_seconds(model, ranks, method, network, machine, bucket_bytes):
    """Of a step by so many processes; one has nothing to send."""
    return model["seconds"] if ranks == 1 else Step(model, ranks, method, network, machine, bucket_bytes).seconds


def networks(machine, wire_latency):
    """Those that predictions are for: what TCP takes of the processor is what it takes on the loopback device."""
    lines = machine["fits"]["loopback TCP"]["exchange"]
    latency = lines[0][0] + wire_latency
    return {f"{gigabits} Gbit/s": Network(latency, 8e-9 / gigabits, lines) for gigabits in (10, 25, 100)} | {
        "100 Gbit/s, RDMA": Network(wire_latency, 8e-11)}


def here(machine, transport):
    """The transport of this machine, and the machine for it: the processors carry all. An addition takes longer than
    elsewhere, since the other process has just read the numbers, and is a part of the round."""
    lines = machine["fits"][transport]["reproducible"]
    return Network(lines[0][0], 0, lines), machine | {"add": 0}


def run(folder, program, ranks, transport, *arguments):
    """The JSON of a program."""
    environment = os.environ | {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    placed = ["--bind-to", "core"] if ranks <= len(os.sched_getaffinity(0)) else ["--oversubscribe", "--bind-to", "none"]
    launch = ["mpirun", "-n", str(ranks), *placed, *TRANSPORTS[transport]]
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        subprocess.run([*launch, folder / program, *map(str, arguments), "--json", file.name], check=True,
                       stdout=subprocess.DEVNULL, env=environment)
        return json.load(open(file.name))


def measured_parts(options):
    """What bench_distributed_parts measures here, alone and by two processes."""
    program = "bench_distributed_parts"
    parts = run(options.folder, program, 1, "shared memory", "--models", options.models, "--batch", options.batch,
                "--seconds", options.seconds)
    parts["sums"] = {transport: run(options.folder, program, 2, transport)["sums"] for transport in TRANSPORTS}
    return parts


def fitted(machine):
    """The lines of exchanges and of sums by two processes, by transport."""
    return {transport: {what: fits([line["bytes"] for line in lines], [line[what] for line in lines])
                        for what in ("exchange", "reproducible", "fast")} for transport, lines in machine["sums"].items()}


def print_fits(machine):
    print(f"copy {1e-9 / machine['copy']:.1f} GB/s, add {1e-9 / machine['add']:.1f} GB/s\n")
    print("| two processes, by | what | latency, us | GB/s | GB/s beyond 1 MiB | error of the fit, mean | largest |")
    print("|---|---|---|---|---|---|---|")
    for transport, by_name in machine["fits"].items():
        for what, lines in by_name.items():
            errors = [abs(max(latency + byte * line["bytes"] for latency, byte in lines) / line[what] - 1)
                      for line in machine["sums"][transport]]
            print(f"| {transport} | {what} | {1e6 * lines[0][0]:.1f} | {1e-9 / lines[0][1]:.1f} | "
                  f"{1e-9 / lines[1][1]:.1f} | {100 * sum(errors) / len(errors):.0f} % | {100 * max(errors):.0f} % |")
    print("\nus by two processes:\n")
    columns = [(transport, what) for transport in TRANSPORTS for what in ("exchange", "reproducible", "fast")]
    print("| bytes |", " | ".join(f"{what}, {transport}" for transport, what in columns), "|")
    print("|" + "---|" * (1 + len(columns)))
    for i, line in enumerate(machine["sums"]["shared memory"]):
        times = (f"{1e6 * machine['sums'][transport][i][what]:.3g}" for transport, what in columns)
        print(f"| {line['bytes']} |", " | ".join(times), "|")


def table(machine, options, method):
    """Efficiencies of all models in Markdown, in percent."""
    print(f"\n{method}, batch {machine['batch']} of each process, percent of one process:\n")
    print("| model | MB | network |", " | ".join(map(str, options.ranks)), "|")
    print("|" + "---|" * (len(options.ranks) + 3))
    for model in machine["models"]:
        for name, network in networks(machine, options.wire_us * 1e-6).items():
            times = [step_seconds(model, ranks, method, network, machine, options.bucket_kib << 10)
                     for ranks in options.ranks]
            cells = [f"{100 * model['seconds'] / time:.0f}" for time in times]
            print(f"| {model['name']} | {sum(model['bytes']) / 1e6:.1f} | {name} |", " | ".join(cells), "|")


def check(machine, options):
    """Measured beside predicted on this machine, where processes share its cores if they are more; and what was measured
    before of other models."""
    cores = len(os.sched_getaffinity(0))
    print("\n| model | processes | by | predicted, ms | measured, ms | times as long as one, predicted | measured | "
          "waited, predicted | measured |")
    print("|" + "---|" * 9)
    models = options.models.split(",")
    points = [point for point in machine.get("points", []) if point["model"] not in models]
    for model in machine["models"]:
        if model["name"] not in models:
            continue
        one = None
        steps = max(2, min(200, int(options.check_seconds / model["seconds"])))
        for ranks, transport in [(1, "shared memory")] + [(n, t) for n in (2, 4) for t in TRANSPORTS]:
            found = run(options.folder, "bench_distributed", ranks, transport, "--models", model["name"], "--threads", 1,
                        "--batch", machine["batch"], "--steps", steps, "--round", max(1, steps // 10), "--bucket",
                        options.bucket_kib)[0]
            slower = math.ceil(ranks / cores)
            step = Step(model, ranks, "reproducible", *here(machine, transport), options.bucket_kib << 10, slower)
            one = one or found["seconds"]
            points.append({"model": model["name"], "ranks": ranks, "transport": transport,
                           "efficiency": slower * one / found["seconds"]})
            print(f"| {model['name']} | {ranks} | {transport if ranks > 1 else ''} | {1e3 * step.seconds:.3g} | "
                  f"{1e3 * found['seconds']:.3g} | {step.seconds / model['seconds']:.2f} | "
                  f"{found['seconds'] / one:.2f} | {100 * step.waited / step.seconds:.0f} % | "
                  f"{100 * found['waited'] / found['seconds']:.0f} % |", flush=True)
    return points


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    integers = lambda text: [int(part) for part in text.split(",")]
    parser.add_argument("--folder", default=HERE.parent / "build/release/bin", type=pathlib.Path, help="of programs")
    parser.add_argument("--models", default="fc,cnn,sparse,rnn,vae,cnn25m")
    parser.add_argument("--batch", default=64, type=int, help="images of a process")
    parser.add_argument("--ranks", default=[2 ** i for i in range(1, 11)], type=integers)
    parser.add_argument("--bucket-kib", default=256, type=int)
    parser.add_argument("--wire-us", default=5, type=float, help="latency of cards and switches beside that of TCP here")
    parser.add_argument("--faster", default=1, type=float, help="how many times as fast each process computes as here")
    parser.add_argument("--seconds", default=1, type=float, help="of each measurement of a model")
    parser.add_argument("--parts", type=pathlib.Path, help="file with measured parts, instead of measuring")
    parser.add_argument("--keep", type=pathlib.Path, help="file to write measured parts to, and points of --check")
    parser.add_argument("--check", action="store_true", help="measure whole steps too")
    parser.add_argument("--check-seconds", default=1, type=float, help="of each of these measurements")
    parser.add_argument("--picture", type=pathlib.Path, help="SVG file to write")
    options = parser.parse_args()
    machine = json.loads(options.parts.read_text()) if options.parts else measured_parts(options)
    machine["fits"] = fitted(machine)
    print_fits(machine)
    if options.check:
        machine["points"] = check(machine, options)
    if options.keep:
        options.keep.write_text(json.dumps(machine, indent=1) + "\n")
    for model in machine["models"]:
        for times in ("ready", "operations"):
            model[times] = [time / options.faster for time in model[times]]
        model["seconds"] /= options.faster
    for method in ("reproducible", "fast"):
        table(machine, options, method)
    if options.picture:
        ranks = [1, *options.ranks]
        curves = {model["name"]: {(name, method): [
            model["seconds"] / step_seconds(model, n, method, network, machine, options.bucket_kib << 10) for n in ranks]
            for name, network in networks(machine, options.wire_us * 1e-6).items()
            for method in ("reproducible", "fast")} for model in machine["models"]}
        options.picture.write_text(distributed_picture.svg(ranks, curves, machine.get("points", [])))


if __name__ == "__main__":
    main()
