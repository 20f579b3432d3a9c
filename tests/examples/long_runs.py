"""A long training takes no more memory than a short one.

    python3 tests/examples/long_runs.py PROGRAMS DATA [MODEL..]

Each model's program in the folder PROGRAMS learns for 20,000 steps, 32 to an epoch, from the images in the folder DATA.
The pages that it has in memory (/proc/<pid>/statm) are counted whenever it prints an epoch. Fails if, at the end, they
are 1 MiB more than after the first 128 steps. A leak of 53 bytes a step would be found.

Memory may also grow once for a thread that, by chance, works on something for the first time late, in some runs of a
hundred. A leak is there in every run: so a program fails when two runs in a row grow.
"""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

MODELS = ["fc_autoencoder", "cnn_autoencoder", "sparse_autoencoder", "rnn_autoencoder", "variational_autoencoder"]
EPOCHS = 626
WARM = 4  # epochs, 128 steps
MOST_KIB = 1024


def resident_kib(pid):
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1024


def measure(program, data):
    """The memory after the first epochs, and one epoch before the end: after the last one, pictures are made."""
    with tempfile.TemporaryDirectory() as out:
        # A checkpoint takes memory, which is kept for the next one: the first is written before memory is read.
        command = [program, "--epochs", str(EPOCHS), "--batch", "8", "--limit", "256", "--checkpoint-every", "100",
                   "--data", data, "--out", out]
        memory = []
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout:
                if f"/{EPOCHS} " in line and len(memory) < EPOCHS:
                    memory.append(resident_kib(process.pid))
        if process.returncode != 0 or len(memory) != EPOCHS:
            sys.exit(f"{program} ended with status {process.returncode} after {len(memory)} epochs")
    return memory[WARM - 1], memory[-2]


def main(programs, data, models):
    failed = False
    for model in models or MODELS:
        for _ in range(2):
            warm, last = measure(str(Path(programs) / model), data)
            print(f"{model}: {warm} KiB after {32 * WARM} steps, {last} KiB after {32 * (EPOCHS - 1)}", flush=True)
            if last - warm < MOST_KIB:
                break
        else:
            print(f"{model}: grows")
            failed = True
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
