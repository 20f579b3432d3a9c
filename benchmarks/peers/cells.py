"""What is measured: the cells of the tables."""
import os
from typing import NamedTuple

MODELS = {"training": ["fc", "cnn", "sparse", "rnn", "vae"], "inference": ["fc", "cnn", "rnn"], "tiny": ["tiny"]}
BATCHES = {"training": [64, 256, 1024], "inference": [1, 64], "tiny": [32]}
TINY_STEPS = 100  # timed together by peers, for which reading the clock would be a part of one
CORES = len(os.sched_getaffinity(0))


class Cell(NamedTuple):
    mode: str
    model: str
    batch: int
    threads: tuple  # to choose from


def cells_of(modes, models, batches):
    """All cells of some modes, in the order of the tables; batches, if told, are those of all but the tiny network."""
    for mode in modes:
        counts = (1,) if mode == "tiny" else tuple(sorted({1, CORES}))
        for batch in batches if batches and mode != "tiny" else BATCHES[mode]:
            for threads in [(count,) for count in counts] if mode == "inference" else [counts]:
                for model in MODELS[mode]:
                    if mode == "tiny" or model in models:
                        yield Cell(mode, model, batch, threads)
