"""Writes images.json beside it: small files of many kinds, and what Pillow reads in them. Run by hand, with Pillow."""

import base64
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

random = np.random.default_rng(3)
height, width = 5, 11
smooth = np.add.outer(np.linspace(0, 150, 16), np.linspace(0, 100, 24))


def bytes_of(*shape):
    return random.integers(0, 256, size=shape, dtype=np.uint8)


files = {
    "rgb.png": Image.fromarray(bytes_of(height, width, 3), "RGB"),
    "rgba.png": Image.fromarray(bytes_of(height, width, 4), "RGBA"),
    "gray.png": Image.fromarray(bytes_of(height, width), "L"),
    "gray-alpha.png": Image.fromarray(bytes_of(height, width, 2), "LA"),
    "palette.png": Image.fromarray(bytes_of(height, width, 3), "RGB").quantize(7),
    "bits.png": Image.fromarray(bytes_of(height, width) > 128),
    "color.jpg": Image.fromarray(np.stack([smooth, smooth[::-1], 255 - smooth], 2).astype(np.uint8), "RGB"),
    "gray.jpg": Image.fromarray(smooth.astype(np.uint8), "L"),
}
modes = dict(gray="L", rgb="RGB", rgba="RGBA")
everything = []
for name, image in files.items():
    file = io.BytesIO()
    if name.endswith("jpg"):
        image.save(file, "JPEG", quality=95, subsampling=0)
    else:
        image.save(file, "PNG")
    read = Image.open(io.BytesIO(file.getvalue()))
    pixels = {}
    for mode, pillow in modes.items():
        array = np.asarray(read.convert(pillow))
        planes = array[None] if array.ndim == 2 else array.transpose(2, 0, 1)
        pixels[mode] = base64.b64encode(np.ascontiguousarray(planes).tobytes()).decode()
    everything.append(
        dict(
            name=name,
            file=base64.b64encode(file.getvalue()).decode(),
            width=image.width,
            height=image.height,
            pixels=pixels,
        )
    )
Path(__file__).with_name("images.json").write_text(json.dumps(everything, indent=1) + "\n")
