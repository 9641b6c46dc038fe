"""What a task knows: ``from bitflow import task``.

``task.input.image`` is a ``pathlib.Path`` for files, else a number, text, bool, list or None; ``task.output.mask`` is where to
write; ``task.tag.cell`` and ``task.cpus`` are what the process lists under ``uses``. Works with Python 3.8 and later and needs
nothing but the standard library.
"""

import json
import os
from pathlib import Path

__all__ = ["task"]


class Values(dict):
    """Names of one kind: ``task.input.image`` or ``task.input["image"]``; ``"image" in task.input``; ``dict(task.input)``."""

    __slots__ = ("_kind",)

    def __init__(self, kind, values):
        dict.__init__(self, values)
        object.__setattr__(self, "_kind", kind)

    def __getattribute__(self, name):
        # A value goes before a method of dict: a tag may be called `items`.
        if not name.startswith("_") and dict.__contains__(self, name):
            return dict.__getitem__(self, name)
        return object.__getattribute__(self, name)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        known = ", ".join(sorted(self)) or "none"
        raise AttributeError("this task has no %s `%s`; it has: %s" % (self._kind, name, known))

    def __setattr__(self, name, value):
        raise AttributeError("values of a task cannot be changed")

    def __repr__(self):
        return "%s(%s)" % (self._kind, ", ".join("%s=%r" % (name, self[name]) for name in self))


class Many:
    """An output of many files. Call it with the tags of one to get its path: ``task.output.tiles(col=1, row=2)``; stars of a
    plain pattern are filled in order: ``task.output.tiles("left")``. The folder of that path exists when the call returns."""

    def __init__(self, name, pattern, captures):
        self.name = name
        self.pattern = pattern
        self.captures = tuple(captures)

    def __call__(self, *stars, **tags):
        missing = [name for name in self.captures if name not in tags]
        unknown = [name for name in tags if name not in self.captures]
        if missing or unknown:
            raise TypeError("%s takes %s, got %s" % (self.name, ", ".join(self.captures) or "no tags", ", ".join(tags) or "none"))
        path = ""
        rest = self.pattern
        filled = iter(stars)
        while rest:
            hole = next((name for name in self.captures if rest.startswith("{%s}" % name)), None)
            if hole is not None:
                path += self._text(hole, tags[hole])
                rest = rest[len(hole) + 2 :]
            elif rest[0] == "*" and stars:
                value = next(filled, None)
                if value is None:
                    raise TypeError("%s needs a value for each * of %s" % (self.name, self.pattern))
                path += self._text("*", value)
                rest = rest[1:]
            else:
                path += rest[0]
                rest = rest[1:]
        if next(filled, None) is not None:
            raise TypeError("%s has fewer stars than values given: %s" % (self.name, self.pattern))
        found = Path(path)
        found.parent.mkdir(parents=True, exist_ok=True)
        return found

    def _text(self, name, value):
        if isinstance(value, bool):
            return "true" if value else "false"
        text = str(value.item() if hasattr(value, "item") else value)
        if text == "" or "\0" in text:
            raise ValueError("%s: %s cannot be part of a file's name: %r" % (self.name, name, text))
        return text

    def __str__(self):
        return self.pattern

    def __repr__(self):
        return "Many(%r)" % self.pattern


class Task:
    def __init__(self, document):
        files = set(document["files"])

        def value(name, plain):
            if isinstance(plain, list):
                return [value(name, item) for item in plain]
            if isinstance(plain, dict):
                return Values("field", {field: value(name + "." + field, inner) for field, inner in plain.items()})
            return Path(plain) if name in files and plain is not None else plain

        def place(name, plain):
            return Many(name, plain["pattern"], plain["captures"]) if isinstance(plain, dict) else Path(plain)

        self.input = Values("input", {name: value(name, plain) for name, plain in document["input"].items()})
        self.output = Values("output", {name: place(name, plain) for name, plain in document["output"].items()})
        self.tag = Values("tag", document["tag"])
        self.tags_of = Values(
            "list of tags", {name: [Values("tag", row) for row in rows] for name, rows in document["tags_of"].items()}
        )
        self._resources = document["resource"]
        self.__dict__.update(self._resources)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        known = ", ".join(sorted(self._resources)) or "none"
        raise AttributeError("this task knows no `%s`; of resources its process uses: %s" % (name, known))


def _report_peak(place):
    """Leaves the peak memory of this process and what it waited for beside the task's document: the launcher cannot know it."""
    import atexit

    try:
        import resource
    except ImportError:
        return

    def write():
        peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        try:
            with open(place, "w") as file:
                file.write("%d\n" % (peak * 1024))
        except OSError:
            pass

    atexit.register(write)


_document = os.environ.get("BIT_TASK")
if _document is None:
    raise ImportError("`from bitflow import task` works inside a task: BIT_TASK, the path of its document, is not set")
with open(_document, encoding="utf-8") as _file:
    task = Task(json.load(_file))
_report_peak(os.path.join(os.path.dirname(_document), "peak"))
