"""Smooth, take the background away, threshold, split what touches, draw each outline, drop what is no nucleus."""

import json
import sys

import numpy as np
from scipy import ndimage
from skimage import filters, measure, morphology, segmentation

from bitflow import task

sys.path.insert(0, "scripts/lib")
import calibrated


def main():
    image = calibrated.read(task.input.image)
    diameter = task.input.diameter
    foreground = flattened(image.pixels.astype(np.float32), diameter)
    mask = solid(foreground > filters.threshold_otsu(foreground) * task.input.threshold, diameter)
    labels = split(mask, foreground, diameter) if task.input.split else measure.label(mask)
    area = task.input.min_area * np.pi * diameter**2 / 4
    labels = outlined(kept(labels, np.bincount(labels.ravel()) >= area), foreground, diameter)
    labels = kept(labels, np.bincount(labels.ravel()) >= area)
    labels = standing_out(labels, foreground, diameter, task.input.contrast)
    calibrated.write(task.output.labels, image.like(labels.astype(np.uint16), channels=("nuclei",)))
    json.dump(int(labels.max()), open(task.output.count, "w"))


def flattened(pixels, diameter):
    """The smoothed image less its background: the opening with a window that no nucleus fills."""
    smooth = ndimage.gaussian_filter(pixels, diameter / 20)
    floor = ndimage.grey_opening(smooth, size=int(1.5 * diameter) | 1)
    return smooth - ndimage.gaussian_filter(floor, diameter / 2)


def solid(mask, diameter):
    """Nuclei without holes and without hairs: chromatin is uneven, above all in mitosis."""
    disk = morphology.disk(max(1, round(diameter / 15)))
    closed = ndimage.binary_fill_holes(morphology.closing(np.pad(mask, diameter), disk))
    return morphology.opening(closed, disk)[diameter:-diameter, diameter:-diameter]


def split(mask, foreground, diameter):
    """One label per nucleus: a watershed from the middles, found in the smoothed distance to the edge."""
    # Beyond the border of the image a nucleus goes on: only background counts as an edge.
    distance = ndimage.distance_transform_edt(np.pad(mask, 1, mode="edge"))[1:-1, 1:-1]
    depth = ndimage.gaussian_filter(distance, diameter / 15)
    middles = measure.label(morphology.h_maxima(depth, 0.05 * diameter) & mask)
    return segmentation.watershed(-depth, middles, mask=mask)


def outlined(labels, foreground, diameter):
    """Each nucleus out to half of its own height, so that dim ones are not smaller than bright ones."""
    around = segmentation.watershed(-foreground, labels, mask=near(labels > 0, diameter / 4))
    height = ndimage.median(foreground, labels, range(labels.max() + 1))
    height[0] = np.inf
    inside = ndimage.binary_opening(foreground > 0.5 * height[around], morphology.disk(max(1, round(diameter / 15))))
    # What hangs on to a nucleus by background alone is not part of it.
    found = np.zeros_like(labels)
    for region in measure.regionprops(around * inside):
        piece = measure.label(region.image)
        largest = np.argmax(np.bincount(piece.ravel())[1:]) + 1
        found[region.slice][ndimage.binary_fill_holes(piece == largest)] = region.label
    return found


def near(mask, reach):
    return ndimage.distance_transform_edt(~mask) <= reach


def standing_out(labels, foreground, diameter, contrast):
    """Only what outshines the brightest hundredth of the background far from nuclei: mottle is no nucleus."""
    far = foreground[~near(labels > 0, diameter / 4)]
    mottle = np.percentile(far, 99) if far.size else 0
    height = ndimage.median(foreground, labels, range(labels.max() + 1))
    return kept(labels, height > contrast * mottle)


def kept(labels, which):
    which[0] = False
    return segmentation.relabel_sequential(labels * which[labels])[0]


main()
