"""Richardson-Lucy deconvolution with fast Fourier transforms, for volumes that were not seen everywhere."""

import sys

import numpy as np
from scipy import fft

from bitflow import task

sys.path.insert(0, "scripts/lib")
import calibrated


def main():
    image = calibrated.read(task.input.image)
    psf = calibrated.read(task.input.psf)
    if image.axes != psf.axes:
        raise SystemExit(f"The image has the axes {image.axes}, the point spread function {psf.axes}.")
    if not np.allclose(image.voxel_um, psf.voxel_um, rtol=0.01):
        raise SystemExit(f"Voxels of the image are {image.voxel_um} um, of the point spread function {psf.voxel_um}.")
    seen = image.pixels > 0
    background = task.input.background
    if background is None:
        background = float(np.median(image.pixels[seen])) if seen.any() else 0.0
    signal = np.where(seen, np.maximum(image.pixels.astype(np.float32) - np.float32(background), 0), 0)
    sharp = richardson_lucy(signal, seen, psf.pixels, task.input.iterations)
    calibrated.write(task.output.deconvolved, image.like(sharp))


def richardson_lucy(signal, seen, psf, iterations):
    """Voxels that were not seen are unknown, not dark: they count in no ratio (Bertero and Boccacci 2005)."""
    shape = [fft.next_fast_len(size + extent - 1, real=True) for size, extent in zip(signal.shape, psf.shape)]
    inside = tuple(slice(0, size) for size in signal.shape)
    # The middle of the function belongs at the origin.
    padded = np.zeros(shape, np.float32)
    padded[tuple(slice(0, extent) for extent in psf.shape)] = psf / psf.sum()
    padded = np.roll(padded, [-(extent // 2) for extent in psf.shape], axis=(0, 1, 2)[: psf.ndim])
    transfer = fft.rfftn(padded)

    def blurred(volume, by):
        return fft.irfftn(fft.rfftn(volume, shape) * by, shape)

    weight = np.maximum(blurred(seen.astype(np.float32), transfer.conj()), 0)
    trusted = weight > 0.01
    estimate = np.where(trusted, np.float32(signal[seen].mean() if seen.any() else 0), np.float32(0))
    least = np.float32(1e-3 * max(float(signal.max()), 1.0))
    for _ in range(iterations):
        expected = np.maximum(blurred(estimate, transfer)[inside], least)
        ratio = np.where(seen, signal / expected, 0).astype(np.float32)
        correction = np.maximum(blurred(ratio, transfer.conj()), 0)
        estimate = np.where(trusted, estimate * correction / np.maximum(weight, 0.01), 0).astype(np.float32)
    # Light put where nobody looked explains noise at the rim; it is not an observation.
    return np.where(seen, estimate[inside], np.float32(0))


main()
