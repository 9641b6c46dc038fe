"""One grey image of one channel, with calibration from the file or, where given, from the pipeline."""

import sys

import numpy as np

from bitflow import task

sys.path.insert(0, "scripts/lib")
import calibrated

COLOURS = ("red", "green", "blue")


def main():
    image = calibrated.read(task.input.image)
    image = one_channel(image, task.input.channel)
    changes = {}
    if task.input.pixel_size is not None:
        changes.update(x_um=task.input.pixel_size, y_um=task.input.pixel_size)
    if task.input.interval is not None:
        changes.update(interval_s=task.input.interval)
    calibrated.write(task.output.grey, image.like(image.pixels, **changes))


def one_channel(image, wanted):
    at = next((image.axes.index(axis) for axis in "CS" if axis in image.axes), None)
    if at is None:
        if wanted not in ("auto", "luminance") and wanted not in image.channels:
            raise SystemExit(f"The image has one channel only; there is none called {wanted!r}.")
        return image
    planes = np.moveaxis(image.pixels, at, 0)
    axes = image.axes.replace(image.axes[at], "")
    names = COLOURS if image.axes[at] == "S" else image.channels
    if image.axes[at] == "S":
        planes = planes[:3]  # without the alpha of a PNG
    if wanted == "luminance":
        weights = (0.2126, 0.7152, 0.0722) if names == COLOURS else [1 / len(planes)] * len(planes)
        grey = sum(weight * plane.astype(np.float64) for weight, plane in zip(weights, planes))
        return image.like(grey.astype(np.float32), axes, channels=("luminance",))
    if wanted == "auto":
        index = int(np.argmax([plane.astype(np.float64).var() for plane in planes]))
    elif wanted in names:
        index = names.index(wanted)
    elif wanted.isdigit() and int(wanted) < len(planes):
        index = int(wanted)
    else:
        known = ", ".join([*names, f"0 to {len(planes) - 1}", "luminance", "auto"])
        raise SystemExit(f"There is no channel {wanted!r}; it can be one of: {known}.")
    name = names[index] if index < len(names) else str(index)
    return image.like(np.ascontiguousarray(planes[index]), axes, channels=(name,))


main()
