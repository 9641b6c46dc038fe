"""Bright spots of a known size: maxima of the Laplacian of Gaussian, to a fraction of a voxel, in micrometres."""

import json
import sys

import numpy as np
from scipy import ndimage, spatial

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
    peaks = maxima(response, voxel, task.input.diameter)
    strength = response[tuple(peaks.T)]
    strong = standing_out(strength, task.input.significance)
    rows = []
    for peak, quality in zip(peaks[strong].tolist(), strength[strong]):
        place = finer(response, peak) * voxel
        names = [f"{axis.lower()}_um" for axis in image.axes]
        rows.append({**dict(zip(names, place)), "quality": quality, "intensity": pixels[tuple(peak)]})
    columns = ["spot", *[f"{axis}_um" for axis in "xyz"[: pixels.ndim]], "quality", "intensity"]
    tables.write(task.output.table, [{"spot": n, **row} for n, row in enumerate(rows, start=1)], columns)
    json.dump(len(rows), open(task.output.count, "w"))


def maxima(response, voxel, distance):
    """The greatest of their neighbours that have no greater one within the distance; the greatest first."""
    peaks = np.argwhere((response == ndimage.maximum_filter(response, size=3)) & (response > 0))
    strength = response[tuple(peaks.T)]
    # Equal heights keep the order of the voxels, so that the result is the same everywhere.
    peaks = peaks[np.argsort(-strength, kind="stable")]
    alone = np.ones(len(peaks), bool)
    pairs = spatial.cKDTree(peaks * voxel).query_pairs(distance, output_type="ndarray")
    for stronger, weaker in pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))].tolist():
        if alone[stronger]:
            alone[weaker] = False
    return peaks[alone]


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
