#!/usr/bin/env python3
"""Training steps of the autoencoders beside other programs that keep the cores busy, with 1, 2 and 4 threads.

    python3 benchmarks/busy.py                                  # FC-AE beside 0, 2 and 6 busy loops, 30 s each
    python3 benchmarks/busy.py --models fc,cnn,sparse,rnn,vae --seconds 10

Prints images per second over the whole time, and what they are of those of one thread beside as many loops. One thread
is measured before and after the others, and the mean of both counts, for a shared machine changes. --seconds 30 is what
is compared: the first tenths of a second are lost in finding out that the cores are busy. Needs a release build of
bench_training.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
LOOP = "while True: pass"


def images_per_second(program, model, threads, seconds, others):
    """What is trained beside so many loops; as many are images per second of the whole time."""
    loops = [subprocess.Popen([sys.executable, "-c", LOOP]) for _ in range(others)]
    try:
        with tempfile.NamedTemporaryFile(suffix=".json") as results:
            subprocess.run([program, "--models", model, "--threads", str(threads), "--seconds", str(seconds), "--json",
                            results.name], check=True, stdout=subprocess.DEVNULL)
            step = json.load(open(results.name))["results"][0]
            return step["batch"] / step["mean"]
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    integers = lambda text: [int(part) for part in text.split(",")]
    parser.add_argument("--program", default=HERE.parent / "build/release/bin/bench_training", type=pathlib.Path)
    parser.add_argument("--models", default="fc", type=lambda text: text.split(","))
    parser.add_argument("--threads", default=[2, 4], type=integers, help="compared with one thread")
    parser.add_argument("--others", default=[0, 2, 6], type=integers, help="busy loops beside it")
    parser.add_argument("--seconds", default=30, type=float, help="of each measurement")
    options = parser.parse_args()
    if not options.program.exists():
        parser.error(f"{options.program} is not there: cmake --preset release && cmake --build --preset release")
    print(f"{os.cpu_count()} cores, {options.seconds:g} s each")
    print("model    busy loops  threads  images/s  of one thread")
    for model in options.models:
        for others in options.others:
            rate = lambda threads: images_per_second(options.program, model, threads, options.seconds, others)
            before = rate(1)
            several = [rate(threads) for threads in options.threads]
            one = (before + rate(1)) / 2
            for threads, images in zip([1] + options.threads, [one] + several):
                print(f"{model:8} {others:10} {threads:8} {images:9.0f} {images / one:14.2f}", flush=True)


if __name__ == "__main__":
    main()
