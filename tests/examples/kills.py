"""A run that is killed goes on to the same bits:

    kills.py PROGRAMS DATA KILLS [SEED]

Starts the study's five programs and the two in examples/uses in turn with --resume, kills them (SIGKILL) at random
moments, KILLS times in all, each time with another number of threads and another interval between checkpoints, and lets
them end. All files that they write, but for times, must be those of an unbroken run. Says when the kills came: while a
checkpoint was being written (its temporary file is left), within an epoch, between epochs (all steps of one are done),
within another model than the first that a program learns, or before the first checkpoint.
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

EPOCHS = 6
PROGRAMS = {  # and their options
    "fc_autoencoder": [],
    "cnn_autoencoder": [],
    "sparse_autoencoder": [],
    "rnn_autoencoder": [],
    "variational_autoencoder": [],
    "denoising_autoencoder": [],
    "anomaly_detection": ["--batch", "8", "--classes", "Bag,Sandal,Trouser"],
}
TIMES = ["seconds", "seconds_per_epoch", "trained"]  # in metrics.json


def command(program, out, *options):
    return [bin / program, "--data", data, "--epochs", str(EPOCHS), *PROGRAMS[program], "--out", out, *options]


def run(program, out, *options):
    result = subprocess.run(command(program, out, *options), capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{program} failed:\n{result.stdout}{result.stderr}")


def without_times(value):
    if isinstance(value, dict):
        return {key: without_times(entry) for key, entry in value.items() if key not in TIMES}
    return [without_times(entry) for entry in value] if isinstance(value, list) else value


def results(out):
    """All files but for checkpoints, and for times in them."""
    files = {file.name: file.read_bytes() for file in out.iterdir() if not file.name.startswith("checkpoint.")}
    files["metrics.json"] = without_times(json.loads(files["metrics.json"]))
    if "history.csv" in files:
        files["history.csv"] = [line.rsplit(b",", 1)[0] for line in files["history.csv"].splitlines()]
    return files


def parts(file):
    """Header and data of a safetensors file."""
    content = file.read_bytes()
    data = 8 + struct.unpack("<Q", content[:8])[0]
    return json.loads(content[8:data]), content[data:]


def number(file, name):
    """A whole number of a checkpoint, whose full name ends in `name`."""
    header, data = parts(file)
    first, last = next(entry["data_offsets"] for full, entry in header.items() if full.endswith(name))
    return struct.unpack("<q", data[first:last])[0]


def moment(out, steps):
    """When a run was killed."""
    if any(out.glob(".latent-*")):
        return "writing"
    checkpoint = out / "checkpoint.safetensors"
    if not checkpoint.exists():
        return "writing" if (out / "checkpoint.safetensors.previous").exists() else "before the first checkpoint"
    if int(parts(checkpoint)[0]["__metadata__"]["stage"]) > 0:
        return "within another model"
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
                if any(out.glob(".latent-*")):
                    sys.exit(f"{program}: left temporary files of killed runs")
                if results(out) != expected:
                    sys.exit(f"{program}: other results than those of the unbroken run")
    print(f"{count} kills, the same results:", ", ".join(f"{n} {when}" for when, n in moments.most_common()))


bin, data = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
main()
