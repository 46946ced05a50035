"""Draws the pictures of the documentation anew: `python bench/figures.py` (needs the extra `plot`).

`docs/figures/before-after.png`: a recording of ours, and the voice that `voxlift denoise` lifts out of it.
`docs/figures/song.png`: some seconds of a song, and what `voxlift vocals` makes of it, where that song lies.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
from PIL import Image

import voxlift
from voxlift.media import open_reader
from voxlift.plots import Layout, Picture, draw, gather
from voxlift.separate.card import TASKS

ROOT = Path(__file__).resolve().parent.parent
RECORDING = ROOT / "examples" / "interview.flac"
SONG = ROOT.parent / "shared" / "data" / "dev" / "vocals" / "6_Caesium_1" / "mixture.flac"
LAYOUT = Layout(width=1280, height=540)


def main() -> None:
    """Draw all figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--denoise", default=TASKS["denoise"], help="a name, or a card's folder")
    parser.add_argument("--vocals", default="vocals", help="a name, or a card's folder")
    parser.add_argument("--recording", type=Path, default=RECORDING)
    parser.add_argument("--song", type=Path, default=SONG)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "figures")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    drawn = {"before-after": before_after(options.recording, options.denoise)}
    if options.song.is_file():
        drawn["song"] = song(options.song, options.vocals)
    for name, png in drawn.items():
        target = options.out / f"{name}.png"
        target.write_bytes(smaller(png))
        print(f"{target}: {target.stat().st_size / 1000:.0f} kB")


def before_after(recording: Path, model: str) -> bytes:
    """Lift the voice out of a recording and draw both."""
    with tempfile.TemporaryDirectory(prefix="voxlift-") as folder:
        voice = Path(folder) / "voice.flac"
        voxlift.lift(recording, voice, model=model)
        pictures = [picture(recording, f"before: {recording.name}"), picture(voice, "after: voxlift denoise")]
    return draw(pictures, LAYOUT)


def song(recording: Path, model: str) -> bytes:
    """Take a song apart and draw it with both its parts."""
    with tempfile.TemporaryDirectory(prefix="voxlift-") as folder:
        voice, rest = Path(folder) / "voice.flac", Path(folder) / "rest.flac"
        voxlift.lift(recording, voice, rest=rest, model=model)
        pictures = [picture(recording, "a song"), picture(voice, "its voice"), picture(rest, "the rest")]
    return draw(pictures, replace(LAYOUT, height=LAYOUT.height * 3 // 2))


def picture(path: Path, title: str) -> Picture:
    """Gather what there is to draw of a file."""
    with open_reader(path) as reader:
        return gather(reader.blocks(4.0), reader.rate, title, LAYOUT.width // 2)


def smaller(png: bytes) -> bytes:
    """Bring a picture to a palette of the map's colours and the letters' greys: a third of the bytes, same looks."""
    shades = mpl.colormaps["magma"](np.linspace(0, 1, 208), bytes=True)[:, :3]
    greys = np.linspace((29, 27, 38), (255, 255, 255), 48).round().astype(np.uint8)
    palette = Image.new("P", (1, 1))
    palette.putpalette(np.concatenate([shades, greys]).tobytes())
    image = Image.open(io.BytesIO(png)).convert("RGB")
    places = np.array(image.quantize(palette=palette, dither=Image.Dither.NONE))
    places[(np.array(image) == 255).all(axis=2)] = 255  # Pillow looks colours up coarsely, and grey paper is seen
    image = Image.fromarray(places, "P")
    image.putpalette(palette.getpalette() or [])
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


if __name__ == "__main__":
    main()
