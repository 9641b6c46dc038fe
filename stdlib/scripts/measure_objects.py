"""One row per labelled object: where it is, how large, what shape, how bright."""

import json
import sys

import numpy as np
from skimage import measure

from bitflow import task

sys.path.insert(0, "scripts/lib")
import calibrated
import tables

COLUMNS = (
    "label x_px y_px area_px x_um y_um area_um2 mean_intensity max_intensity total_intensity "
    "eccentricity solidity orientation_deg at_border"
).split()


def main():
    labels = calibrated.read(task.input.labels)
    image = calibrated.read(task.input.image)
    if labels.pixels.shape != image.pixels.shape:
        raise SystemExit(f"The labels are {labels.pixels.shape} pixels, the image is {image.pixels.shape}.")
    # Labels made elsewhere may have lost their calibration; the image has it first.
    x_um, y_um = image.x_um or labels.x_um, image.y_um or labels.y_um
    rows = [row(region, labels.pixels.shape, x_um, y_um) for region in objects(labels, image)]
    tables.write(task.output.table, rows, COLUMNS)
    json.dump(len(rows), open(task.output.count, "w"))


def objects(labels, image):
    return measure.regionprops(labels.pixels, intensity_image=image.pixels.astype(np.float64))


def row(region, shape, x_um, y_um):
    y, x = region.centroid
    top, left, bottom, right = region.bbox
    known = x_um is not None and y_um is not None
    return {
        "label": region.label,
        "x_px": x,
        "y_px": y,
        "area_px": int(region.area),
        "x_um": x * x_um if known else None,
        "y_um": y * y_um if known else None,
        "area_um2": region.area * x_um * y_um if known else None,
        "mean_intensity": region.intensity_mean,
        "max_intensity": region.intensity_max,
        "total_intensity": region.intensity_mean * region.area,
        "eccentricity": region.eccentricity,
        "solidity": region.solidity,
        # From the x axis, counter-clockwise as seen: skimage counts from the rows.
        "orientation_deg": (np.degrees(region.orientation) + 90 + 90) % 180 - 90,
        "at_border": int(top == 0 or left == 0 or bottom == shape[0] or right == shape[1]),
    }


main()
