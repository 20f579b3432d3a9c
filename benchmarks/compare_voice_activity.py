#!/usr/bin/env python3
"""Times Silero VAD by 13_voice_activity and by ONNX Runtime, on one thread each, in turn.

    pip install onnxruntime numpy && pip download silero-vad==6.2.3 --no-deps && unzip silero_vad-*.whl
    python3 benchmarks/compare_voice_activity.py silero_vad/data

Window by window, as from a microphone, and 512 windows at once, the most that the package's own function for whole
recordings takes. ONNX Runtime runs the package's models for the one and for the other. The recording is noise, since
what is in it changes no time. Weights differ between its files, but not their number.
"""
import argparse
import pathlib
import random
import re
import statistics
import subprocess
import tempfile
import time
import wave

HERE = pathlib.Path(__file__).resolve().parent
WINDOWS, AT_ONCE = 2048, 512


def time_latent(options, recording, at_once):
    """Microseconds for each window, as the program says."""
    outcome = subprocess.run(
        [options.program, options.data / "silero_vad_16k.safetensors", recording, str(at_once)],
        env={"OMP_NUM_THREADS": "1"}, capture_output=True, text=True, check=True)
    return float(re.search(r"([0-9.e+]+) us each", outcome.stderr)[1])


def session_of(path):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def time_onnx(session, at_once):
    """The same, by models of one window, or of many."""
    import numpy as np

    x = np.random.default_rng(1).normal(0, 0.1, (at_once, 576)).astype(np.float32)
    state, rate = np.zeros((2, 1, 128), np.float32), np.array(16000)
    start = time.perf_counter()
    for _ in range(WINDOWS // at_once):
        if at_once == 1:
            _, state = session.run(None, {"input": x, "state": state, "sr": rate})
        else:
            _, h, c = session.run(["speech_probs", "hn", "cn"], {"input": x, "h": state[0:1], "c": state[1:2]})
            state = np.concatenate([h, c])
    return 1e6 * (time.perf_counter() - start) / WINDOWS


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path, help="the folder silero_vad/data of the package")
    parser.add_argument("--program", default=HERE.parent / "build/release/bin/13_voice_activity")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    sessions = {1: session_of(options.data / "silero_vad.onnx"),
                AT_ONCE: session_of(options.data / "silero_vad_16k_sequence.onnx")}
    with tempfile.TemporaryDirectory() as folder:
        recording = pathlib.Path(folder) / "noise.wav"
        with wave.open(str(recording), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(16000)
            out.writeframes(random.Random(1).randbytes(2 * 512 * WINDOWS))
        times = {}
        for _ in range(options.rounds):
            for at_once, session in sessions.items():
                times.setdefault((at_once, "latent"), []).append(time_latent(options, recording, at_once))
                times.setdefault((at_once, "ONNX Runtime"), []).append(time_onnx(session, at_once))
    for at_once in sessions:
        ours, theirs = (times[at_once, name] for name in ("latent", "ONNX Runtime"))
        ratios = [b / a for a, b in zip(ours, theirs)]
        print(f"{at_once} at once: latent {statistics.median(ours):.0f} us a window (best {min(ours):.0f}), "
              f"ONNX Runtime {statistics.median(theirs):.0f} us (best {min(theirs):.0f}); "
              f"in {statistics.median(ratios):.2f} times the time (from {min(ratios):.2f} to {max(ratios):.2f})")


main()
