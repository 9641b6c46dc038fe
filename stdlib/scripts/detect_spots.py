"""Bright spots of a known size: maxima of the Laplacian of Gaussian, to a fraction of a voxel, in micrometres."""

import json
import sys

import numpy as np
from scipy import ndimage

from bitflow import task

sys.path.insert(0, "scripts/lib")
import calibrated
import tables


def main():
    image = calibrated.read(task.input.image)
    voxel = np.array(image.voxel_um)
    pixels = image.pixels.astype(np.float32)
    sigma = task.input.diameter / 2 / np.sqrt(pixels.ndim) / voxel
    # Scaled so that a bright spot of this size answers with about its height.
    response = -ndimage.gaussian_laplace(pixels, sigma) * float(np.mean(sigma**2))
    peaks = maxima(response, task.input.diameter / voxel)
    strength = response[tuple(peaks.T)]
    strong = standing_out(strength, task.input.significance)
    rows = []
    for peak, quality in sorted(zip(peaks[strong].tolist(), strength[strong]), key=lambda spot: -spot[1]):
        place = finer(response, peak) * voxel
        names = [f"{axis.lower()}_um" for axis in image.axes]
        rows.append({**dict(zip(names, place)), "quality": quality, "intensity": pixels[tuple(peak)]})
    columns = ["spot", *[f"{axis}_um" for axis in "xyz"[: pixels.ndim]], "quality", "intensity"]
    tables.write(task.output.table, [{"spot": n, **row} for n, row in enumerate(rows, start=1)], columns)
    json.dump(len(rows), open(task.output.count, "w"))


def maxima(response, radius):
    """Voxels that are the greatest within the radius, and positive."""
    grids = np.meshgrid(*[np.arange(-int(r), int(r) + 1) for r in np.maximum(radius, 1)], indexing="ij")
    ball = sum((grid / max(r, 1)) ** 2 for grid, r in zip(grids, radius)) <= 1
    return np.argwhere((response == ndimage.maximum_filter(response, footprint=ball)) & (response > 0))


def standing_out(strength, significance):
    """Most maxima are noise, and the logarithms of their heights are about normal: spots lie far above them."""
    height = np.log(strength)
    middle = np.median(height)
    return height > middle + significance * 1.4826 * np.median(np.abs(height - middle))


def finer(response, peak):
    """The vertex of the parabola through each peak and its neighbours, axis by axis."""
    place = np.array(peak, float)
    for axis, at in enumerate(peak):
        if 0 < at < response.shape[axis] - 1:
            before, here, after = (response[tuple(peak[:axis] + [at + step] + peak[axis + 1 :])] for step in (-1, 0, 1))
            curve = before - 2 * here + after
            if curve < 0:
                place[axis] += 0.5 * (before - after) / curve
    return place


main()
