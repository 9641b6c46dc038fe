"""The point spread function on the voxel grid of the deskewed volume: measured, or a Gaussian of the given widths."""

import sys

import numpy as np
from scipy import ndimage

from bitflow import task

sys.path.insert(0, "scripts/lib")
import calibrated


def main():
    angle = np.radians(task.input.angle)
    dz, dx = task.input.step * np.sin(angle), task.input.pixel_size
    # Odd in every direction, so that there is one voxel in the middle.
    depth, width = (int(np.ceil(task.input.extent / 2 / size)) for size in (dz, dx))
    z, y, x = np.mgrid[-depth : depth + 1, -width : width + 1, -width : width + 1] * np.array(
        [dz, dx, dx]
    ).reshape(3, 1, 1, 1)
    psf = gaussian(z, y, x) if task.input.measured is None else measured(z, y, x)
    psf = (psf / psf.sum()).astype(np.float32)
    calibrated.write(task.output.psf, calibrated.Calibrated(psf, "ZYX", x_um=dx, y_um=dx, z_um=dz))


def gaussian(z, y, x):
    lateral, axial = (width / (2 * np.sqrt(2 * np.log(2))) for width in (task.input.lateral, task.input.axial))
    return np.exp(-(x**2 + y**2) / (2 * lateral**2) - z**2 / (2 * axial**2))


def measured(z, y, x):
    """The bead around its brightest point, less the camera's background."""
    bead = calibrated.read(task.input.measured)
    if bead.axes != "ZYX":
        raise SystemExit(f"A point spread function has the axes ZYX, not {bead.axes}.")
    pixels = bead.pixels.astype(np.float64)
    # The shell of the volume shows the offset of the camera; its noise must not add up to a halo.
    shell = np.concatenate([np.take(pixels, [0, -1], axis=axis).ravel() for axis in range(3)])
    noise = 1.4826 * np.median(np.abs(shell - np.median(shell)))
    pixels = np.maximum(pixels - np.median(shell) - 2 * noise, 0)
    middle = centre(pixels)
    sizes = (bead.z_um or task.input.measured_step, *[bead.x_um or task.input.measured_pixel_size] * 2)
    at = [axis / size + start for axis, size, start in zip((z, y, x), sizes, middle)]
    return ndimage.map_coordinates(pixels, at, order=1, cval=0)


def centre(pixels):
    """The centre of mass of what is brighter than half of the maximum."""
    core, _ = ndimage.label(pixels > pixels.max() / 2)
    brightest = core[np.unravel_index(np.argmax(pixels), pixels.shape)]
    return ndimage.center_of_mass(pixels * (core == brightest))


main()
