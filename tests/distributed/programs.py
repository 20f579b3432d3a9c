"""The study's programs as several processes:

    programs.py same_bits MPIEXEC PROGRAMS DATA   1, 2, 4 and 8 processes of 1 and 2 threads learn the same, to the bit
    programs.py mistakes MPIEXEC PROGRAMS DATA    what goes wrong, in all or in one, ends all with one message
    programs.py signals MPIEXEC PROGRAMS DATA     a run of 4 that is asked to stop goes on with 2, and then with 1
    programs.py kills MPIEXEC PROGRAMS DATA KILLS [SEED]
        kills (SIGKILL) a random process of a run at random moments: all end within 10 s, and the rank is named; other
        numbers of processes go on from the checkpoint, which is whole, to the weights of an unbroken run. At last
        examples/distributed/restart.sh goes on by itself.
"""

import json
import os
import pathlib
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time

from ranks import ENVIRONMENT, OPEN_MPI

MODELS = {"fc_autoencoder": 40, "cnn_autoencoder": 15, "sparse_autoencoder": 40, "rnn_autoencoder": 15,
          "variational_autoencoder": 30}  # and epochs that take some seconds
LIMIT = 10  # seconds until all have ended


def launcher(processes):
    version = subprocess.run([mpiexec, "--version"], capture_output=True, text=True).stdout
    options = OPEN_MPI if "Open MPI" in version or "OpenRTE" in version else []
    return [mpiexec, *options, "-n", str(processes)]


def command(program, out, *options):
    where = [] if "--data" in options else ["--data", data]
    return [str(bin / program), *where, "--out", str(out), *options]


def run(arguments, expected=0, **more):
    result = subprocess.run(arguments, capture_output=True, text=True, timeout=300, env=ENVIRONMENT, **more)
    if result.returncode != expected and not (expected is None and result.returncode != 0):
        sys.exit(f"{' '.join(arguments)}: exit status {result.returncode}\n{result.stdout}{result.stderr}")
    return result


def start(arguments):
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)


def children_of(process):
    found = []
    for file in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            state = file.read_text().rsplit(")", 1)[1].split()
        except OSError:  # it has ended
            continue
        if int(state[1]) == process.pid:
            found.append(int(file.parent.name))
    return found


def ranks_of(process):
    """Process numbers by rank of what mpirun has started here."""
    found = {}
    for pid in children_of(process):
        try:
            variables = pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            continue
        for variable in variables:
            if variable.startswith((b"OMPI_COMM_WORLD_RANK=", b"PMI_RANK=")):
                found[int(variable.split(b"=")[1])] = pid
    return found


def learned(out):
    """Weights and losses of all models in a folder."""
    files = {str(file.relative_to(out)): file.read_bytes() for file in sorted(out.rglob("model.safetensors"))}
    for file in sorted(out.rglob("history.csv")):
        files[str(file.relative_to(out))] = [line.rsplit(",", 1)[0] for line in file.read_text().splitlines()]
    return files


def same_bits(folder):
    # 30 steps; the last batch of each epoch has 11 images for 8 shards, the others 16.
    options = ["--epochs", "2", "--limit", "235", "--batch", "16", "--shards", "8"]
    run(command("compare", folder / "alone", *options))
    expected = learned(folder / "alone")
    assert len(expected) == 10
    for processes in (1, 2, 4, 8):
        for threads in (1, 2):
            out = folder / f"{processes}-{threads}"
            result = run(launcher(processes) + command("compare", out, *options, "--threads", str(threads)))
            assert result.stdout.count("epoch 2/2") == 5, result.stdout  # of one process
            assert learned(out) == expected, f"{processes} processes, {threads} threads: other weights or losses"
            metrics = json.loads((out / "metrics.json").read_text())["models"][0]
            assert metrics["trained"]["processes"] == processes and metrics["options"]["shards"] == 8
    run(launcher(2) + command("compare", folder / "4-1", *options))
    assert learned(folder / "4-1") == expected  # taken from there by both

    # What is added by MPI_Iallreduce differs in rounding.
    fast = ["--epochs", "3", "--models", "fc"]
    for processes in (1, 2, 3):
        run(launcher(processes) + command("compare", folder / f"fast-{processes}", *fast))
    losses = [json.loads((folder / f"fast-{n}" / "metrics.json").read_text())["models"][0]["test_loss"]
              for n in (1, 2, 3)]
    print("test losses of 1, 2 and 3 processes:", losses)
    assert max(losses) - min(losses) < 1e-5


