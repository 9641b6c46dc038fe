"""Images together with what their numbers mean: axes, pixel sizes, time step, channel names.

Every process of the standard library reads and writes images through this file, so that calibration travels from the
microscope's file to the last result. What a file does not say stays unknown: a missing pixel size is None, never 1.
"""

import dataclasses
import xml.etree.ElementTree

import numpy as np
import tifffile

MICROMETRES = {
    "m": 1e6, "mm": 1e3, "millimeter": 1e3, "um": 1.0, "µm": 1.0, "μm": 1.0, "micron": 1.0, "microns": 1.0,
    "micrometer": 1.0, "micrometre": 1.0, "\\u00b5m": 1.0, "nm": 1e-3, "nanometer": 1e-3, "cm": 1e4, "inch": 25400.0,
}
SECONDS = {"ms": 1e-3, "msec": 1e-3, "s": 1.0, "sec": 1.0, "min": 60.0, "h": 3600.0, "hour": 3600.0}


@dataclasses.dataclass(frozen=True)
class Calibrated:
    """Pixels with one letter per axis (T, C, Z, Y, X, and S for the samples of a colour image)."""

    pixels: np.ndarray
    axes: str
    x_um: float | None = None
    y_um: float | None = None
    z_um: float | None = None
    interval_s: float | None = None
    channels: tuple[str, ...] = ()

    @property
    def voxel_um(self):
        """Voxel edges in micrometres, in the order of the axes; fails where one is unknown."""
        sizes = {"X": self.x_um, "Y": self.y_um, "Z": self.z_um}
        unknown = [axis for axis in self.axes if sizes.get(axis) is None]
        if unknown:
            raise SystemExit(f"The pixel size along {', '.join(unknown)} is not in the image and was not given.")
        return tuple(sizes[axis] for axis in self.axes)

    def like(self, pixels, axes=None, **changes):
        """The same calibration around other pixels."""
        return dataclasses.replace(self, pixels=pixels, axes=axes or self.axes, **changes)


def read(path):
    """Read a TIFF (OME, ImageJ or plain), PNG or JPEG; axes of length one are dropped."""
    if path.suffix.lower() not in {".tif", ".tiff", ".btf"}:
        import imageio.v3

        pixels = np.asarray(imageio.v3.imread(path))
        return squeezed(Calibrated(pixels, "YX" if pixels.ndim == 2 else "YXS"))
    with tifffile.TiffFile(path) as tif:
        series = tif.series[0]
        # tifffile writes I, Q or O for a stack of pages that nobody named: in a microscope's file that is z.
        axes = "".join("Z" if axis in "IQO" else axis for axis in series.axes)
        image = Calibrated(series.asarray(), axes)
        if tif.is_ome:
            image = dataclasses.replace(image, **ome(tif.ome_metadata))
        elif tif.is_imagej:
            image = dataclasses.replace(image, **imagej(tif))
    return squeezed(image)


def write(path, image):
    """Write an OME-TIFF: the same pixels and calibration give the same bytes, whenever and wherever."""
    # tifffile would make up a new UUID for each file.
    metadata = {"axes": image.axes, "UUID": "00000000-0000-0000-0000-000000000000"}
    for axis, size in (("X", image.x_um), ("Y", image.y_um), ("Z", image.z_um if "Z" in image.axes else None)):
        if size is not None:
            metadata[f"PhysicalSize{axis}"] = round(float(size), 9)
            metadata[f"PhysicalSize{axis}Unit"] = "µm"
    if image.interval_s is not None:
        metadata["TimeIncrement"] = round(float(image.interval_s), 9)
        metadata["TimeIncrementUnit"] = "s"
    if image.channels and (len(image.channels) == 1 or "C" in image.axes):
        metadata["Channel"] = {"Name": list(image.channels)}
    rgb = image.axes.endswith("S")
    tifffile.imwrite(
        path, image.pixels, ome=True, photometric="rgb" if rgb else "minisblack", metadata=metadata, compression="zlib"
    )


def ome(text):
    root = xml.etree.ElementTree.fromstring(text)
    pixels = next(element for element in root.iter() if element.tag.endswith("}Pixels"))

    def length(axis):
        size = pixels.get(f"PhysicalSize{axis}")
        unit = MICROMETRES.get(pixels.get(f"PhysicalSize{axis}Unit", "µm").lower())
        return float(size) * unit if size and unit and float(size) > 0 else None

    step, unit = pixels.get("TimeIncrement"), SECONDS.get(pixels.get("TimeIncrementUnit", "s").lower())
    names = [channel.get("Name") for channel in pixels if channel.tag.endswith("}Channel")]
    return {
        "x_um": length("X"),
        "y_um": length("Y"),
        "z_um": length("Z"),
        "interval_s": float(step) * unit if step and unit and float(step) > 0 else None,
        "channels": tuple(names) if names and all(names) else (),
    }


def imagej(tif):
    said = tif.imagej_metadata or {}
    unit = MICROMETRES.get(str(said.get("unit", "")).lower())
    page = tif.pages[0]

    def length(tag):
        pixels, per = page.tags[tag].value if tag in page.tags else (0, 1)
        return unit * per / pixels if unit and pixels else None

    step = said.get("finterval")
    return {
        "x_um": length("XResolution"),
        "y_um": length("YResolution"),
        "z_um": unit * float(said["spacing"]) if unit and said.get("spacing") else None,
        "interval_s": float(step) * SECONDS.get(str(said.get("tunit", "s")).lower(), 1.0) if step else None,
    }


def squeezed(image):
    kept = [at for at, (axis, size) in enumerate(zip(image.axes, image.pixels.shape)) if size > 1 or axis in "YX"]
    shape = tuple(image.pixels.shape[at] for at in kept)
    return image.like(image.pixels.reshape(shape), "".join(image.axes[at] for at in kept))
