#!/usr/bin/env python3
"""Times latent, PyTorch and JAX in turn, and for inference ONNX Runtime and OpenVINO as well, and prints tables.

    python3 benchmarks/compare_peers.py --json results.json           # everything, about 45 minutes on two cores
    python3 benchmarks/compare_peers.py --modes training --models rnn --batch 64 --peers pytorch
    python3 benchmarks/compare_peers.py --show --json results.json    # the tables of what is there, nothing measured

    training    whole steps of the five autoencoders, with 1 or all threads: forward, loss, backward, Adam. latent's
                fetch and scale the batch as well, PyTorch's pick it from floats, JAX's batches lie ready
    inference   three of them without gradients, 1 thread and all threads apart, on a batch that lies ready
    tiny        training steps of a network of 10, 32, 32 and 1 numbers, one thread

Each setting of a peer (eager or compiled, kinds of Adam, bfloat16 by autocast, order of the channels) is tried once;
the two fastest then run in turn with latent, round by round. A ratio is one of two times of the same round: more than 1
says that latent is faster. Numbers are medians over the rounds, in brackets the smallest and the largest; each of a
round is a median itself. MFU is the share of the arithmetic peak that the multiply-adds alone need. The state of the
machine is measured before each run of latent: the time that a cache line takes from core to core, and the load. --json
adds to a file that is there, so that a comparison can be made in pieces.

Needs a release build of bench_training, bench_inference and bench_networks. Peers that are not installed are left out.
"""
import argparse
import contextlib
import json
import os
import pathlib
import statistics
import sys

from peers import machine, tables, with_jax, with_onnxruntime, with_openvino, with_pytorch
from peers.cells import MODELS, cells_of
from peers.timing import program_of, run_latent
from peers.worker import Worker

HERE = pathlib.Path(__file__).resolve().parent
DEFAULT_DATA = os.environ.get("FASHION_MNIST_DIR", "/usr/share/datasets/fashion-mnist")
PEERS = dict(pytorch=with_pytorch, jax=with_jax, onnxruntime=with_onnxruntime, openvino=with_openvino)
PROGRAMS = dict(training="bench_training", inference="bench_inference", tiny="bench_networks")
FINALISTS, NEARLY = 2, 1.3  # a setting this much slower in the trial is not the fastest in truth
TRIAL = 0.5  # of the time of a round


def label_of(threads, setting=()):
    return ", ".join(["1 thread" if threads == 1 else f"{threads} threads", *setting])


class Measurer:
    """Measures settings of latent and its peers for one cell; its workers end with it."""

    def __init__(self, cell, options, stack):
        self.cell, self.options, self.stack, self.workers = cell, options, stack, {}
        self.peaks, self.state = {}, []

    def latent(self, threads, seconds):
        arguments = ["--threads", threads, "--seconds", seconds]
        if self.cell.mode == "tiny":
            arguments += ["--networks", self.cell.model]
        else:
            arguments += ["--models", self.cell.model, "--batch", self.cell.batch]
        if self.cell.mode == "training":
            arguments += ["--data", self.options.data]
        all_of_it, memory = run_latent(self.options.bin / PROGRAMS[self.cell.mode], *arguments)
        self.peaks[str(threads)] = max(self.peaks.get(str(threads), 0), all_of_it["peak_flops"])
        self.state.append({key: all_of_it[key] for key in ("message_ns", "load")})
        return all_of_it["results"][0] | dict(threads=threads, memory_mb=memory)

    def peer(self, peer, threads, setting, seconds):
        worker = self.workers.get((peer, threads))
        if not worker:
            worker = self.workers[peer, threads] = Worker(PEERS[peer].__name__.split(".")[-1], threads, HERE)
            self.stack.callback(worker.close)
        return worker.ask(dict(cell=self.cell, setting=setting, data=self.options.data, seconds=seconds))

    def contenders(self):
        """For latent and each peer: label of a setting -> a function that measures it for so many seconds."""
        result = {tables.OURS: {label_of(threads): lambda seconds, threads=threads: self.latent(threads, seconds)
                                for threads in self.cell.threads}}
        for peer in self.options.peers:
            if self.cell.mode in PEERS[peer].MODES:
                result[PEERS[peer].NAME] = {
                    label_of(threads, setting): lambda seconds, task=(peer, threads, setting): self.peer(*task, seconds)
                    for threads in self.cell.threads for setting in PEERS[peer].settings(self.cell)}
        return result


def finalists(tried):
    """The settings that may be a peer's fastest, given what each took in the trial."""
    fastest = sorted(tried, key=tried.get)[:FINALISTS]
    return [name for name in fastest if tried[name] <= NEARLY * tried[fastest[0]]]


