"""PyTorch: eager and compiled, kinds of Adam, bfloat16 by autocast, images with the channels last."""
import functools
import gzip
import pathlib

from .cells import TINY_STEPS

NAME = "PyTorch"
PACKAGES = ["torch==2.13.0", "numpy"]
MODES = ["training", "inference", "tiny"]


def settings(cell):
    layouts = [["channels-last"]] if cell.model == "cnn" else []
    if cell.mode == "inference":
        eager = [[], ["bfloat16"], *layouts]
        compiled = eager + [["frozen"]]
    elif cell.mode == "training":
        eager = compiled = [[]] + [["fused Adam", *more] for more in ([], ["bfloat16"], *layouts)]
    else:
        eager = [[], ["fused Adam"]]
        compiled = eager + [["compiled Adam"]]
    return [["eager", *words] for words in eager] + [["compile", *words] for words in compiled]


@functools.cache
def images_of(data):
    """The training images, [60000, 1, 28, 28], ready as floats."""
    import numpy
    import torch

    with gzip.open(pathlib.Path(data) / "train-images-idx3-ubyte.gz") as file:
        pixels = numpy.frombuffer(file.read(), numpy.uint8, offset=16).reshape(-1, 1, 28, 28)
    return torch.from_numpy(pixels.copy()).float().div_(255)


def batches_of(cell, data, layout):
    """Endless batches: images picked in random order; the tiny network's lies ready."""
    import torch

    if cell.mode == "tiny":
        batch = torch.randn(cell.batch, 10), torch.randn(cell.batch, 1)
        while True:
            yield batch
    images = images_of(data).contiguous(memory_format=layout)
    while True:
        order = torch.randperm(len(images))
        for first in range(0, len(order) - cell.batch + 1, cell.batch):
            yield (images[order[first:first + cell.batch]],)


def prepare(cell, threads, setting, data):
    import torch

    from .torch_models import MODELS

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    layout = torch.channels_last if "channels-last" in setting else torch.contiguous_format
    model = MODELS[cell.model]().to(memory_format=layout)
    run = model if cell.mode == "inference" else model.loss
    if "compile" in setting:
        run = torch.compile(run, dynamic=False, options={"freezing": True} if "frozen" in setting else None)
    if "bfloat16" in setting:
        run = torch.autocast("cpu", torch.bfloat16)(run)

    if cell.mode == "inference":
        model.eval()
        x = torch.rand(cell.batch, 1, 28, 28).contiguous(memory_format=layout)

        def infer():
            with torch.inference_mode():
                run(x)

        return infer, 1

    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused="fused Adam" in setting)
    update = torch.compile(optimizer.step) if "compiled Adam" in setting else optimizer.step
    batches = batches_of(cell, data, layout)
    steps = TINY_STEPS if cell.mode == "tiny" else 1

    def train():
        for _ in range(steps):
            optimizer.zero_grad(set_to_none=True)
            run(*next(batches)).backward()
            update()

    return train, steps
