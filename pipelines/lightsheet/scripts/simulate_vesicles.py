"""Raw lattice light-sheet stacks whose answer is known: vesicles on their ways, blurred, skewed and counted."""

import csv

import numpy as np
import tifffile
from scipy import fft, ndimage, special

from bitflow import task

PLANES, HEIGHT, WIDTH = 36, 64, 96
STEP_S, SPOT_UM = 2.0, 0.12


def main():
    angle = np.radians(task.input.angle)
    dx, dz = task.input.pixel_size, task.input.step * np.sin(angle)
    shift = task.input.step * np.cos(angle) / dx
    shape = (PLANES, HEIGHT, WIDTH + int(np.ceil((PLANES - 1) * shift)))
    psf = tifffile.imread(task.input.psf)
    for index, cell in enumerate(task.input.cells):
        # Two sources of chance, so that the ways do not depend on the light.
        random, noise = (np.random.default_rng([task.input.seed, index, part]) for part in range(2))
        brightness = random.uniform(0.7, 1.3, task.input.vesicles) * task.input.photons
        rows = []
        for time, places in enumerate(walk(random, (dz, dx, dx), shift)):
            volume = blurred(sample(shape, (dz, dx, dx), places, brightness), psf)
            stack = camera(noise, skewed(volume, shift))
            tifffile.imwrite(
                task.output.raw(cell=cell, time=time),
                stack,
                ome=True,
                photometric="minisblack",
                compression="zlib",
                metadata={
                    "axes": "ZYX",
                    "UUID": "00000000-0000-0000-0000-000000000000",
                    "PhysicalSizeX": dx,
                    "PhysicalSizeY": dx,
                    "PhysicalSizeZ": task.input.step,
                    "TimeIncrement": STEP_S,
                    "Channel": {"Name": ["Rab5-GFP"]},
                },
            )
            rows += [(track, time, *place[::-1]) for track, place in enumerate(places, start=1)]
        with open(task.output.truth(cell=cell), "w", newline="") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(["track", "time", "x_um", "y_um", "z_um"])
            out.writerows((track, time, *(f"{value:.4f}" for value in place)) for track, time, *place in rows)


def walk(random, voxel, shift):
    """Places (z, y, x) in micrometres per time point: each vesicle runs its own way, and jitters."""
    # In the coordinates of the camera a vesicle in view is inside a box; x is skewed below.
    low = np.array([0.9, 0.7, 0.7])
    high = (np.array([PLANES, HEIGHT, WIDTH]) - 1) * voxel - low
    places = np.empty((0, 3))
    while len(places) < task.input.vesicles:
        place = random.uniform(low, high)
        if len(places) == 0 or np.linalg.norm(places - place, axis=1).min() > 1.3:
            places = np.vstack([places, place])
    way = random.normal(size=places.shape) * (0.5, 1, 1)
    way *= random.uniform(0.1, 0.3, (len(way), 1)) / np.linalg.norm(way, axis=1, keepdims=True)
    for _ in range(task.input.times):
        yield places + np.outer(places[:, 0] / voxel[0] * shift * voxel[2], (0, 0, 1))
        places = places + way + random.normal(scale=0.03, size=places.shape)
        # At a wall of the box a vesicle turns round.
        out = (places < low) | (places > high)
        way = np.where(out, -way, way)
        places = np.clip(places, low, high)


def sample(shape, voxel, places, brightness):
    """Photons per voxel from small Gaussian vesicles, integrated over each voxel."""
    volume = np.zeros(shape, np.float32)
    for place, photons in zip(places, brightness):
        edges = [(np.arange(size + 1) - 0.5) * step - at for size, step, at in zip(shape, voxel, place)]
        z, y, x = (np.diff(special.erf(edge / SPOT_UM / np.sqrt(2)) / 2) for edge in edges)
        volume += (photons * z[:, None, None] * y[None, :, None] * x[None, None, :]).astype(np.float32)
    return volume


def blurred(volume, psf):
    padded = [fft.next_fast_len(size + extent - 1, real=True) for size, extent in zip(volume.shape, psf.shape)]
    whole = fft.irfftn(fft.rfftn(volume, padded) * fft.rfftn(psf, padded), padded)
    return whole[tuple(slice(extent // 2, extent // 2 + size) for size, extent in zip(volume.shape, psf.shape))]


def skewed(volume, shift):
    """What the camera sees while the stage moves: each plane looks further along x."""
    return np.stack([
        ndimage.shift(plane, (0, -number * shift), order=3, mode="nearest")[:, :WIDTH]
        for number, plane in enumerate(volume)
    ])


def camera(noise, light):
    """Photons, a haze of 4, read noise of 2, an offset of 100 and 16 bits."""
    counts = noise.poisson(np.maximum(light, 0) + 4) + noise.normal(scale=2, size=light.shape) + 100
    return np.clip(counts.round(), 1, 65535).astype(np.uint16)


main()
