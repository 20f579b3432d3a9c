"""Timing a step, and running the programs that time latent's."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

LEAST_CALLS = 5  # some peers take seconds for a step


def time_calls(call, seconds, steps=1):
    """Seconds of a step, where each call makes some: over so many seconds, after some calls to warm up."""
    begin = time.perf_counter()
    for count in range(10):
        call()
        if count >= 2 and time.perf_counter() - begin > seconds:
            break
    times, total = [], 0
    while total < seconds or len(times) < LEAST_CALLS:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
        total += times[-1]
    times = sorted(each / steps for each in times)
    return dict(seconds=times[len(times) // 2], best=times[0], steps=steps * len(times),
                quartiles=[times[len(times) // 4], times[3 * len(times) // 4]])


def run_latent(program, *arguments):
    """What one of latent's programs writes for --json, and the most memory that it took, in MB."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "result.json"
        process = subprocess.Popen([str(part) for part in (program, *arguments, "--json", file)],
                                   stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{program} failed with status {process.returncode}")
        return json.loads(file.read_text()), usage.ru_maxrss / 1024


def program_of(folder, name):
    """Where a program of latent's is, or what to do if it is not."""
    program = pathlib.Path(folder) / name
    if not program.exists():
        sys.exit(f"{program} is missing: cmake --preset release && cmake --build --preset release --target {name}")
    return program
