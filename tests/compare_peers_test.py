"""compare_peers.py reads its options, chooses settings and prints tables, with peers that are made up."""

import contextlib
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import compare_peers
from peers import tables, timing
from peers.cells import CORES, Cell, cells_of


def run(milliseconds, **more):
    return dict(seconds=milliseconds / 1e3, memory_mb=100) | more


def ours(milliseconds, threads):
    return run(milliseconds, flops=2e8, threads=threads)


ROW = dict(
    cell=["training", "fc", 64, [1, 2]],
    runs={"latent": {"1 thread": [ours(9, 1)] * 3, "2 threads": [ours(2, 2), ours(4, 2), ours(5, 2)]},
          "PyTorch": {"2 threads, eager": [run(8), run(8), run(50)], "2 threads, compile": [run(9), run(9), run(9)]},
          "JAX": {}},
    state=[dict(message_ns=40.2, load=0.5), dict(message_ns=None, load=1.5), dict(message_ns=180.4, load=1)],
    peaks={"1": 5e10, "2": 1e11}, memory_mb={"latent": 60.4, "PyTorch": 300})


def refused(*arguments):
    """What it says to options that make no sense."""
    text = io.StringIO()
    with contextlib.redirect_stderr(text):
        try:
            compare_peers.parse(list(arguments))
        except SystemExit as end:
            return f"{end.code}: {text.getvalue().splitlines()[-1]}"
    return "taken"


class Options(unittest.TestCase):
    def test_lists_are_read(self):
        options = compare_peers.parse(["--models", "fc,rnn", "--batch", "1,64", "--peers", "jax", "--seconds", "0.2"])
        self.assertEqual((options.models, options.batch, options.peers, options.seconds),
                         (["fc", "rnn"], [1, 64], ["jax"], 0.2))

    def test_what_makes_no_sense_is_refused(self):
        for arguments, said in [(["--models", "fc,gan"], "gan: not one of fc, cnn, sparse, rnn, vae"),
                                (["--peers", "torch"], "not one of pytorch, jax, onnxruntime, openvino"),
                                (["--batch", "0"], "argument --batch"), (["--batch", "many"], "argument --batch"),
                                (["--rounds", "0"], "argument --rounds"), (["--seconds", "-1"], "argument --seconds"),
                                (["--show"], "--show needs --json FILE")]:
            with self.subTest(arguments):
                self.assertRegex(refused(*arguments), f"2: .*{said}")

    def test_cells_are_those_of_the_tables(self):
        everything = list(cells_of(["training", "inference", "tiny"], ["fc", "cnn", "sparse", "rnn", "vae"], None))
        counts = len({1, CORES})
        self.assertEqual(len(everything), 15 + 6 * counts + 1)
        self.assertEqual(everything[-1], Cell("tiny", "tiny", 32, (1,)))
        self.assertEqual([cell.batch for cell in cells_of(["training", "tiny"], ["vae"], [7])], [7, 32])

    def test_a_peer_that_is_missing_is_named_with_what_to_do(self):
        text = io.StringIO()
        peers = dict(there=SimpleNamespace(NAME="There", PACKAGES=["pip"]),
                     away=SimpleNamespace(NAME="Away", PACKAGES=["pip", "no-such-thing==1.5"]))
        with mock.patch.object(compare_peers, "PEERS", peers), contextlib.redirect_stdout(text), \
                mock.patch.object(compare_peers.machine, "version_of", lambda package: package == "pip"):
            self.assertEqual(compare_peers.installed(["there", "away"]), ["there"])
        self.assertEqual(text.getvalue(), "Away is left out: pip install no-such-thing==1.5\n")


