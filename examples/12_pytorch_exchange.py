"""PyTorch's part of 12_pytorch_exchange, which is started before it and after it.

    python3 examples/12_pytorch_exchange.py build/release/bin/12_pytorch_exchange

Ends with status 77, and a line that says why, where PyTorch or safetensors are not installed.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import torch
    from safetensors.torch import load_file, save_file
    from torch import nn
except ImportError as missing:
    print(f"skipped: {missing.name} is not installed")
    sys.exit(77)


class Block(nn.Module):
    def __init__(self, channels, out):
        super().__init__()
        self.conv = nn.Conv2d(channels, out, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(out)

    def forward(self, x):
        return self.norm(self.conv(x)).relu()


class Net(nn.Module):
    """Attributes have the names that Net::visit gives, and so the keys of both are the same."""

    def __init__(self):
        super().__init__()
        self.block1, self.block2 = Block(1, 8), Block(8, 16)
        self.pool = nn.MaxPool2d(2)
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 2))

    def forward(self, x):
        return self.head(self.pool(self.block2(self.pool(self.block1(x)))))


def main():
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        print(subprocess.run([sys.argv[1], "write", folder], check=True, capture_output=True, text=True).stdout, end="")

        model = Net()
        model.load_state_dict(load_file(folder / "model.safetensors"), strict=True)
        model.eval()
        batch = load_file(folder / "batch.safetensors")
        x = batch["x"].permute(0, 3, 1, 2)  # images are [N, H, W, C] there, and [N, C, H, W] here
        with torch.no_grad():
            difference = (model(x) - batch["y"]).abs().max().item()
        print(f"latent's model in PyTorch: logits differ by at most {difference:.1e}")
        assert difference < 1e-5 and model.block2.norm.num_batches_tracked == 50

        # Some steps here change weights and statistics.
        model.train()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
        for _ in range(3):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), torch.arange(len(x)) % 2).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            y = model(x)
        assert (y - batch["y"]).abs().max() > 1e-2
        save_file(model.state_dict(), folder / "model.safetensors")
        save_file({"x": batch["x"], "y": y}, folder / "batch.safetensors")
        answer = subprocess.run([sys.argv[1], "read", folder], check=True, capture_output=True, text=True).stdout
        print(f"PyTorch's model in latent: {answer}", end="")
        assert answer.startswith("after 53 batches ")
        assert float(re.search(r"differ by at most (\S+)", answer)[1]) < 1e-5


main()
