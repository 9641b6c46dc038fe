"""How well tracks agree with the truth: objects found, how far off, and whether they were followed."""

import json
import sys

import numpy as np
from scipy.optimize import linear_sum_assignment

from bitflow import task

sys.path.insert(0, "scripts/lib")
import tables


def main():
    found, truth = tables.read(task.input.tracks), tables.read(task.input.truth)
    names = [f"{axis}_um" for axis in "zyx" if truth and f"{axis}_um" in truth[0]]
    pairs, squares = [], []
    for time in sorted({row["time"] for row in truth}):
        for real, seen, square in matched(at(truth, time), at(found, time), names):
            pairs.append((real, seen))
            squares.append(square)
    # Which track a true object was part of, per time.
    owner = {(real["track"], real["time"]): seen["track"] for real, seen in pairs}
    steps = [(row["track"], row["time"], later["time"]) for row in truth for later in following(row, truth)]
    kept = sum(owner.get((track, a), -1) == owner.get((track, b), -2) for track, a, b in steps)
    lives = {row["track"]: [other["time"] for other in truth if other["track"] == row["track"]] for row in truth}
    whole = sum(
        len({owner.get((track, time)) for time in times}) == 1 and owner.get((track, times[0])) is not None
        for track, times in lives.items()
    )
    results = {
        "recall": len(pairs) / len(truth) if truth else 1.0,
        "precision": len(pairs) / len(found) if found else 1.0,
        "rmse_um": float(np.sqrt(np.mean(squares))) if squares else 0.0,
        "steps_kept": kept / len(steps) if steps else 1.0,
        "whole": whole,
        "expected": len(lives),
        "found": len({row["track"] for row in found}),
    }
    for name, value in results.items():
        json.dump(round(value, 6), open(task.output[name], "w"))


def at(rows, time):
    return [row for row in rows if row["time"] == time]


def following(row, rows):
    later = [other for other in rows if other["track"] == row["track"] and other["time"] > row["time"]]
    return [min(later, key=lambda other: other["time"])] if later else []


def matched(real, seen, names):
    """Pairs within reach, with their squared distance: as many as possible, as near as possible."""
    if not real or not seen:
        return
    points = [np.array([[row[name] for name in names] for row in rows]) for rows in (real, seen)]
    square = ((points[0][:, None] - points[1][None]) ** 2).sum(axis=2)
    cost = np.where(square <= task.input.reach**2, square, 1e12)
    for a, b in zip(*linear_sum_assignment(cost)):
        if cost[a, b] < 1e12:
            yield real[a], seen[b], square[a, b]


main()
