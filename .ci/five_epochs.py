"""Compares the metrics of a run of five epochs with the table in README.md:

    five_epochs.py README.md METRICS.JSON

Another instruction set rounds otherwise, and training magnifies that as it would another seed. So each number may
differ by 8 %, the most by which seeds differ in docs/study.md, and by half of the table's last digit.
"""

import json
import re
import sys
from pathlib import Path

readme, metrics = map(Path, sys.argv[1:])
table = re.search(r"<!-- five epochs -->\n(.*?)<!-- end -->", readme.read_text(encoding="utf-8"), re.DOTALL)[1]
rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
measured = {model["name"]: model for model in json.loads(metrics.read_text())["models"]}

names = [row[0].split(",")[0] for row in rows]
if sorted(names) != sorted(measured):
    sys.exit(f"README.md has the models {sorted(names)}, the run {sorted(measured)}")
failed = 0
for name, row in zip(names, rows):
    for key, written in zip(("train_loss", "test_loss", "test_mse"), map(float, row[2:])):
        value = measured[name][key]
        good = abs(value - written) <= 0.08 * written + 0.00005
        failed += not good
        print(f"{name:10} {key:10} README {written:.4f}, measured {value:.6f}{'' if good else '  too far off'}")
sys.exit(1 if failed else 0)
