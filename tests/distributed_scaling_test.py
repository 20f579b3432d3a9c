"""distributed_scaling.py predicts steps by the formulas of docs/distributed.md: expectations are calculated by hand."""

import sys
import unittest
import xml.etree.ElementTree
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import distributed_picture
import distributed_scaling as scaling

FREE = {"copy": 0, "add": 0}


def model(**parts):
    return {"name": "m", "seconds": 10, "bytes": [100], "ready": [8], "operations": [2, 8, 9]} | parts


def step(ranks=2, method="reproducible", network=scaling.Network(0, 0), machine=FREE, bucket=100, slower=1, **parts):
    return scaling.Step(model(**parts), ranks, method, network, machine, bucket, slower)


class Fit(unittest.TestCase):
    def test_a_line_is_found_and_its_relative_errors_count(self):
        latency, byte = scaling.fit([0, 1000, 10 ** 6], [5, 5 + 2000, 5 + 2e6])
        self.assertAlmostEqual(latency, 5)
        self.assertAlmostEqual(byte, 2)
        latency, byte = scaling.fit([1, 10, 1000], [1, 10, 2000])  # absolute errors would give -9 for the first
        self.assertLess(abs(latency + byte - 1), 0.1)


    def test_small_and_large_messages_have_a_line_each(self):
        mib = 2 ** 20
        small, large = scaling.fits([0, mib / 2, mib, 2 * mib], [1, 1 + mib / 2, 1 + mib, 1 + 4 * mib])
        self.assertAlmostEqual(small[1], 1)
        self.assertAlmostEqual(large[1], 3)


class Rounds(unittest.TestCase):
    def test_recursive_doubling_sends_all_in_each_of_log2_rounds(self):
        self.assertEqual(scaling.rounds("reproducible", 8, 24), [(24, True)] * 3)
        self.assertEqual(scaling.rounds("reproducible", 1, 24), [])

    def test_rabenseifner_sends_twice_all_but_a_part(self):
        parts = scaling.rounds("fast", 8, 24)
        self.assertEqual(parts, [(12, True), (6, True), (3, True), (3, False), (6, False), (12, False)])
        self.assertEqual(sum(size for size, _ in parts), 2 * 24 * 7 / 8)

    def test_alone_is_the_sum_of_its_rounds(self):
        network = scaling.Network(latency=1, byte=0.5, lines=[(0, 0.1)])
        self.assertAlmostEqual(scaling.alone("reproducible", 4, 100, network, 0.01), 2 * (1 + 50 + 1))
        self.assertAlmostEqual(scaling.alone("fast", 4, 100, network, 0.01), 4 + 150 * 0.5 + 75 * 0.01)
        self.assertAlmostEqual(scaling.alone("reproducible", 2, 100, scaling.Network(1, 0.5, [(1, 2)]), 0), 201)


class Buckets(unittest.TestCase):
    def test_are_filled_from_the_last_parameter_and_wait_for_their_last_gradient(self):
        parts = model(bytes=[40, 500, 30, 60, 50], ready=[9, 8, 7, 3, 4])
        self.assertEqual(scaling.buckets(parts, 120), [(110, 4), (30, 7), (500, 8), (40, 9)])


