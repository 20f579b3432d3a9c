"""Takes the weights of the five models from latent to PyTorch and back.

    python3 tests/pytorch/round_trip.py PROGRAM DATA

PROGRAM is tests/pytorch/weights.cpp built, DATA the folder of the test images. Ends with status 77, and a line that
says why, where PyTorch or safetensors are not installed.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import torch
    from safetensors.torch import load_file, save_file
except ImportError as missing:
    print(f"skipped: {missing.name} is not installed")
    sys.exit(77)

sys.path.insert(0, str(Path(__file__).parents[1] / "fixtures"))
sys.dont_write_bytecode = True
from models import MODELS  # noqa: E402

PROGRAM, DATA = sys.argv[1:]


def run(name, weights, folder):
    """What latent writes: its weights and the images with their reconstructions."""
    out = [folder / "weights.safetensors", folder / "reconstructions.safetensors"]
    subprocess.run([PROGRAM, name, DATA, str(weights), *map(str, out)], check=True)
    return map(load_file, out)


def expect_equal_reconstructions(model, images, what):
    with torch.no_grad():
        x = images["x"].reshape(-1, 1, 28, 28)
        error = (model(x).reshape_as(images["y"]) - images["y"]).abs().max().item()
    print(f"{what}: reconstructions of {len(x)} images differ by at most {error:.1e}")
    if not error < 2e-6:
        sys.exit(f"{what}: reconstructions differ by {error}")


def main():
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name, model_type in MODELS.items():
            # Learned by latent, loaded by PyTorch.
            weights, images = run(name, "new", folder)
            model = model_type()
            model.load_state_dict(weights, strict=True)
            expect_equal_reconstructions(model, images, f"{name} from latent")

            # From PyTorch to latent and back, also as other types of numbers.
            torch.manual_seed(1)
            for dtype in (torch.float32, torch.float64, torch.float16, torch.bfloat16):
                model = model_type().to(dtype)
                save_file(model.state_dict(), folder / "in.safetensors", {"from": "PyTorch"})
                weights, images = run(name, folder / "in.safetensors", folder)
                model = model.float()
                for key, value in model.state_dict().items():
                    if not torch.equal(value, weights.pop(key)):
                        sys.exit(f"{name} from {dtype}: {key} came back changed")
                if weights:
                    sys.exit(f"{name} from {dtype}: latent added {list(weights)}")
                expect_equal_reconstructions(model, images, f"{name} from PyTorch, {dtype}")


main()
