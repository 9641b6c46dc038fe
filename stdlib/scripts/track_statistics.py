"""One row per track: how long, how far, how straight; and the means over all of them."""

import json
import sys

import numpy as np

from bitflow import task

sys.path.insert(0, "scripts/lib")
import tables

COLUMNS = "track first_time last_time objects unit path displacement mean_step straightness mean_area".split()


def main():
    rows = tables.read(task.input.tracks)
    unit = "um" if rows and all(row.get("x_um") is not None and row.get("y_um") is not None for row in rows) else "px"
    names = [f"{axis}_{unit}" for axis in "zyx" if rows and rows[0].get(f"{axis}_{unit}") is not None]
    area = "area_um2" if unit == "um" else "area_px"
    tracks = {}
    for row in rows:
        tracks.setdefault(row["track"], []).append(row)
    statistics = [one(number, members, names, unit, area) for number, members in tracks.items()]
    tables.write(task.output.table, statistics, COLUMNS)
    write("count", len(statistics))
    write("unit", unit)
    write("mean_length", mean(row["objects"] for row in statistics))
    write("mean_step", mean(row["mean_step"] for row in statistics))
    write("mean_area", mean(row["mean_area"] for row in statistics))
    write("mean_straightness", mean(row["straightness"] for row in statistics))


def one(number, rows, names, unit, area):
    rows = sorted(rows, key=lambda row: row["time"])
    points = np.array([[row[name] for name in names] for row in rows])
    path = float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
    displacement = float(np.linalg.norm(points[-1] - points[0]))
    frames = rows[-1]["time"] - rows[0]["time"]
    return {
        "track": number,
        "first_time": rows[0]["time"],
        "last_time": rows[-1]["time"],
        "objects": len(rows),
        "unit": unit,
        "path": path,
        "displacement": displacement,
        "mean_step": path / frames if frames else None,
        "straightness": displacement / path if path else None,
        "mean_area": mean(row.get(area) for row in rows),
    }


def mean(values):
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def write(name, value):
    # What means nothing here (the mean area of points) is null.
    json.dump(round(value, 6) if isinstance(value, float) else value, open(task.output[name], "w"))


main()
