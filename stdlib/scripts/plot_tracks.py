"""One figure of one sequence: the last image with its outlines and tracks, and how the objects change."""

import sys

import numpy as np
from skimage import measure

from bitflow import task

sys.path.insert(0, "scripts/lib")
import calibrated
import tables
from figures import INK, bare, colour, dark_colour, plt, save, scale_bar, stretched


def main():
    images = [calibrated.read(path) for path in task.input.images]
    labels = calibrated.read(task.input.labels[-1]).pixels
    rows = tables.read(task.input.tracks)
    tracks = {}
    for row in rows:
        tracks.setdefault(row["track"], []).append(row)
    times = [tags.time for tags in task.tags_of.images]

    last = images[-1]
    height, width = last.pixels.shape
    figure = plt.figure(figsize=(11, 4.6 if width / height < 1.8 else 4.2), layout="constrained")
    panels = figure.add_gridspec(3, 2, width_ratios=[1.75, 1])
    draw_image(figure.add_subplot(panels[:, 0]), last, labels, tracks, times)
    clock, unit = time_axis(last.interval_s, times)
    count = figure.add_subplot(panels[0, 1])
    area = figure.add_subplot(panels[1, 1], sharex=count)
    way = figure.add_subplot(panels[2, 1], sharex=count)
    draw_count(count, rows, times, clock)
    draw_area(area, tracks, clock)
    draw_way(way, tracks, clock)
    way.set_xlabel(f"time ({unit})")
    if unit == "frame":
        way.xaxis.get_major_locator().set_params(integer=True)
    for axes in (count, area):
        axes.tick_params(labelbottom=False)
    save(figure, task.output.plot)


def draw_image(axes, image, labels, tracks, times):
    axes.imshow(stretched(image.pixels), cmap="gray", interpolation="nearest")
    axes.set_xlim(-0.5, image.pixels.shape[1] - 0.5)
    axes.set_ylim(image.pixels.shape[0] - 0.5, -0.5)
    last = {row["label"]: number for number, rows in tracks.items() for row in rows if row["time"] == times[-1]}
    for region in measure.regionprops(labels):
        tint = colour(last[region.label]) if region.label in last else "white"
        outline = np.pad(region.image.astype(float), 1)
        for line in measure.find_contours(outline, 0.5):
            axes.plot(line[:, 1] - 1 + region.bbox[1], line[:, 0] - 1 + region.bbox[0], color=tint, linewidth=1.3)
    for number, rows in tracks.items():
        axes.plot([row["x_px"] for row in rows], [row["y_px"] for row in rows], color=colour(number), linewidth=1.1)
        axes.plot(rows[0]["x_px"], rows[0]["y_px"], "o", color=colour(number), markersize=2.2)
    scale_bar(axes, image.pixels.shape[1], image.x_um)
    axes.set_title(f"{len(tracks)} tracks over {len(times)} frames; outlines of the last frame")
    bare(axes)


def time_axis(interval_s, times):
    """From a frame's number to a time that people read, with its unit."""
    if interval_s is None:
        return (lambda time: time), "frame"
    length = interval_s * (times[-1] - times[0])
    for seconds, unit in ((3600, "h"), (60, "min"), (1, "s")):
        if length >= 3 * seconds:
            break
    return (lambda time: (time - times[0]) * interval_s / seconds), unit


def draw_count(axes, rows, times, clock):
    counts = [sum(row["time"] == time for row in rows) for time in times]
    axes.plot([clock(time) for time in times], counts, "o-", color=INK, markersize=3, linewidth=1.2)
    axes.set_ylim(0, max(counts, default=1) * 1.25 + 0.5)
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.set_title("objects in tracks")


def draw_area(axes, tracks, clock):
    name, unit = ("area_um2", "µm²") if known(tracks, "area_um2") else ("area_px", "pixels")
    for number, rows in tracks.items():
        axes.plot([clock(row["time"]) for row in rows], [row[name] for row in rows], color=dark_colour(number), lw=1)
    axes.set_ylim(bottom=0)
    axes.set_title(f"area ({unit})")


def draw_way(axes, tracks, clock):
    unit, name = ("um", "µm") if known(tracks, "x_um") else ("px", "pixels")
    for number, rows in tracks.items():
        points = np.array([[row[f"x_{unit}"], row[f"y_{unit}"]] for row in rows])
        far = np.hypot(*(points - points[0]).T)
        axes.plot([clock(row["time"]) for row in rows], far, color=dark_colour(number), lw=1)
    axes.set_ylim(bottom=0)
    axes.set_title(f"distance from start ({name})")


def known(tracks, name):
    return bool(tracks) and all(row.get(name) is not None for rows in tracks.values() for row in rows)


main()
