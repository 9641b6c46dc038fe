"""One figure of one series: maximum projections before and after, and the tracks over all time points."""

import sys

import numpy as np

from bitflow import task

sys.path.insert(0, "scripts/lib")
import calibrated
import tables
from figures import bare, colour, plt, save, scale_bar, stretched


def main():
    before = calibrated.read(task.input.before[-1])
    after = calibrated.read(task.input.after[-1])
    tracks = {}
    for row in tables.read(task.input.tracks):
        tracks.setdefault(row["track"], []).append(row)
    sharpest = np.max([calibrated.read(path).pixels.max(axis=0) for path in task.input.after], axis=0)
    count = len(task.input.after)

    depth, height, width = after.pixels.shape
    dz, dy, dx = after.voxel_um
    rows = [height * dy, height * dy, depth * dz]
    breadth = 9.0
    figure, panels = plt.subplots(
        3, 1, figsize=(breadth, breadth * sum(rows) / (width * dx) + 1.1), height_ratios=rows, layout="constrained"
    )
    figure.get_layout_engine().set(h_pad=0.02, hspace=0.03)
    draw(panels[0], seen(before.pixels.max(axis=0)), (dy, dx), "Before: last time point, seen along z")
    draw(panels[1], stretched(sharpest, 1, 99.8), (dy, dx), f"After: {len(tracks)} tracks over {count} time points")
    draw(panels[2], stretched(after.pixels.max(axis=1), 1, 99.8), (dz, dx), "After: last time point, seen along y")
    draw_tracks(panels[1], tracks, "y_um")
    draw_tracks(panels[2], tracks, "z_um")
    for panel in panels:
        scale_bar(panel, width * dx, 1.0)
    save(figure, task.output.plot)


def seen(pixels):
    """Stretched over what a camera looked at: deskewing leaves 0 elsewhere."""
    looked = pixels > 0
    low, high = np.percentile(pixels[looked], [1, 99.8])
    return np.where(looked, np.clip((pixels - low) / max(high - low, 1e-9), 0, 1), 0)


def draw(axes, picture, size_um, title):
    height, width = (count * size for count, size in zip(picture.shape, size_um))
    # The first voxel lies around 0, as the positions in the tables count.
    left, top = -size_um[1] / 2, -size_um[0] / 2
    axes.imshow(picture, cmap="gray", extent=(left, left + width, top + height, top), interpolation="nearest")
    axes.set_title(title)
    bare(axes)


def draw_tracks(axes, tracks, down):
    for number, rows in tracks.items():
        x, y = [row["x_um"] for row in rows], [row[down] for row in rows]
        axes.plot(x, y, color=colour(number), linewidth=1.2)
        axes.plot(x[-1], y[-1], "o", markersize=7, markerfacecolor="none", markeredgecolor=colour(number), mew=1)


main()
