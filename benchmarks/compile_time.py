#!/usr/bin/env python3
"""Measures what a program that includes latent takes to compile: seconds of the processor, and the most memory.

    python3 benchmarks/compile_time.py                    # all compilers that are found, a table
    python3 benchmarks/compile_time.py --compilers g++ --runs 5
    python3 benchmarks/compile_time.py --check            # fails if a limit is broken, with g++

Each round compiles every program once; the best round counts, and --check ends when all limits hold. The limits in
seconds hold for the machine of RESULTS.md and g++ 12. How fast this machine is tells calibration.cpp, which includes the
standard library only and is compiled in the same rounds: --check multiplies what it measures by REFERENCE / (seconds of
calibration.cpp). On a busy machine that is good to some per cent, so a limit counts as broken where it is exceeded by
more than NOISE.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "benchmarks" / "compile_time"
OPTIMIZED = ["-O3", "-DNDEBUG", "-march=native"]


class Program:
    def __init__(self, name, source, flags, seconds=float("inf"), megabytes=float("inf")):
        self.name, self.source, self.flags = name, source, flags
        self.seconds, self.megabytes = seconds, megabytes  # limits


CALIBRATION = Program("calibration, without latent", PROGRAMS / "calibration.cpp", OPTIMIZED)
MEASURED = [
    Program("include only, -O0", PROGRAMS / "include_only.cpp", ["-O0"], 2.5, 450),
    Program("README's training program, -O3", ROOT / "tests" / "consumer" / "train.cpp", OPTIMIZED, 5.0, 450),
    Program("everything, -O3", PROGRAMS / "everything.cpp", OPTIMIZED),
]

# Seconds of calibration.cpp on the machine of the limits: a commit whose README program took 9.4 s there took 14.1 s on
# another machine, where calibration.cpp took 5.8 s.
REFERENCE = 5.8 * 9.4 / 14.1
NOISE = 1.2  # what single runs on a shared machine differ by
FEWEST = 4   # rounds after which calibration.cpp has had one without disturbance


def compile_once(compiler, program, includes, folder):
    """Seconds of user and system time, and the megabytes of the largest process."""
    command = [compiler, "-std=c++20", "-fopenmp", *program.flags, f"-I{ROOT / 'include'}",
               *(f"-isystem{path}" for path in includes), "-c", program.source, "-o", folder / "program.o"]
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{program.source} does not compile with {compiler}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def measure(compiler, programs, includes, runs, enough=lambda best: False):
    """The best of so many rounds, by program; of fewer, but at least FEWEST, once they are `enough`."""
    best = {}
    with tempfile.TemporaryDirectory() as folder:
        for done in range(1, runs + 1):
            for program in [CALIBRATION, *programs]:
                now = compile_once(compiler, program, includes, pathlib.Path(folder))
                best[program] = tuple(map(min, now, best.get(program, now)))
            if done >= FEWEST and enough(best):
                break
    return best


def print_table(compiler, best):
    version = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True).stdout.split("\n")[0]
    print(f"| {version} | seconds | MB |\n|---|---|---|")
    for program, (seconds, megabytes) in best.items():
        print(f"| {program.name} | {seconds:.1f} | {megabytes:.0f} |")
    print(flush=True)


def print_scaled(best):
    scale = REFERENCE / best[CALIBRATION][0]
    print(f"this machine takes {1 / scale:.2f} times as long as the one for which the limits are set")
    for program in best.keys() - {CALIBRATION}:
        print(f"{program.name}: {best[program][0] * scale:.2f} s there, {best[program][1]:.0f} MB")


def broken_limits(best):
    scale = REFERENCE / best[CALIBRATION][0]
    for program in best.keys() - {CALIBRATION}:
        seconds, megabytes = best[program][0] * scale, best[program][1]
        if seconds > NOISE * program.seconds:
            yield f"{program.name}: {seconds:.1f} s, at most {program.seconds} are allowed"
        if megabytes > program.megabytes:
            yield f"{program.name}: {megabytes:.0f} MB, at most {program.megabytes} are allowed"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compilers", nargs="+", default=[c for c in ("g++", "clang++") if shutil.which(c)],
                        help="for the table")
    parser.add_argument("--runs", type=int, default=5, help="rounds, of which the best counts")
    parser.add_argument("--includes", nargs="+", default=["/usr/include/eigen3", "/usr/include/stb"],
                        help="folders of Eigen and stb")
    parser.add_argument("--check", action="store_true", help="fail if a limit is broken")
    options = parser.parse_args()
    if options.check:
        limited = [program for program in MEASURED if program.seconds < float("inf")]
        best = measure("g++", limited, options.includes, options.runs, lambda best: not any(broken_limits(best)))
        print_scaled(best)
        sys.exit("\n".join(broken_limits(best)) or 0)
    for compiler in options.compilers:
        print_table(compiler, measure(compiler, MEASURED, options.includes, options.runs))


if __name__ == "__main__":
    main()
