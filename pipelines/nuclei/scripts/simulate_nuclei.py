"""A time-lapse whose answer is known: textured nuclei on an uneven background, seen by a noisy camera."""

import csv

import numpy as np
import tifffile
from scipy import ndimage

from bitflow import task

HEIGHT, WIDTH, PIXEL_UM, STEP_S = 200, 280, 0.5, 300
DIAMETER_UM = 13.0
# How the nuclei of each sequence move, in micrometres per frame: all together, and each for itself.
SEQUENCES = {"control": ((0.0, 0.0), 0.7), "wounded": ((0.3, 2.6), 0.5)}


def main():
    for index, (sequence, (drift, jitter)) in enumerate(SEQUENCES.items()):
        random = np.random.default_rng([task.input.seed, index])
        nuclei = [nucleus(random) for _ in range(task.input.nuclei)]
        paths = walk(random, task.input.nuclei, task.input.frames, np.array(drift), jitter)
        light = uneven_light(random)
        rows = []
        for time, centres in enumerate(paths):
            frame = camera(random, light * scene(nuclei, centres))
            tifffile.imwrite(
                task.output.frames(sequence=sequence, time=time),
                frame,
                ome=True,
                photometric="minisblack",
                metadata={
                    "axes": "YX",
                    "UUID": "00000000-0000-0000-0000-000000000000",
                    "PhysicalSizeX": PIXEL_UM,
                    "PhysicalSizeY": PIXEL_UM,
                    "TimeIncrement": float(STEP_S),
                    "Channel": {"Name": ["H2B-GFP"]},
                },
            )
            rows += [(track, time, *centre[::-1] * PIXEL_UM) for track, centre in enumerate(centres, start=1)]
        with open(task.output.truth(sequence=sequence), "w", newline="") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(["track", "time", "x_um", "y_um"])
            out.writerows((track, time, f"{x:.3f}", f"{y:.3f}") for track, time, x, y in rows)


def nucleus(random):
    """Shape and look of one nucleus: an ellipse, its brightness, and the texture of its chromatin."""
    length = DIAMETER_UM / PIXEL_UM / 2 * random.uniform(0.85, 1.15)
    stretch = random.uniform(1.0, 1.25)
    texture = ndimage.gaussian_filter(random.normal(size=(64, 64)), 2.0)
    return {
        "radii": (length * stretch, length / stretch),
        "angle": random.uniform(0, np.pi),
        "brightness": random.uniform(45, 100),
        "texture": 1 + 0.22 * texture / texture.std(),
    }


def walk(random, count, frames, drift, jitter):
    """Centres (y, x) in pixels for each frame: nuclei keep apart from each other and inside the image."""
    apart, margin = 1.02 * DIAMETER_UM / PIXEL_UM, 0.75 * DIAMETER_UM / PIXEL_UM
    low = np.full(2, margin)
    high = np.array([HEIGHT, WIDTH]) - margin
    # Room for the drift, so that every nucleus stays in view in every frame.
    travel = drift * (frames - 1) / PIXEL_UM
    centres = np.empty((0, 2))
    while len(centres) < count:
        point = random.uniform(low - np.minimum(travel, 0), high - np.maximum(travel, 0))
        if len(centres) == 0 or np.hypot(*(centres - point).T).min() > apart:
            centres = np.vstack([centres, point])
    paths = [centres]
    for _ in range(frames - 1):
        centres = centres + (drift + random.normal(scale=jitter, size=centres.shape)) / PIXEL_UM
        for _ in range(50):
            centres = np.clip(pushed_apart(centres, apart), low, high)
        paths.append(centres)
    return paths


def pushed_apart(centres, apart):
    between = centres[:, None] - centres[None]
    distance = np.hypot(between[..., 0], between[..., 1]) + np.eye(len(centres)) * 1e9
    overlap = np.maximum(apart - distance, 0)
    return centres + 0.25 * (between / distance[..., None] * overlap[..., None]).sum(axis=1)


def scene(nuclei, centres):
    """The light that leaves the sample, blurred by the objective."""
    light = np.full((HEIGHT, WIDTH), 15.0)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    for look, (cy, cx) in zip(nuclei, centres):
        cos, sin = np.cos(look["angle"]), np.sin(look["angle"])
        along, across = (x - cx) * cos + (y - cy) * sin, (y - cy) * cos - (x - cx) * sin
        radius = np.hypot(along / look["radii"][0], across / look["radii"][1])
        texture = ndimage.map_coordinates(look["texture"], [across + 32, along + 32], order=1, mode="nearest")
        light += look["brightness"] * texture * np.clip((1 - radius) * 4 + 0.5, 0, 1)
    return ndimage.gaussian_filter(light, 1.3)


def uneven_light(random):
    """Brighter on one side, as lamps are."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    cy, cx = random.uniform(0.3, 0.7, size=2) * (HEIGHT, WIDTH)
    return 0.6 + 0.6 * np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / (0.5 * WIDTH**2))


def camera(random, light):
    """Photons, read noise, an offset of 100 and 16 bits."""
    counts = random.poisson(light) + random.normal(scale=3, size=light.shape) + 100
    return np.clip(counts.round(), 0, 65535).astype(np.uint16)


main()
