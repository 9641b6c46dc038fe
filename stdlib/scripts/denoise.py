"""Noise away, edges kept as well as the method can."""

import sys

import numpy as np
from scipy import ndimage
from skimage import morphology, restoration

from bitflow import task

sys.path.insert(0, "scripts/lib")
import calibrated

image = calibrated.read(task.input.image)
pixels = image.pixels.astype(np.float32)
radius = task.input.radius
if radius == 0:
    quiet = pixels
elif task.input.method == "gaussian":
    quiet = ndimage.gaussian_filter(pixels, radius)
elif task.input.method == "median":
    ball = {2: morphology.disk, 3: morphology.ball}[pixels.ndim](round(radius))
    quiet = ndimage.median_filter(pixels, footprint=ball)
else:
    # The weight is in units of the noise, which the finest wavelet-like difference shows.
    noise = np.median(np.abs(ndimage.laplace(pixels))) / 0.6745 / np.sqrt(20 if pixels.ndim == 2 else 42)
    quiet = restoration.denoise_tv_chambolle(pixels, weight=radius * max(float(noise), 1e-12))
calibrated.write(task.output.denoised, image.like(quiet.astype(np.float32)))
