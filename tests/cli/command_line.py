"""The command line as tests see it, and the sounds they feed it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

import voxlift
from voxlift.audio import Audio, Samples


@dataclass(frozen=True)
class Ran:
    """What one command line did."""

    status: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


Cli = Callable[..., Ran]


def command(*arguments: object) -> list[str]:
    """The words that start Voxlift as a process of its own."""
    return [sys.executable, "-m", "voxlift", *map(str, arguments)]


def start(*arguments: object, **options: Any) -> subprocess.Popen[bytes]:
    """Start Voxlift as a process of its own, its standard error in a pipe."""
    return subprocess.Popen(command(*arguments), stderr=subprocess.PIPE, **options)


def names(place: Path) -> list[str]:
    """Everything that lies below a folder."""
    return sorted(str(path.relative_to(place)) for path in place.rglob("*"))


def sound(length: int = 16_000, channels: int = 1, rate: int = 16_000, seed: int = 0) -> Audio:
    """A vowel that comes and goes in noise, different in each channel."""
    rng = np.random.default_rng(seed)
    seconds = np.arange(length) / rate
    vowel = sum(np.sin(2 * np.pi * 140 * k * seconds) / k for k in range(1, 20)) * (np.sin(2 * np.pi * 2 * seconds) > 0)
    samples: Samples = (0.1 * vowel + 0.05 * rng.standard_normal((channels, length))).astype(np.float32)
    return Audio(samples, rate)


def save(path: Path | str, audio: Audio | None = None, subtype: str = "PCM_16") -> Path:
    """Write a recording; libsndfile's kinds in a subtype of choice, the others as they come."""
    audio = audio or sound()
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".wav":
        import soundfile

        soundfile.write(path, audio.samples.T, audio.rate, subtype=subtype)
    else:
        voxlift.write(path, audio)
    return path


def integers(path: Path) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The samples of a 16-bit file as they lie in it, `(channels, length)`."""
    return np.rint(voxlift.read(path).samples * 32_768).astype(np.int64)


def steps(path: Path) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The samples of a file of 16 or 24 bits in steps of 24 bits, `(channels, length)`."""
    return np.rint(voxlift.read(path).samples * 2**23).astype(np.int64)


def film(path: Path) -> Path:
    """Write a second and a half of pictures and stereo sound."""
    pictures_codec, sound_codec = ("libvpx", "libopus") if path.suffix == ".webm" else ("mpeg4", "aac")
    with av.open(str(path), "w") as container:
        video = container.add_stream(pictures_codec, rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        stream = container.add_stream(sound_codec, rate=48_000, layout="stereo")
        for index in range(37):
            picture = av.VideoFrame.from_ndarray(np.full((48, 64, 3), index * 5, np.uint8), format="rgb24")
            picture.pts, picture.time_base = index, Fraction(1, 25)
            container.mux(video.encode(picture))
        container.mux(video.encode(None))
        frame = av.AudioFrame.from_ndarray(sound(72_000, 2, 48_000).samples, format="fltp", layout="stereo")
        frame.sample_rate, frame.time_base, frame.pts = 48_000, Fraction(1, 48_000), 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def pictures(path: Path) -> list[bytes]:
    """The encoded pictures of a film, bit by bit."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]
