"""Objects to tracks: for each frame the assignment of objects to tracks with the least sum of squared distances."""

import json
import sys

import numpy as np
from scipy.optimize import linear_sum_assignment

from bitflow import task

sys.path.insert(0, "scripts/lib")
import tables

FAR = 1e12


def main():
    frames = [tables.read(path) for path in task.input.objects]
    times = [tags.time for tags in task.tags_of.objects]
    names, unit = coordinates(frames)
    reach = furthest(frames, unit)
    tracks = []
    for time, rows in zip(times, frames):
        points = np.array([[row[name] for name in names] for row in rows]).reshape(len(rows), len(names))
        extend(tracks, time, rows, points, reach)
    tracks = [track for track in tracks if len(track["rows"]) >= task.input.min_length]
    columns = ["track", "time", *tables.header(task.input.objects[0])]
    linked = [
        {**row, "track": number, "time": time}
        for number, track in enumerate(tracks, start=1)
        for time, row in zip(track["times"], track["rows"])
    ]
    tables.write(task.output.tracks, linked, list(dict.fromkeys(columns)))
    json.dump(len(tracks), open(task.output.count, "w"))


def coordinates(frames):
    """The columns to measure distances in: micrometres where every object has them, else pixels."""
    rows = [row for frame in frames for row in frame]
    for unit in ("um", "px"):
        names = [f"{axis}_{unit}" for axis in "zyx" if rows and f"{axis}_{unit}" in rows[0]]
        if len(names) >= 2 and all(row[name] is not None for row in rows for name in names):
            return names, unit
    if not rows:
        return ["y_px", "x_px"], "px"
    raise SystemExit("The tables have neither complete x_um, y_um nor x_px, y_px columns.")


def furthest(frames, unit):
    if not any(frames):
        return 0.0
    if task.input.max_distance is not None:
        if unit != "um":
            raise SystemExit("max_distance needs positions in micrometres: give the pixel size, or use max_diameters.")
        return task.input.max_distance
    square = "area_um2" if unit == "um" else "area_px"
    areas = [row[square] for frame in frames for row in frame if row.get(square)]
    if not areas:
        raise SystemExit(f"max_diameters needs a column {square}; use max_distance.")
    return task.input.max_diameters * 2 * np.sqrt(np.median(areas) / np.pi)


def extend(tracks, time, rows, points, reach):
    """Give each object to the track it continues, or begin a new one with it.

    Tracks that were seen just before come first; the ones that wait for their object may then have what is left.
    """
    left = list(range(len(rows)))
    last = max((track["times"][-1] for track in tracks), default=None)
    waiting = [track for track in tracks if time - track["times"][-1] <= task.input.max_gap + 1]
    for group in (
        [track for track in waiting if track["times"][-1] == last],
        [track for track in waiting if track["times"][-1] != last],
    ):
        for track, at in pairs(group, time, points[left], reach):
            add(track, time, rows[left[at]], points[left[at]])
        left = [at for at in left if not any(track["rows"][-1] is rows[at] for track in group)]
    for at in left:
        tracks.append({"times": [], "rows": [], "points": []})
        add(tracks[-1], time, rows[at], points[at])


def pairs(tracks, time, points, reach):
    """The assignment with the least sum of squared distances; being left alone costs as much as the longest step
    that is allowed (Jaqaman et al. 2008), and a track that waited may have gone further."""
    if not tracks or not len(points):
        return []
    expected = np.array([prediction(track, time) for track in tracks])
    square = ((expected[:, None] - points[None]) ** 2).sum(axis=2)
    limit = reach**2 * np.array([[time - track["times"][-1]] for track in tracks])
    cost = np.where(square <= limit, square, FAR)
    alone = np.full((len(tracks), len(tracks)), FAR)
    np.fill_diagonal(alone, limit[:, 0])
    found = zip(*linear_sum_assignment(np.hstack([cost, alone])))
    return [(tracks[at], to) for at, to in found if to < len(points) and cost[at, to] < FAR]


def prediction(track, time):
    """Where the track should be: where it was, or where its last step would carry it."""
    last = track["points"][-1]
    if task.input.motion == "random" or len(track["points"]) < 2:
        return last
    step = (last - track["points"][-2]) / (track["times"][-1] - track["times"][-2])
    return last + step * (time - track["times"][-1])


def add(track, time, row, point):
    track["times"].append(time)
    track["rows"].append(row)
    track["points"].append(point)


main()
