"""The picture of docs/distributed.md, which distributed_scaling.py makes: efficiency over the number of processes."""

COLOURS = {"10 Gbit/s": "#b45309", "25 Gbit/s": "#0f766e", "100 Gbit/s": "#1d4ed8", "100 Gbit/s, RDMA": "#7c3aed"}
NAMES = {"fc": "FC-AE", "cnn": "CNN-AE", "sparse": "Sparse-AE", "rnn": "RNN-AE", "vae": "VAE",
         "cnn25m": "CNN of 25 million parameters"}
WIDTH, HEIGHT, LEFT, TOP, STEP_X, STEP_Y = 250, 170, 62, 104, 325, 240


def polyline(xs, ys, colour, dashes):
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys))
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>'


def panel(name, ranks, curves, points, left, top):
    """One model: lines of its curves, and what was measured."""
    places = {n: left + WIDTH * i / (len(ranks) - 1) for i, n in enumerate(ranks)}
    height = lambda efficiency: top + HEIGHT * (1 - efficiency)
    lines = [f'<text class="name" x="{left}" y="{top - 10}">{NAMES.get(name, name)}</text>']
    for percent in (0, 25, 50, 75, 100):
        y = height(percent / 100)
        lines += [f'<line class="grid" x1="{left}" y1="{y:.1f}" x2="{left + WIDTH}" y2="{y:.1f}"/>',
                  f'<text class="end" x="{left - 6}" y="{y + 4:.1f}">{percent} %</text>']
    for n in ranks[::2]:
        lines.append(f'<text class="middle" x="{places[n]:.1f}" y="{top + HEIGHT + 18}">{n}</text>')
    for (network, method), efficiencies in curves.items():
        dashes = ' stroke-dasharray="5 4"' if method == "fast" else ""
        lines.append(polyline(places.values(), map(height, efficiencies), COLOURS[network], dashes))
    for point in points:
        if point["ranks"] in places:
            shape = "white" if point["transport"] == "loopback TCP" else "#1b1b1b"
            y = height(min(1.0, point["efficiency"]))
            lines.append(f'<circle cx="{places[point["ranks"]]:.1f}" cy="{y:.1f}" r="4" fill="{shape}" '
                         'stroke="#1b1b1b" stroke-width="1.5"/>')
    return lines


def legend(points):
    lines, x = [], LEFT
    for name, colour in COLOURS.items():
        lines += [polyline((x, x + 26), (32, 32), colour, ""), f'<text x="{x + 32}" y="36">{name}</text>']
        x += 62 + 7 * len(name)
    lines += [polyline((x, x + 26), (32, 32), "#6b7280", ""), f'<text x="{x + 32}" y="36">reproducible</text>',
              polyline((x + 130, x + 156), (32, 32), "#6b7280", ' stroke-dasharray="5 4"'),
              f'<text x="{x + 162}" y="36">fast</text>']
    if points:
        lines += [f'<circle cx="{LEFT + 5}" cy="54" r="4" fill="#1b1b1b"/>',
                  f'<text x="{LEFT + 16}" y="58">measured on one machine of two cores by shared memory</text>',
                  f'<circle cx="{LEFT + 385}" cy="54" r="4" fill="white" stroke="#1b1b1b" stroke-width="1.5"/>',
                  f'<text x="{LEFT + 396}" y="58">by loopback TCP</text>']
    return lines


def svg(ranks, curves, points):
    """Of efficiencies by model, network and method, for these numbers of processes, and of measured points."""
    rows = (len(curves) + 2) // 3
    width, height = LEFT + 3 * STEP_X - 30, TOP + rows * STEP_Y
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
             'aria-labelledby="title">',
             '<title id="title">Predicted efficiency of training by 1 to 1,024 processes</title>',
             "<style>text { font: 12px sans-serif; fill: #1b1b1b } .name { font: bold 14px sans-serif } "
             ".middle { text-anchor: middle } .end { text-anchor: end } .grid { stroke: #d1d5db } </style>",
             f'<rect x="1" y="1" width="{width - 2}" height="{height - 2}" rx="8" fill="#ffffff" stroke="#d1d5db"/>',
             *legend(points)]
    for i, (name, of_model) in enumerate(curves.items()):
        mine = [point for point in points if point["model"] == name]
        lines += panel(name, ranks, of_model, mine, LEFT + i % 3 * STEP_X, TOP + i // 3 * STEP_Y)
    lines.append(f'<text class="middle" x="{width / 2}" y="{height - 18}">processes, each on a host of its own</text>')
    return "\n".join([*lines, "</svg>"]) + "\n"
