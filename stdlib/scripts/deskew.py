"""Shear a stage-scanned stack back into shape: each plane moves along x by what the stage moved along it."""

import sys

import numpy as np

from bitflow import task

sys.path.insert(0, "scripts/lib")
import calibrated


def main():
    raw = calibrated.read(task.input.image)
    if raw.axes != "ZYX":
        raise SystemExit(f"A raw stack has the axes ZYX (planes, rows, columns), not {raw.axes}.")
    step = task.input.step if task.input.step is not None else raw.z_um
    pixel = task.input.pixel_size if task.input.pixel_size is not None else raw.x_um
    if step is None or pixel is None:
        raise SystemExit("The file does not say its stage step and pixel size: give `step` and `pixel_size`.")
    angle = np.radians(task.input.angle)
    planes = raw.pixels[::-1] if task.input.reverse else raw.pixels
    volume = sheared(planes, step * np.cos(angle) / pixel)
    calibrated.write(task.output.deskewed, raw.like(volume, x_um=pixel, y_um=pixel, z_um=step * np.sin(angle)))


def sheared(planes, shift):
    """Linear interpolation along x; 0 where no camera pixel looked, and never 0 elsewhere."""
    depth, height, width = planes.shape
    columns = np.arange(width + int(np.ceil((depth - 1) * shift)))
    volume = np.zeros((depth, height, len(columns)), planes.dtype)
    for number, plane in enumerate(planes):
        at = columns - number * shift
        seen = (at >= 0) & (at <= width - 1)
        left = np.minimum(np.floor(at[seen]).astype(int), width - 2)
        part = at[seen] - left
        values = plane[:, left] * (1 - part) + plane[:, left + 1] * part
        if np.issubdtype(planes.dtype, np.integer):
            values = np.maximum(np.rint(values), 1)
        volume[number][:, seen] = values
    return volume


main()
