"""Runs the program `ranks` in several processes:

    ranks.py same_bits MPIEXEC RANKS   1, 2, 4 and 8 processes of 1 and 2 threads learn the same, to the bit
    ranks.py fast MPIEXEC RANKS        2, 3 and 4 processes learn by MPI_Iallreduce what one learns, to 1e-5
    ranks.py errors MPIEXEC RANKS      a process that ends by an error, or is killed, ends all, at once, and is named
"""

import os
import subprocess
import sys
import time

# More processes than cores, as root too, without a network.
OPEN_MPI = ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "--mca", "btl", "self,vader"]
ENVIRONMENT = os.environ | {"ASAN_OPTIONS": "detect_leaks=0"}  # MPI's own


def run(mpiexec, processes, *command):
    version = subprocess.run([mpiexec, "--version"], capture_output=True, text=True).stdout
    options = OPEN_MPI if "Open MPI" in version or "OpenRTE" in version else []
    return subprocess.run([mpiexec, *options, "-n", str(processes), *command], capture_output=True, text=True,
                          timeout=100, env=ENVIRONMENT)


def learned(mpiexec, processes, *command):
    result = run(mpiexec, processes, *command)
    if result.returncode != 0:
        sys.exit(f"{processes} processes: exit status {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout


def same_bits(mpiexec, program):
    expected = learned(mpiexec, 1, program, "same_bits", "1")
    print(expected)
    assert len(expected.splitlines()) == 5
    for processes in (1, 2, 4, 8):
        for threads in (1, 2):
            found = learned(mpiexec, processes, program, "same_bits", str(threads))
            assert found == expected, f"{processes} processes, {threads} threads:\n{found}"


def fast(mpiexec, program):
    for processes in (2, 3, 4):
        found = learned(mpiexec, processes, program, "fast", "1")
        print(f"{processes} processes:\n{found}")
        differences = [float(line.split()[1]) for line in found.splitlines()]
        assert len(differences) == 2 and max(differences) < 1e-5


def errors(mpiexec, program):
    for how, message in (("throw", "rank 1: an error of rank 1"), ("terminate", "rank 1: an error of rank 1"),
                         ("destroy", "rank 1: ended by an exception"), ("kill", "rank 1 ")):
        begun = time.monotonic()
        result = run(mpiexec, 3, program, how)
        seconds = time.monotonic() - begun
        print(f"{how}: exit status {result.returncode} after {seconds:.1f} s")
        assert result.returncode != 0 and seconds < 10
        assert message in result.stderr, result.stderr


if __name__ == "__main__":
    {"same_bits": same_bits, "fast": fast, "errors": errors}[sys.argv[1]](*sys.argv[2:])