class Steps(unittest.TestCase):
    def test_a_network_that_takes_no_time_costs_nothing(self):
        self.assertEqual(step(1024).seconds, 10)
        self.assertEqual(scaling.step_seconds(model(), 1, "fast", scaling.Network(9, 9, [(9, 9)]), FREE, 100), 10)

    def test_what_the_wire_does_while_backward_goes_on_is_hidden(self):
        network = scaling.Network(latency=0.5, byte=0.02)
        hidden = step(network=network, ready=[2])  # there at 4.5
        self.assertEqual((hidden.seconds, hidden.waited), (10, 0))
        waiting = step(network=network, ready=[8])  # there at 10.5, behind the last operation at 9
        self.assertEqual((waiting.seconds, waiting.waited), (11.5, 1.5))

    def test_what_the_processor_does_is_not_hidden(self):
        late = step(network=scaling.Network(0, 0, [(0, 0.01)]), ready=[2], machine={"copy": 0.02, "add": 0.03})
        self.assertAlmostEqual(late.seconds, 10 + 1 + 2 + 3)
        self.assertEqual(late.waited, 0)

    def test_rounds_go_on_when_an_operation_ends(self):
        network = scaling.Network(latency=1, byte=0)
        self.assertEqual(step(4, network=network, ready=[2], operations=[2, 2.5, 9]).seconds, 11)  # 3 seen at 9, then 1
        self.assertEqual(step(4, network=network, ready=[2], operations=[2, 3.5, 9]).seconds, 10)

    def test_messages_of_two_buckets_follow_each_other_on_the_wire(self):
        network = scaling.Network(latency=1, byte=0.03)
        two = step(network=network, bytes=[100, 100], ready=[9, 9])  # there at 13 and 16
        self.assertEqual((two.seconds, two.waited), (17, 7))

    def test_reproducible_sums_are_waited_for_in_turn_and_fast_ones_at_once(self):
        network = scaling.Network(latency=1, byte=0)
        buckets = {"network": network, "bytes": [100, 100], "ready": [9, 9]}
        self.assertEqual(step(4, **buckets).seconds, 10 + 3)  # 2 rounds of the first, then the second's other one
        self.assertEqual(step(4, "fast", **buckets).seconds, 10 + 4)  # 4 rounds of both

    def test_processes_that_share_a_core_take_as_many_times_as_long(self):
        self.assertEqual(step(4, slower=2).seconds, 20)
        self.assertAlmostEqual(step(slower=2, network=scaling.Network(0, 0, [(0, 0.01)])).seconds, 22)


class Networks(unittest.TestCase):
    def test_have_the_processor_of_loopback_and_the_wire_of_their_name(self):
        lines = [(1e-5, 3e-10), (-1e-3, 1e-9)]
        found = scaling.networks({"fits": {"loopback TCP": {"exchange": lines}}}, 5e-6)
        self.assertEqual(list(found), list(distributed_picture.COLOURS))
        self.assertAlmostEqual(found["10 Gbit/s"].byte * 1.25e9, 1)
        self.assertAlmostEqual(found["25 Gbit/s"].latency, 15e-6)
        self.assertAlmostEqual(found["100 Gbit/s"].processor(1e6), 3e-4)
        self.assertAlmostEqual(found["100 Gbit/s"].processor(1e7), 9e-3 - 1e-5)
        self.assertEqual(found["100 Gbit/s, RDMA"].processor(1e7), 0)

    def test_of_this_machine_have_no_wire_and_add_within_the_round(self):
        network, machine = scaling.here({"add": 1, "copy": 2, "fits": {"loopback TCP": {"reproducible": [(3, 4)]}}},
                                        "loopback TCP")
        self.assertEqual((network, machine["add"], machine["copy"]), (scaling.Network(3, 0, [(3, 4)]), 0, 2))


class Picture(unittest.TestCase):
    def test_is_xml_with_a_line_for_each_curve_and_a_dot_for_each_point(self):
        curves = {"fc": {("10 Gbit/s", "reproducible"): [1, 0.5], ("10 Gbit/s", "fast"): [1, 0]}}
        points = [{"model": "fc", "ranks": 2, "transport": "shared memory", "efficiency": 0.75},
                  {"model": "fc", "ranks": 64, "transport": "shared memory", "efficiency": 0.75}]
        drawn = distributed_picture.panel("fc", [1, 2], curves["fc"], points, 100, 50)
        self.assertIn('<polyline points="100.0,50.0 350.0,135.0" fill="none" stroke="#b45309" stroke-width="2"/>', drawn)
        self.assertEqual(sum("<circle" in line for line in drawn), 1)
        self.assertTrue(any('cx="350.0" cy="92.5"' in line for line in drawn))
        root = xml.etree.ElementTree.fromstring(distributed_picture.svg([1, 2], curves, points))
        self.assertEqual(root.tag, "{http://www.w3.org/2000/svg}svg")


if __name__ == "__main__":
    unittest.main()
