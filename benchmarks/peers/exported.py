"""PyTorch's models as ONNX files, for the peers that only run models."""
import contextlib
import pathlib
import tempfile


def input_of(cell):
    import numpy

    return numpy.random.default_rng(1).random((cell.batch, 1, 28, 28), numpy.float32)


@contextlib.contextmanager
def onnx_file(cell):
    """The path of a model with one input, x, while it is needed."""
    import torch

    from .torch_models import MODELS

    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.onnx"
        torch.onnx.export(MODELS[cell.model]().eval(), (torch.from_numpy(input_of(cell)),), path, dynamo=False,
                          input_names=["x"], output_names=["y"])
        yield path
