#!/usr/bin/env python3
"""What training steps of the five autoencoders should take on 1 to 64 cores, from what one thread does.

    python3 benchmarks/scaling.py                 # predicts, from this machine's tasks, for batches of 64 and 1024
    python3 benchmarks/scaling.py --check         # and measures beside it, with 1, 2, 4, .. threads up to its cores

docs/scaling.md has the formula. Regions are timed for as many threads as OpenMP gives; for more, their cost is that of
the most times the ratio of the logarithms, or with --growth linear that of the numbers. Needs a release build of
bench_scaling, and of bench_training for --check; on many cores set OMP_PROC_BIND=true, so that threads stay in place.
"""
import argparse
import json
import math
import os
import pathlib
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
LINE = 64 / 4  # numbers in a cache line


def results(program, *arguments):
    """The JSON of a program."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        subprocess.run([program, *map(str, arguments), "--json", file.name], check=True, stdout=subprocess.DEVNULL)
        return json.load(open(file.name))


def sharers(region, threads, least_work):
    """Threads that work in a region: the rule of parallel_for."""
    return max(1, min(threads, region["tasks"], int(min(region["tasks"] * region["work"] / least_work, 1e6))))


def region_cost(threads, measured, growth):
    """Seconds to set so many threads to work and to wait for them, from those of some numbers of threads."""
    if threads == 1:
        return 0
    known = max((count for count in map(int, measured) if count <= threads), default=None)
    if known is None:
        raise SystemExit("scaling.py: at least two cores expected: the cost of a region cannot be measured on one")
    return measured[str(known)] * growth(threads) / growth(known)


def numbers_of_others(model, threads):
    """How many numbers each thread reads that another has written, at most."""
    return (model["numbers_whole"] + model["numbers_parts"] / threads) * (threads - 1) / threads


def predicted(model, threads, machine, growth):
    """Seconds of a step by parts: outside of regions, in them, their cost, and lines of other threads."""
    parts = {"outside": model["outside"], "tasks": 0, "regions": 0, "lines": 0}
    widest = 1
    for region in model["regions"]:
        team = sharers(region, threads, machine["least_work"])
        widest = max(widest, team)
        if region["tasks"] > 0:
            parts["tasks"] += region["seconds"] * math.ceil(region["tasks"] / team) / region["tasks"]
        parts["regions"] += region_cost(team, machine["region_seconds"], growth)
    parts["lines"] = numbers_of_others(model, widest) / LINE * (machine["line_ns"] or 0) * 1e-9
    return parts


def table(machine, counts, growth):
    """Predictions of all models in Markdown."""
    print(f"\nBatch {machine['batch']}, ms a step (times as fast as one thread):\n")
    print("| model | regions | outside, ms |", " | ".join(f"{count}" for count in counts), "|")
    print("|" + "---|" * (len(counts) + 3))
    for model in machine["models"]:
        times = [sum(predicted(model, count, machine, growth).values()) for count in counts]
        cells = [f"{1e3 * time:.3g} ({times[0] / time:.1f})" for time in times]
        print(f"| {model['name']} | {len(model['regions'])} | {1e3 * model['outside']:.3f} |", " | ".join(cells), "|")
    print(f"\nWhere the time goes with {counts[-1]} cores, ms; and the regions that take most of it there:\n")
    print("| model | outside | tasks | cost of regions | lines of others (KiB) | ms with so many tasks |")
    print("|" + "---|" * 6)
    for model in machine["models"]:
        parts = predicted(model, counts[-1], machine, growth)
        by_tasks = {}
        for region in model["regions"]:
            alone = {"regions": [region], "outside": 0, "numbers_whole": 0, "numbers_parts": 0}
            time = predicted(alone, counts[-1], machine, growth)["tasks"]
            by_tasks[region["tasks"]] = by_tasks.get(region["tasks"], 0) + time
        most = sorted(by_tasks.items(), key=lambda item: -item[1])[:3]
        kib = numbers_of_others(model, counts[-1]) * 4 / 1024
        times = " | ".join(f"{1e3 * part:.3f}" for part in parts.values())
        narrowest = ", ".join(f"{1e3 * time:.3f} with {tasks}" for tasks, time in most)
        print(f"| {model['name']} | {times} ({kib:.0f}) | {narrowest} |")


def check(machine, options, growth):
    """Measured beside predicted, in turn, and the medians of all rounds."""
    counts = [1]
    while 2 * counts[-1] <= len(os.sched_getaffinity(0)):
        counts.append(2 * counts[-1])
    measured = {}
    for _ in range(options.rounds):
        for count in counts:
            run = results(options.folder / "bench_training", "--batch", machine["batch"], "--microbatch",
                          options.microbatch, "--threads", count, "--seconds", options.seconds, "--models",
                          options.models)
            for result in run["results"]:
                measured.setdefault((result["name"], count), []).append(result["seconds"])
    print("\n| model | threads | predicted, ms | measured, ms | predicted, times one thread | measured |")
    print("|---|---|---|---|---|---|")
    for model in machine["models"]:
        time = lambda count: sum(predicted(model, count, machine, growth).values())
        median = lambda count: sorted(measured[model["name"], count])[options.rounds // 2]
        for count in counts:
            print(f"| {model['name']} | {count} | {1e3 * time(count):.3g} | {1e3 * median(count):.3g} | "
                  f"{time(1) / time(count):.2f} | {median(1) / median(count):.2f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    integers = lambda text: [int(part) for part in text.split(",")]
    parser.add_argument("--folder", default=HERE.parent / "build/release/bin", type=pathlib.Path, help="of programs")
    parser.add_argument("--models", default="fc,cnn,sparse,rnn,vae")
    parser.add_argument("--batch", default=[64, 1024], type=integers)
    parser.add_argument("--microbatch", default=0, type=int, help="images at a time; 0: as many as suits the model")
    parser.add_argument("--cores", default=[1, 2, 4, 8, 16, 32, 64], type=integers)
    parser.add_argument("--growth", default="log", choices=["log", "linear"], help="of the cost of a region")
    parser.add_argument("--line-ns", type=float, help="of a line of another core, instead of what is measured")
    parser.add_argument("--seconds", default=1, type=float, help="of each measurement of a model")
    parser.add_argument("--check", action="store_true", help="measure whole steps too")
    parser.add_argument("--rounds", default=3, type=int, help="of --check")
    options = parser.parse_args()
    for name in ["bench_scaling"] + ["bench_training"] * options.check:
        if not (options.folder / name).exists():
            parser.error(f"{options.folder / name} is not there: cmake --preset release && "
                         "cmake --build --preset release")
    growth = math.log2 if options.growth == "log" else float
    for batch in options.batch:
        machine = results(options.folder / "bench_scaling", "--batch", batch, "--microbatch", options.microbatch,
                          "--seconds", options.seconds, "--models", options.models)
        machine["line_ns"] = options.line_ns or machine["line_ns"]
        costs = ", ".join(f"{1e6 * time:.2f} us with {count}" for count, time in machine["region_seconds"].items())
        line = machine["line_ns"]
        print(f"\na region: {costs or 'not known'}; a line of another core:", f"{line:.1f} ns" if line else "not known")
        table(machine, options.cores, growth)
        if options.check:
            check(machine, options, growth)


if __name__ == "__main__":
    main()