def mistakes(folder):
    another = ["sh", "-c", '[ "$OMPI_COMM_WORLD_RANK$PMI_RANK" = 1 ] && set -- "$@" --lr 0.5; exec "$@"', "sh"]
    out = folder / "out"
    for wrapper, options, message in (
            ([], ["--epochs", "0"], "rank 0: variational_autoencoder: --epochs: 0 is not a number from 1 to 1000000\n"),
            ([], ["--shards", "2"], "rank 0: variational_autoencoder: DataParallel: reproducible needs a power of two "
             "of ranks, at most as many as shards, got 4 ranks and 2 shards\n"),
            ([], ["--epochs", "20", "--lr", "10"], "rank 0: variational_autoencoder: VAE: the loss is no longer a "),
            ([], ["--data", str(folder / "none")], "rank 0: variational_autoencoder: FashionMNIST not found: no "),
            (another, [], "rank 0: variational_autoencoder: distributed: rank 1 has options {")):
        begun = time.monotonic()
        result = run(launcher(4) + wrapper + command("variational_autoencoder", out, *options), expected=None)
        seconds = time.monotonic() - begun
        print(f"{' '.join(options)}: {seconds:.1f} s")
        assert seconds < LIMIT
        assert message in result.stderr, result.stderr
        assert sum("variational_autoencoder: " in line for line in result.stderr.splitlines()) == 1, result.stderr
        assert not (out / "model.safetensors").exists()

    # A disk that is full, for rank 0 alone: no file may be larger than a limit, which comes when MPI has made its own.
    process = start(launcher(4) + command("variational_autoencoder", out, "--epochs", "20"))
    process.stdout.readline()
    resource.prlimit(ranks_of(process)[0], resource.RLIMIT_FSIZE, (1 << 18, 1 << 18))
    _, errors = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "model.safetensors: cannot be written: File too large\n" in errors, errors
    assert errors.count("variational_autoencoder: ") == 1, errors
    assert not (out / "model.safetensors").exists()


def wait_for(file, process):
    while not file.exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


def signals(folder):
    for mode in (["--shards", "8"], []):
        program, name = ("variational_autoencoder", "VAE") if mode else ("fc_autoencoder", "FC-AE")
        # Mpirun takes half a second to tell the processes, in which they must not come to their end.
        options = [*mode, "--epochs", "100", "--checkpoint-every", "1", "--resume"]
        unbroken, out = folder / f"unbroken{len(mode)}", folder / f"out{len(mode)}"
        run(command(program, unbroken, *options))
        for processes, number in ((4, signal.SIGTERM), (2, signal.SIGINT)):
            checkpoint = out / "checkpoint.safetensors"
            if checkpoint.exists():
                checkpoint.unlink()  # the one before is taken
            process = start(launcher(processes) + command(program, out, *options))
            wait_for(checkpoint, process)
            process.send_signal(number)
            begun = time.monotonic()
            printed, errors = process.communicate(timeout=60)
            seconds = time.monotonic() - begun
            print(f"{processes} processes: exit status {process.returncode} after {seconds:.1f} s")
            assert process.returncode != 0 and seconds < LIMIT
            assert f"rank 0: {program}: stopped by SIGTERM; --resume goes on from there\n" in errors, errors
            assert processes == 4 or f"{name}: goes on with epoch " in printed, printed
        resumed = run(command(program, out, *options)).stdout
        assert f"{name}: goes on with epoch " in resumed, resumed
        if mode:
            assert learned(out) == learned(unbroken)
            other = launcher(2) + command(program, out, *options[2:], "--shards", "4")
            assert "--shards (shards was 8, is 4)" in run(other, expected=None).stderr
        else:
            losses = [json.loads((f / "metrics.json").read_text())["test_loss"] for f in (out, unbroken)]
            assert abs(losses[0] - losses[1]) < 1e-5, losses


