"""A run that is killed goes on to the same bits:

    kills.py PROGRAMS DATA KILLS [SEED]

Starts the five programs in turn with --resume, kills them (SIGKILL) at random moments, KILLS times in all, each time with
another number of threads and another interval between checkpoints, and lets them end. Weights and history, but for its
times, must be those of an unbroken run. Says when the kills came: while a checkpoint was being written (its temporary
file is left), within an epoch, between epochs (all steps of one are done), or before the first checkpoint.
"""

import collections
import json
import pathlib
import random
import signal
import struct
import subprocess
import sys
import tempfile

PROGRAMS = ["fc_autoencoder", "cnn_autoencoder", "sparse_autoencoder", "rnn_autoencoder", "variational_autoencoder"]
EPOCHS = 6


def command(program, out, *options):
    return [bin / program, "--data", data, "--epochs", str(EPOCHS), "--out", out, *options]


def run(program, out, *options):
    result = subprocess.run(command(program, out, *options), capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{program} failed:\n{result.stdout}{result.stderr}")


def results(out):
    """Weights, and the history without seconds."""
    history = [line.rsplit(",", 1)[0] for line in (out / "history.csv").read_text().splitlines()]
    return (out / "model.safetensors").read_bytes(), history


def number(file, name):
    """A whole number of a safetensors file."""
    content = file.read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    first, last = json.loads(content[8:8 + length])[name]["data_offsets"]
    return struct.unpack("<q", content[8 + length:][first:last])[0]


def moment(out, steps):
    """When a run was killed."""
    if any(out.glob(".latent-*")):
        return "writing"
    checkpoint = out / "checkpoint.safetensors"
    if not checkpoint.exists():
        return "writing" if (out / "checkpoint.safetensors.previous").exists() else "before the first checkpoint"
    return "between epochs" if number(checkpoint, "epoch_sums.steps") in (0, steps) else "within an epoch"


def main():
    count, random_numbers = int(sys.argv[3]), random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    moments = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        for index, program in enumerate(PROGRAMS):
            unbroken = pathlib.Path(folder) / program / "unbroken"
            run(program, unbroken, "--checkpoint-every", "1")
            expected = results(unbroken)
            steps = number(unbroken / "checkpoint.safetensors", "training.steps") // EPOCHS
            kills = count // len(PROGRAMS) + (index < count % len(PROGRAMS))
            attempt = 0
            while kills > 0:  # as many runs as they take
                attempt += 1
                out = pathlib.Path(folder) / program / str(attempt)
                seconds = 0.5
                while True:
                    options = ["--resume", "--threads", str(random_numbers.randint(1, 4)),
                               "--checkpoint-every", str(random_numbers.randint(1, steps))]
                    process = subprocess.Popen(command(program, out, *options), stdout=subprocess.PIPE,
                                               stderr=subprocess.STDOUT, text=True)
                    try:
                        output, _ = process.communicate(timeout=random_numbers.uniform(0, seconds) if kills else None)
                    except subprocess.TimeoutExpired:
                        process.send_signal(signal.SIGKILL)
                        process.communicate()
                        kills -= 1
                        moments[moment(out, steps)] += 1
                        seconds *= 1.1  # a slow machine gets somewhere, too
                        continue
                    if process.returncode != 0:
                        sys.exit(f"{program} {' '.join(options)} failed:\n{output}")
                    break
                if results(out) != expected:
                    sys.exit(f"{program}: other results than those of the unbroken run")
                if any(out.glob(".latent-*")):
                    sys.exit(f"{program}: left temporary files of killed runs")
    print(f"{count} kills, the same results:", ", ".join(f"{n} {when}" for when, n in moments.most_common()))


bin, data = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
main()
