#!/usr/bin/env python3
"""Repeats everything that docs/study.md and the README's table report, and renews their tables and all pictures of docs.

    ./quickstart test            # builds the programs
    python3 docs/regenerate.py   # about an hour on two cores; what is trained already is not trained again
    python3 docs/regenerate.py --fresh   # all anew, as after changes to what is trained

The programs write into results/study. From there pictures are copied into docs, and the tables, which stand between
comments that name them, are written anew from the programs' metrics.json.
"""
import json
import pathlib
import re
import shutil
import statistics
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parent.parent
programs = root / "build" / "release" / "bin"
results = root / "results" / "study"
pictures = root / "docs" / "study"

SEEDS = (1, 2, 3)
FIVE = "fc,cnn,sparse,rnn,vae"
PUBLISHED = {"FC-AE": 0.0079, "CNN-AE": 0.0032, "Sparse-AE": 0.0078, "RNN-AE": 0.0001}
KINDS = {"FC-AE": "fully connected", "CNN-AE": "convolutional", "Sparse-AE": "half of its code is zero",
         "RNN-AE": "two LSTMs, no bottleneck", "VAE": "variational"}
SPARSE = ({"l1": 0, "free": 0}, {"l1": 0.003, "free": 0}, {"l1": 0.01, "free": 0}, {"l1": 0.01, "free": 28})


def run(program, folder, *options):
    command = [programs / program, "--out", results / folder, *options]
    print("$", *command, flush=True)
    subprocess.run(command, check=True)


def compare(folder, models, *options, epochs=50):
    """The metrics of some models when they are trained."""
    run("compare", folder, "--epochs", str(epochs), "--models", models, *options)
    return metrics_of(folder)


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def spread(values, digits):
    """Median (lowest to highest), or the only value."""
    low, high = min(values), max(values)
    if len(values) == 1:
        return f"{low:.{digits}f}"
    return f"{statistics.median(values):.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def digits_of(name):
    return 6 if name == "RNN-AE" else 5


def by_name(runs):
    """For each model its metrics from every run that has it."""
    models = {}
    for run in runs:
        for model in run["models"]:
            models.setdefault(model["name"], []).append(model)
    return models.items()


def losses(runs):
    head = ["model", "code", "parameters", "test MSE", "published", "test loss", "training loss", "seconds per epoch"]
    rows = []
    for name, models in by_name(runs):
        column = lambda key: spread([model[key] for model in models], digits_of(name))
        rows.append([name, f"{models[0]['code_size']:,}", f"{models[0]['parameters']:,}", column("test_mse"),
                     PUBLISHED.get(name, ""), column("test_loss"), column("train_loss"),
                     f"{models[0]['seconds_per_epoch']:.2f}"])
    return table(head, rows)


def first_impression(run):
    """The README's table."""
    head = ["model", "code", "training loss", "test loss", "test MSE"]
    rows = [[f"{model['name']}, {KINDS[model['name']]}", f"{model['code_size']:,} numbers",
             *(f"{model[key]:.4f}" for key in ("train_loss", "test_loss", "test_mse"))] for model in run["models"]]
    return table(head, rows)


def codes(runs):
    head = ["model", "zeros in the code", "units that never fire", "zeros without these", "units with variance above 0.01", "KL, nats"]
    rows = []
    for name, models in by_name(runs):
        size = models[0]["code_size"]
        zeros = [100 * model["code_zeros"] for model in models]
        dead = [model["code_units_never_firing"] for model in models]
        living = [100 * (model["code_zeros"] * size - d) / (size - d) for model, d in zip(models, dead)]
        rows.append([name, spread(zeros, 1) + " %", f"{', '.join(map(str, dead))} of {size:,}", spread(living, 1) + " %",
                     f"{', '.join(str(model['code_units_active']) for model in models)}",
                     spread([model["kl_nats"] for model in models], 2) if "kl_nats" in models[0] else ""])
    return table(head, rows)


