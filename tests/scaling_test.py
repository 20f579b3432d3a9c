"""scaling.py predicts steps by the formula of docs/scaling.md: expectations are calculated by hand."""

import math
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import scaling

MACHINE = {"least_work": 1e5, "region_seconds": {"2": 1e-6, "4": 3e-6}, "line_ns": 10}


def model(**parts):
    return {"outside": 0, "regions": [], "numbers_whole": 0, "numbers_parts": 0} | parts


class Sharers(unittest.TestCase):
    def test_threads_are_as_many_as_there_are_tasks_and_worthwhile_work(self):
        self.assertEqual(scaling.sharers({"tasks": 6, "work": 1e6}, 64, 1e5), 6)
        self.assertEqual(scaling.sharers({"tasks": 6, "work": 1e6}, 4, 1e5), 4)
        self.assertEqual(scaling.sharers({"tasks": 50, "work": 7000}, 64, 1e5), 3)
        self.assertEqual(scaling.sharers({"tasks": 1, "work": 1e9}, 64, 1e5), 1)
        self.assertEqual(scaling.sharers({"tasks": 9, "work": 10}, 64, 1e5), 1)
        self.assertEqual(scaling.sharers({"tasks": 0, "work": 10}, 64, 1e5), 1)


class RegionCost(unittest.TestCase):
    def test_is_what_was_measured_and_grows_beyond_from_the_most_threads(self):
        cost = lambda threads, growth: scaling.region_cost(threads, MACHINE["region_seconds"], growth)
        self.assertEqual(cost(1, math.log2), 0)
        self.assertEqual(cost(2, math.log2), 1e-6)
        self.assertAlmostEqual(cost(16, math.log2), 6e-6)
        self.assertAlmostEqual(cost(16, float), 12e-6)

    def test_one_core_is_refused(self):
        with self.assertRaisesRegex(SystemExit, "at least two cores expected"):
            scaling.region_cost(2, {}, math.log2)


class Predicted(unittest.TestCase):
    def test_one_thread_takes_what_it_took(self):
        step = model(outside=1e-3, regions=[{"tasks": 7, "work": 1e6, "seconds": 2e-3}], numbers_whole=1e6)
        self.assertAlmostEqual(sum(scaling.predicted(step, 1, MACHINE, math.log2).values()), 3e-3)

    def test_the_last_task_is_waited_for_and_lines_come_from_the_others(self):
        step = model(outside=1e-3, numbers_whole=1600, numbers_parts=6400,
                     regions=[{"tasks": 7, "work": 1e6, "seconds": 7e-3}, {"tasks": 1, "work": 1e6, "seconds": 5e-3},
                              {"tasks": 0, "work": 1, "seconds": 1e-7}])
        parts = scaling.predicted(step, 4, MACHINE, math.log2)
        self.assertEqual(parts["outside"], 1e-3)
        self.assertAlmostEqual(parts["tasks"], 2e-3 + 5e-3)
        self.assertAlmostEqual(parts["regions"], 3e-6)
        self.assertAlmostEqual(parts["lines"], 150e-8)  # (1600 + 6400 / 4) * 3 / 4 numbers, 150 lines of 10 ns


if __name__ == "__main__":
    unittest.main()
