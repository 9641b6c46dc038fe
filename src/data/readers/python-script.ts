/**
 * Run as `python -c`: answers each line of JSON on standard input (`{"path": …}`) with one on standard output, about that file. The first line it
 * writes names the libraries that it found. Libraries print what they like to the same place, so answers go to a copy of it and theirs to stderr.
 */
export const pythonScript = `
import importlib.util, json, os, sys, warnings
warnings.simplefilter("ignore")
answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)

def say(value):
    answers.write(json.dumps(value) + "\\n")
    answers.flush()

def has(name):
    try:
        return importlib.util.find_spec(name) is not None
    except Exception:
        return False

def number(value):
    try:
        value = float(value)
    except Exception:
        return None
    return value if value == value and 0 < value < 1e12 else None

def squeezed(axes, shape):
    kept = [(a, int(n)) for a, n in zip(axes, shape) if n != 1 or a in "yx"]
    return "".join(a for a, _ in kept), [n for _, n in kept]

def ome_of(image):
    for name in ("ome_metadata", "metadata"):
        try:
            found = getattr(image, name)
            xml = found if isinstance(found, str) else found.to_xml()
            if "<OME" in xml:
                return xml
        except Exception:
            pass
    return None

def by_scenes(image):
    axes, shape = squeezed("".join(image.dims.order).lower(), image.shape)
    sizes = image.physical_pixel_sizes
    answer = {"axes": axes, "shape": shape, "dtype": str(image.dtype), "series": len(image.scenes),
              "pixelSize": {"z": number(sizes.Z), "y": number(sizes.Y), "x": number(sizes.X)}}
    try:
        answer["channels"] = [str(name) for name in image.channel_names or []]
    except Exception:
        pass
    ome = ome_of(image)
    if ome is not None:
        answer["ome"] = ome
    return answer

def with_bioio(path):
    from bioio import BioImage
    return by_scenes(BioImage(path))

def with_aicsimageio(path):
    from aicsimageio import AICSImage
    return by_scenes(AICSImage(path))

def with_nd2(path):
    import nd2
    with nd2.ND2File(path) as file:
        axes, shape = squeezed("".join(file.sizes).lower(), list(file.sizes.values()))
        size = file.voxel_size()
        answer = {"axes": axes, "shape": shape, "dtype": str(file.dtype),
                  "pixelSize": {"z": number(size.z) if "z" in axes else None, "y": number(size.y), "x": number(size.x)}}
        found = file.metadata.channels if file.metadata else None
        answer["channels"] = [channel.channel.name for channel in found or []]
        return answer

def with_czifile(path):
    import czifile
    with czifile.CziFile(path) as file:
        axes, shape = squeezed(file.axes.lower().replace("0", "s"), file.shape)
        return {"axes": axes, "shape": shape, "dtype": str(file.dtype)}

def with_tifffile(path):
    import tifffile
    with tifffile.TiffFile(path) as file:
        if not file.series:
            raise ValueError("it holds no image")
        first = file.series[0]
        answer = {"axes": first.axes.lower().replace("i", "q"), "shape": [int(n) for n in first.shape],
                  "dtype": str(first.dtype), "series": len(file.series)}
        if file.ome_metadata:
            answer["ome"] = file.ome_metadata
        return answer

def suits(*endings):
    return lambda path: path.lower().endswith(endings)

readers = [(name, suits_path, read) for name, suits_path, read in [
    ("nd2", suits(".nd2"), with_nd2),
    ("bioio", lambda path: True, with_bioio),
    ("aicsimageio", lambda path: True, with_aicsimageio),
    ("czifile", suits(".czi"), with_czifile),
    ("tifffile", lambda path: True, with_tifffile),
] if has(name)]
say({"ready": [name for name, _, _ in readers]})

for line in sys.stdin:
    path = json.loads(line)["path"]
    problems = []
    for name, suits_path, read in readers:
        if not suits_path(path):
            continue
        try:
            say({"path": path, "image": read(path)})
            break
        except Exception as error:
            text = " ".join(str(error).split())
            problems.append(name + ": " + (text or type(error).__name__)[:200])
    else:
        say({"path": path, "problem": "; ".join(problems) or "no library for it is installed"})
`;