def compare(contenders, seconds, rounds):
    """Runs in turn: for latent and each peer the settings that may be its fastest, and what each round measured."""
    runs, memory, trials = {}, {}, {}

    def run(name, setting, length):
        """What was measured, or None if that setting cannot run."""
        result = contenders[name][setting](length)
        if "error" in result:
            print(f"{name}, {setting}, is left out: {result['error']}", file=sys.stderr)
            return None
        return result

    for name, settings in contenders.items():
        trials[name] = {}
        for setting in settings:
            if result := run(name, setting, TRIAL * seconds):
                trials[name][setting] = result["seconds"]
                memory.setdefault(name, result["memory_mb"])
        runs[name] = {setting: [] for setting in finalists(trials[name])}
    for _ in range(rounds):
        for name, settings in runs.items():
            for setting in list(settings):
                if result := run(name, setting, seconds):
                    settings[setting].append(result)
                else:
                    del settings[setting]
    return dict(runs=runs, trials=trials, memory_mb=memory)


def measure(cell, options):
    with contextlib.ExitStack() as stack:
        measurer = Measurer(cell, options, stack)
        row = compare(measurer.contenders(), options.seconds, options.rounds)
    return dict(cell=cell, **row, state=measurer.state, peaks=measurer.peaks)


class Results:
    """All rows, and the file that has them."""

    def __init__(self, path, here):
        self.path, self.rows, self.machine = path, [], here
        if path and path.exists():
            before = json.loads(path.read_text())
            if here and before["machine"]["processor"] != here["processor"]:
                sys.exit(f"compare_peers: {path} was measured on another machine, {before['machine']['processor']}")
            self.rows, self.machine = before["rows"], here or before["machine"]

    def add(self, row):
        """A row takes the place of one of the same cell. The file is replaced whole."""
        row = json.loads(json.dumps(row))
        self.rows = [one for one in self.rows if one["cell"] != row["cell"]] + [row]
        if self.path:
            new = self.path.with_suffix(".new")
            new.write_text(json.dumps(dict(machine=self.machine, rows=self.rows), indent=1) + "\n")
            new.replace(self.path)
        return row


def installed(names):
    """Those peers whose packages are there; of the others a line says how to get them."""
    result = []
    for name in names:
        missing = [package for package in PEERS[name].PACKAGES if not machine.version_of(package)]
        if missing:
            print(f"{PEERS[name].NAME} is left out: pip install {' '.join(missing)}")
        else:
            result.append(name)
    return result


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)

    def names(known):
        def read(text):
            chosen = text.split(",")
            if unknown := sorted(set(chosen) - set(known)):
                raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: not one of {', '.join(known)}")
            return chosen
        return read

    def batches(text):
        numbers = [int(number) for number in text.split(",")]
        if min(numbers) < 1:
            raise ValueError
        return numbers

    def positive(text):
        if int(text) < 1:
            raise ValueError
        return int(text)

    def length(text):
        if not 0 <= float(text) < 1e6:
            raise ValueError
        return float(text)

    parser.add_argument("--modes", type=names(MODELS), default=list(MODELS), help="some of " + ",".join(MODELS))
    parser.add_argument("--models", type=names(MODELS["training"]), default=MODELS["training"],
                        help="some of " + ",".join(MODELS["training"]))
    parser.add_argument("--batch", type=batches, help="images a step, instead of 64,256,1024 for training and 1,64 for "
                        "inference")
    parser.add_argument("--peers", type=names(PEERS), default=list(PEERS), help="some of " + ",".join(PEERS))
    parser.add_argument("--seconds", type=length, default=1, help="of a setting in a round; half of it in its trial")
    parser.add_argument("--rounds", type=positive, default=3)
    parser.add_argument("--bin", type=pathlib.Path, default=HERE.parent / "build/release/bin",
                        help="folder with latent's programs")
    parser.add_argument("--data", default=DEFAULT_DATA, help="folder with FashionMNIST")
    parser.add_argument("--json", type=pathlib.Path, help="file for everything that was measured")
    parser.add_argument("--show", action="store_true", help="print the tables of --json and measure nothing")
    options = parser.parse_args(arguments)
    if options.show and not (options.json and options.json.exists()):
        parser.error("--show needs --json FILE, a file that is there")
    options.data = str(pathlib.Path(options.data).resolve())
    return options


def main():
    options = parse(sys.argv[1:])
    if options.show:
        results = Results(options.json, None)
        print(machine.sentence(results.machine) + "\n" + tables.tables(results.rows))
        return
    cells = list(cells_of(options.modes, options.models, options.batch))
    if not cells:
        sys.exit(f"compare_peers: {','.join(options.modes)} has none of {','.join(options.models)}")
    for mode in options.modes:
        program_of(options.bin, PROGRAMS[mode])
    options.peers = installed(options.peers)
    here = machine.describe([PEERS[name] for name in options.peers])
    print(machine.sentence(here), flush=True)
    results = Results(options.json, here)
    rows, mode = [], None
    for cell in cells:
        peers = [PEERS[name].NAME for name in options.peers if cell.mode in PEERS[name].MODES]
        if cell.mode != mode:
            mode = cell.mode
            print(tables.heading(mode, peers))
        rows.append(results.add(measure(cell, options)))
        print(tables.line(rows[-1], peers), flush=True)
    for mode in options.modes:
        if chosen := [row for row in rows if row["cell"][0] == mode]:
            print(f"\n{mode.capitalize()}. {tables.memory(chosen)}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