class Comparing(unittest.TestCase):
    def test_two_fastest_settings_run_in_turn_with_latent(self):
        calls = []

        def takes(name, milliseconds):
            def measure(seconds):
                calls.append((name, seconds))
                return run(milliseconds)
            return measure

        contenders = {"latent": {"one": takes("one", 4), "two": takes("two", 5)},
                      "Peer": {"a": takes("a", 30), "b": takes("b", 10), "c": takes("c", 12), "d": takes("d", 12.5),
                               "e": lambda seconds: dict(error="no compiler")}}
        with contextlib.redirect_stderr(io.StringIO()) as said:
            result = compare_peers.compare(contenders, 2, 2)
        self.assertEqual(calls[6:], [(name, 2) for name in ["one", "two", "b", "c"] * 2])
        self.assertEqual({seconds for _, seconds in calls[:6]}, {1})
        self.assertEqual({name: len(runs) for name, runs in result["runs"]["Peer"].items()}, {"b": 2, "c": 2})
        self.assertEqual(said.getvalue(), "Peer, e, is left out: no compiler\n")

    def test_a_setting_far_behind_in_the_trial_is_tried_no_more(self):
        self.assertEqual(compare_peers.finalists({"slow": 1.31, "fast": 1}), ["fast"])
        self.assertEqual(compare_peers.finalists({"near": 1.29, "fast": 1, "third": 1.295}), ["fast", "near"])
        self.assertEqual(compare_peers.finalists({}), [])

    def test_a_setting_that_fails_later_is_left_out(self):
        answers = [run(1), run(1), dict(error="died"), run(1)]
        with contextlib.redirect_stderr(io.StringIO()) as said:
            result = compare_peers.compare({"Peer": {"a": lambda seconds: answers.pop(0)}}, 1, 3)
        self.assertEqual(result["runs"], {"Peer": {}})
        self.assertEqual(said.getvalue(), "Peer, a, is left out: died\n")


class Tables(unittest.TestCase):
    def test_best_setting_of_each_and_ratios_round_by_round(self):
        found = tables.summary(ROW)
        self.assertEqual(found["latent"]["setting"], "2 threads")
        self.assertEqual(found["PyTorch"]["setting"], "2 threads, eager")
        self.assertEqual([round(ratio, 6) for ratio in found["PyTorch"]["ratios"]], [4, 2, 10])
        self.assertNotIn("JAX", found)

    def test_line(self):
        # 200 MFLOP in 4 ms are 50 GFLOP/s, half of the peak of two threads
        self.assertEqual(tables.line(ROW, ["PyTorch", "JAX"]),
                         "| fc | 64 | 2 threads | 4 (2 to 5) | 50 % | 8 (8 to 50) | 2 threads, eager | 4 (2 to 10) "
                         "| - | - | - | 110 (40 to 180) | 1 (0.5 to 1.5) |")

    def test_tables_are_rectangular(self):
        text = tables.tables([ROW, ROW | dict(cell=["tiny", "tiny", 32, [1]])])
        for block in text.split("\n\n"):
            lines = [line for line in block.splitlines() if line.startswith("|")]
            self.assertEqual(len({line.count("|") for line in lines}), 1 if lines else 0, block)
        self.assertIn("Memory of a process, at most: latent 60 MB, PyTorch 300 MB", text)
        self.assertIn("latent, us", text)

    def test_numbers_keep_their_digits(self):
        self.assertEqual(tables.spread([1234.5]), "1234")
        self.assertEqual(tables.spread([0.0123, 0.01, 0.2]), "0.0123 (0.01 to 0.2)")


class Files(unittest.TestCase):
    def test_pieces_are_put_together(self):
        with tempfile.TemporaryDirectory() as folder:
            path, here = Path(folder, "results.json"), dict(processor="a", versions={})
            compare_peers.Results(path, here).add(ROW)
            other = ROW | dict(cell=Cell("training", "cnn", 64, (1, 2)))
            compare_peers.Results(path, here).add(other)
            compare_peers.Results(path, here).add(ROW | dict(state=[]))
            rows = json.loads(path.read_text())["rows"]
            self.assertEqual([(row["cell"][1], len(row["state"])) for row in rows], [("cnn", 3), ("fc", 0)])
            self.assertEqual(sorted(Path(folder).iterdir()), [path])
            with self.assertRaisesRegex(SystemExit, "was measured on another machine, a"):
                compare_peers.Results(path, dict(processor="b"))

    def test_rows_are_shown_in_the_order_of_the_tables(self):
        cells = [("tiny", "tiny", 32, [1]), ("training", "vae", 64, [1, 2]), ("training", "fc", 256, [1, 2]),
                 ("training", "cnn", 64, [1, 2])]
        text = tables.tables([ROW | dict(cell=list(cell)) for cell in cells])
        order = [text.index(f"| {cell[1]} | {cell[2]} |") for cell in (cells[3], cells[1], cells[2], cells[0])]
        self.assertEqual(order, sorted(order))


class Timing(unittest.TestCase):
    def test_seconds_of_a_step(self):
        clock = mock.Mock(side_effect=[0] * 9 + [0, 4, 10, 12, 20, 26, 30, 32, 40, 50])
        with mock.patch.object(timing.time, "perf_counter", clock):
            found = timing.time_calls(lambda: None, 1, steps=2)
        self.assertEqual(found, dict(seconds=2, best=1, steps=10, quartiles=[1, 3]))


if __name__ == "__main__":
    unittest.main()
