"""Draws the ratios of the peers' times to Graft's."""

import os

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402 (the back end comes first)

COLORS = ["#9aa5b1", "#5b7c99", "#d08c3c"]


def style():
    pyplot.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "graft", "font.family": "sans-serif", "font.size": 10,
                            "axes.spines.top": False, "axes.spines.right": False})


def chart(path, title, rows, names):
    """Draws one group of bars for each work; the line at 1 is Graft."""
    figure, axes = pyplot.subplots(figsize=(8, 0.9 + 0.75 * len(rows)), constrained_layout=True)
    height = 0.8 / len(names)
    longest = 1
    for k, name in enumerate(names):
        found = [(i, row["peers"][name]["ms"] / row["graft"]) for i, row in enumerate(rows) if name in row["peers"]]
        places, ratios = [i + (k - (len(names) - 1) / 2) * height for i, _ in found], [ratio for _, ratio in found]
        axes.bar_label(axes.barh(places, ratios, height * 0.92, color=COLORS[k], label=name), fmt="%.2f", padding=3, fontsize=8)
        longest = max(longest, *ratios)
    axes.axvline(1, color="#2f7d4f", linewidth=1.5, label="Graft = 1")
    axes.set_yticks(range(len(rows)), [row["name"] for row in rows])
    axes.invert_yaxis()
    axes.set_xlim(0, longest * 1.1)
    axes.set_xlabel("time beside Graft's")
    axes.margins(y=0.02)
    axes.set_title(title, loc="left", fontsize=11, pad=22)
    axes.legend(frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(-0.01, 1), ncol=len(names) + 1)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def draw(folder, rows, names):
    """Draws inference and training, and returns the titles and file names of the pictures."""
    style()
    pictures = []
    for kind in ("inference", "training"):
        chosen = [row for row in rows if kind in row["name"] and row["peers"]]
        shown = [name for name in names if any(name in row["peers"] for row in chosen)]
        if chosen:
            pictures.append((f"Time of {kind} beside Graft's", f"performance_{kind}.svg"))
            chart(os.path.join(folder, pictures[-1][1]), pictures[-1][0], chosen, shown)
    return pictures
