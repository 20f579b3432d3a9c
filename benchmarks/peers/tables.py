"""What was measured, as tables. A row has

    cell    mode, model, batch, and threads to choose from
    runs    for latent and each peer: setting -> what each round measured
    state   for each run of latent: nanoseconds for a cache line from core to core, load
    peaks   number of threads -> peak, operations a second
"""
import statistics

from .cells import MODELS

UNITS = {"training": ("ms", 1e3), "inference": ("us", 1e6), "tiny": ("us", 1e6)}
OURS = "latent"


def best_setting(settings):
    """That with the smallest median over the rounds."""
    return min(settings, key=lambda name: statistics.median(run["seconds"] for run in settings[name]))


def spread(numbers, digits=3):
    """The median of some numbers, and from where to where they go."""
    def text(number):
        return f"{number:.{digits}g}" if number < 10 ** digits else f"{number:.0f}"
    numbers = list(numbers)
    middle, least, most = (text(choose(numbers)) for choose in (statistics.median, min, max))
    return middle if least == most else f"{middle} ({least} to {most})"


def summary(row):
    """Of latent and each peer: its best setting, the seconds of each round, and how often latent's each took."""
    result = {}
    ours = [run["seconds"] for run in row["runs"][OURS][best_setting(row["runs"][OURS])]]
    for name, settings in row["runs"].items():
        if settings:
            best = best_setting(settings)
            seconds = [run["seconds"] for run in settings[best]]
            result[name] = dict(setting=best, seconds=seconds, ratios=[b / a for a, b in zip(ours, seconds)])
    return result


def mfu(row):
    """The share of the peak that the multiply-adds alone need, at the median of latent's best setting."""
    runs = row["runs"][OURS][best_setting(row["runs"][OURS])]
    seconds = statistics.median(run["seconds"] for run in runs)
    return runs[0]["flops"] / seconds / row["peaks"][str(runs[0]["threads"])]


def line(row, peers):
    mode, model, batch, threads = row["cell"]
    unit, scale = UNITS[mode]
    found = summary(row)
    columns = [model, f"{batch}", found[OURS]["setting"], spread(scale * s for s in found[OURS]["seconds"]),
               f"{100 * mfu(row):.0f} %"]
    for peer in peers:
        if peer in found:
            columns += [spread(scale * s for s in found[peer]["seconds"]), found[peer]["setting"],
                        spread(found[peer]["ratios"])]
        else:
            columns += ["-"] * 3
    messages = [state["message_ns"] for state in row["state"] if state["message_ns"]]
    columns += [spread(messages, 2) if messages else "-", spread((state["load"] for state in row["state"]), 2)]
    return "| " + " | ".join(columns) + " |"


def heading(mode, peers):
    unit = UNITS[mode][0]
    columns = ["model", "batch", "latent's setting", f"latent, {unit}", "MFU"]
    for peer in peers:
        columns += [f"{peer}, {unit}", "its setting", f"{peer} to latent"]
    columns += ["cache line, ns", "load"]
    return f"\n{mode.capitalize()}\n\n| " + " | ".join(columns) + " |\n" + "|---" * len(columns) + "|"


def memory(rows):
    """The most memory that a process took in the first setting of each, which is that of nothing but one model."""
    most = {}
    for row in rows:
        for name, megabytes in row["memory_mb"].items():
            most[name] = max(most.get(name, 0), megabytes)
    return "Memory of a process, at most: " + ", ".join(f"{name} {most[name]:.0f} MB" for name in most)


def place(row):
    mode, model, batch, threads = row["cell"]
    return batch, threads, MODELS[mode].index(model)


def tables(rows):
    """All of it as markdown."""
    parts = []
    for mode in UNITS:
        chosen = sorted((row for row in rows if row["cell"][0] == mode), key=place)
        if chosen:
            peers = [name for name in {name: 0 for row in chosen for name in row["runs"]} if name != OURS]
            parts += [heading(mode, peers)] + [line(row, peers) for row in chosen] + ["\n" + memory(chosen)]
    return "\n".join(parts)
