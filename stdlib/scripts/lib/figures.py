"""The look of the library's figures; equal figures are equal bytes."""

import colorsys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402

INK, PALE = "#22303c", "#d8dee4"

plt.rcParams.update({
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": PALE,
    "grid.linewidth": 0.6,
    "svg.hashsalt": "bitflow",
})


def save(figure, path):
    figure.savefig(path, dpi=150, facecolor="white", metadata={"Software": None})
    plt.close(figure)


def colour(number):
    """A colour for a track that is unlike those of the tracks with neighbouring numbers."""
    return colorsys.hsv_to_rgb((number * 0.618034) % 1, 0.62, 0.98)


def dark_colour(number):
    """The same hue, to be seen on white."""
    return colorsys.hsv_to_rgb((number * 0.618034) % 1, 0.85, 0.78)


def stretched(pixels, low=1.0, high=99.7):
    """Grey values from 0 to 1 between these percentiles."""
    bottom, top = np.percentile(pixels, [low, high])
    return np.clip((pixels - bottom) / max(top - bottom, 1e-9), 0, 1)


def scale_bar(axes, width_px, um_per_px):
    """A bar of a round length below a fifth of the width; nothing where the scale is unknown."""
    if not um_per_px:
        return
    goal = width_px * um_per_px / 5
    length = max(size * 10.0**power for power in range(-3, 5) for size in (1, 2, 5) if size * 10.0**power <= goal)
    left, bottom = axes.get_xlim()[0], axes.get_ylim()[0]
    height = abs(axes.get_ylim()[0] - axes.get_ylim()[1])
    x, y = left + 0.03 * width_px, bottom - 0.06 * height
    axes.plot([x, x + length / um_per_px], [y, y], color="white", linewidth=2.5, solid_capstyle="butt")
    axes.text(x, y - 0.025 * height, f"{length:g} µm", color="white", fontsize=7, va="bottom")


def bare(axes):
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(False)
    for side in axes.spines.values():
        side.set_visible(False)
