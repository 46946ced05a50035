"""Signals and files that the tests of media share."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from voxlift.audio import Audio, Samples
from voxlift.media import Format, open_writer, output_format
from voxlift.media.formats import Info


def noise(channels: int, length: int, seed: int = 0) -> Samples:
    """Band-limited noise, whose correlation has one sharp peak, axes `(channels, length)`."""
    white = np.random.default_rng(seed).standard_normal((channels, length + 8))
    kernel = np.hanning(11)[1:-1]
    smooth = np.stack([np.convolve(row, kernel / kernel.sum(), "valid") for row in white])
    return np.ascontiguousarray(0.25 * smooth, np.float32)


def lag(first: Samples, second: Samples) -> int:
    """Samples by which the second vector comes after the first."""
    length = min(first.shape[-1], second.shape[-1])
    size = 1 << (2 * length - 1).bit_length()
    spectrum = np.fft.rfft(second[:length], size) * np.conj(np.fft.rfft(first[:length], size))
    peak = int(np.argmax(np.fft.irfft(spectrum, size)))
    return peak if peak < size // 2 else peak - size


def save(path: Path, audio: Audio, subtype: str = "PCM_16", tags: dict[str, str] | None = None) -> Path:
    """Write with the format that the suffix names, from a source of the given subtype."""
    source = Info(path, Format("wav", subtype, audio.rate, audio.channels), audio.length, audio.seconds)
    with open_writer(
        path, output_format(source, path.suffix), tags or {}, overwrite=True, length=audio.length
    ) as writer:
        writer.write(audio.samples)
    return path


def film(path: Path, codec: str, samples: Samples | None, rate: int = 48_000, delay_seconds: float = 0.0) -> Path:
    """A film of one second and a half, silent where there are no samples."""
    pictures = "libvpx" if path.suffix == ".webm" else "mpeg4"
    with av.open(str(path), "w") as container:
        video = container.add_stream(pictures, rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        sound = container.add_stream(codec, rate=rate, layout="stereo") if samples is not None else None
        for index in range(37):
            picture = av.VideoFrame.from_ndarray(np.full((48, 64, 3), index * 5, np.uint8), format="rgb24")
            picture.pts, picture.time_base = index, Fraction(1, 25)
            container.mux(video.encode(picture))
        container.mux(video.encode(None))
        if sound is not None:
            frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
            frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), round(delay_seconds * rate)
            container.mux(sound.encode(frame))
            container.mux(sound.encode(None))
    return path