def prices(runs, plain):
    head = ["--l1", "--free", "test MSE", "times FC-AE's", "zeros", "units that never fire"]
    rows = [[options["l1"], options["free"], f"{model['test_mse']:.5f}", f"{model['test_mse'] / plain:.2f}",
             f"{100 * model['code_zeros']:.1f} %", model["code_units_never_firing"]] for options, model in runs]
    return table(head, rows)


def variations(runs):
    head = ["loss", "training loss", "test loss", "test MSE", "KL, nats", "active units"]
    rows = [[title, f"{model['train_loss']:.4f}", f"{model['test_loss']:.4f}", f"{model['test_mse']:.4f}",
             f"{model['kl_nats']:.2f}", model["code_units_active"]] for title, model in runs]
    return table(head, rows)


def metrics_of(folder):
    return json.loads((results / folder / "metrics.json").read_text())


def denoising():
    head = ["noise", "strength", "noisy, dB", "plain filter, dB", "network, dB"]
    rows = [[noise["noise"], noise["strength"], f"{noise['psnr_before']:.2f}",
             f"{noise['psnr_filter']:.2f} ({noise['filter']})", f"{noise['psnr_after']:.2f}"]
            for noise in metrics_of("denoising")["noises"]]
    return table(head, rows)


def anomalies():
    found = metrics_of("anomalies")
    head = ["class learned", *(entry["class"] for entry in found["classes"]), "mean"]
    return table(head, [["AUROC", *(f"{entry['auroc']:.3f}" for entry in found["classes"]), f"{found['mean_auroc']:.3f}"]])


def machine(first):
    trained = first["models"][0]["trained"]
    return f"{trained['machine']}, {trained['threads']} threads, {trained['date']}"


def copy_pictures(first):
    pictures.mkdir(exist_ok=True)
    for file in [*first.glob("*.png"), *first.glob("*/*.png")]:
        folder = "" if file.parent == first else file.parent.name + "-"
        if not (folder and file.name == "reconstructions.png"):
            shutil.copy(file, pictures / (folder + file.name))
    for program in ("denoising", "anomalies"):
        for file in (results / program).glob("*.png"):
            shutil.copy(file, pictures / file.name)


def fill(page, tables):
    text = page.read_text()
    for name, content in tables.items():
        pattern = rf"(<!-- {name} -->\n)(?:(?!<!-- ).)*(<!-- end -->)"
        text, found = re.subn(pattern, lambda match: match[1] + content + "\n" + match[2], text, flags=re.DOTALL)
        assert found == 1, f"{page} has no place for {name}"
    page.write_text(text)


def main():
    if sys.argv[1:] == ["--fresh"]:
        shutil.rmtree(results, ignore_errors=True)
    runs = [compare(f"seed-{seed}", FIVE + (",rnn-bottleneck" if seed == 1 else ""), "--seed", str(seed)) for seed in SEEDS]
    sparse = []
    for options in SPARSE:
        folder = f"sparse-{options['l1']}-{options['free']}"
        arguments = [argument for name, value in options.items() for argument in (f"--{name}", str(value))]
        sparse.append((options, compare(folder, "sparse", *arguments)["models"][0]))
    sparse.append((runs[0]["models"][2]["options"], runs[0]["models"][2]))
    vae = [("beta 1", runs[0]["models"][4]),
           ("beta 0.25", compare("beta-0.25", "vae", "--beta", "0.25")["models"][0]),
           ("the study's", compare("study-loss", "vae", "--study-loss")["models"][0])]
    run("denoising_autoencoder", "denoising")
    run("anomaly_detection", "anomalies", "--false-alarms", "0")
    copy_pictures(results / "seed-1")

    first = compare("five-epochs", FIVE, epochs=5)
    shutil.copy(results / "five-epochs" / "reconstructions.png", root / "docs")

    fill(root / "README.md", {"five epochs": first_impression(first)})
    fill(root / "docs" / "study.md", {
        "losses": losses(runs), "codes": codes(runs), "prices": prices(sparse, runs[0]["models"][0]["test_mse"]),
        "variations": variations(vae), "denoising": denoising(), "anomalies": anomalies(), "machine": machine(runs[0])})


if __name__ == "__main__":
    main()