def kills(folder, count, seed):
    numbers = random.Random(seed)
    models = numbers.sample(sorted(MODELS), len(MODELS))
    killed = 0
    for number, program in enumerate(models[:count]):
        options = ["--epochs", str(MODELS[program]), "--shards", "4", "--resume", "--checkpoint-every"]
        unbroken = folder / program / "unbroken"
        run(command(program, unbroken, *options, "100"))
        expected = learned(unbroken)
        wanted = count * (number + 1) // min(count, len(models)) - killed
        processes, attempt, seconds = 4, 0, 2.0
        while wanted > 0:
            attempt += 1
            out = folder / program / str(attempt)
            while True:
                there = (out / "checkpoint.safetensors").exists()  # or it was about to take the place of the one before
                process = start(launcher(processes) + command(program, out, *options, str(numbers.randint(1, 4))))
                try:
                    printed, errors = process.communicate(
                        timeout=numbers.uniform(0.3, seconds) if wanted > 0 else 300)
                    assert process.returncode == 0, printed + errors
                    ended = True
                except subprocess.TimeoutExpired:
                    ended = False
                    victims = ranks_of(process)
                    rank = numbers.choice(sorted(victims)) if victims else None
                    if victims:
                        os.kill(victims[rank], signal.SIGKILL)
                    begun = time.monotonic()
                    printed, errors = process.communicate(timeout=60 if victims else 300)
                    took = time.monotonic() - begun
                    if process.returncode == 0:  # it came after the end
                        ended = True
                    else:
                        assert took < LIMIT, f"all ended after {took:.1f} s"
                        assert f"rank {rank} " in errors, errors
                        wanted, killed, seconds = wanted - 1, killed + 1, seconds * 1.1
                        print(f"{program}: rank {rank} of {processes}, all ended after {took:.1f} s")
                assert not there or "The checkpoint before is taken" not in printed, printed
                processes = numbers.choice([n for n in (1, 2, 4) if n != processes])
                if ended:
                    break
            assert learned(out) == expected, f"{program}: other results than those of the unbroken run"
            assert not list(out.glob(".latent-*"))
    print(f"{killed} kills, the same results")

    out = folder / "by itself"
    process = start([str(pathlib.Path(__file__).parents[2] / "examples/distributed/restart.sh"), *launcher(2),
                     *command(program, out, *options[:-2], "--checkpoint-every", "1")])
    wait_for(out / "checkpoint.safetensors", process)
    os.kill(children_of(process)[0], signal.SIGKILL)  # mpirun itself
    printed, errors = process.communicate(timeout=300)
    assert process.returncode == 0 and "goes on from the last checkpoint" in errors, printed + errors
    assert learned(out) == expected
    print("restarted by itself")


mpiexec, bin, data = sys.argv[2], pathlib.Path(sys.argv[3]).resolve(), str(pathlib.Path(sys.argv[4]).resolve())
with tempfile.TemporaryDirectory() as name:
    tests = {"same_bits": same_bits, "mistakes": mistakes, "signals": signals}
    if sys.argv[1] == "kills":
        kills(pathlib.Path(name), int(sys.argv[5]), int(sys.argv[6]) if len(sys.argv) > 6 else 1)
    else:
        tests[sys.argv[1]](pathlib.Path(name))
