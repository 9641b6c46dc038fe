"""Tables as lists of records, read from CSV and written so that equal tables are equal bytes."""

import csv
import math


def read(path):
    """One dictionary per row; cells become int, float or str, and None where empty."""
    with open(path, newline="", encoding="utf-8") as file:
        return [{name: value(text) for name, text in row.items()} for row in csv.DictReader(file)]


def header(path):
    """The names of the columns."""
    with open(path, newline="", encoding="utf-8") as file:
        return next(csv.reader(file))


def write(path, rows, columns):
    """Write these columns, floats with six significant digits."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(columns)
        for row in rows:
            out.writerow([text(row.get(name)) for name in columns])


def value(text):
    if text is None or text == "":
        return None
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def text(cell):
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int) or float(cell).is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return f"{float(cell):.6g}"
