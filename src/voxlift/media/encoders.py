"""Encoders: blocks in, bytes into a sink. libsndfile for nearly all, FFmpeg for AAC and ALAC."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Protocol

import numpy as np

from voxlift.audio import Samples
from voxlift.errors import MediaError
from voxlift.media.faults import shown
from voxlift.media.formats import Format, default_bit_rate
from voxlift.media.grids import left_aligned
from voxlift.media.sinks import Sink
from voxlift.media.tags import SNDFILE_TAGS, clean

_LARGEST_WAV_BYTES = (1 << 32) - (1 << 20)
_SNDFILE = {"wav": "WAV", "rf64": "RF64", "w64": "W64", "aiff": "AIFF", "au": "AU", "caf": "CAF", "flac": "FLAC",
            "ogg": "OGG", "opus": "OGG", "mp3": "MP3"}  # fmt: skip
_MUXERS = {"m4a": "ipod", "aac": "adts"}
_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
# Kilobits a second of libvorbis at quality 0, 0.1 .. 1.0, for two channels at 44.1 kHz.
_VORBIS_KILOBITS = (64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 500)
_LAME_TAG_BYTES = 220
_SAMPLE_BYTES = {"PCM_U8": 1, "ULAW": 1, "ALAW": 1, "PCM_16": 2, "PCM_24": 3, "PCM_32": 4, "FLOAT": 4, "DOUBLE": 8}


class Encoder(Protocol):
    """Blocks in; `close` finishes the file, headers and all."""

    def write(self, block: Samples) -> None:
        """Take `(channels, length)`."""
        ...

    def close(self) -> None:
        """Write what is left and the headers."""
        ...


class SndfileEncoder:
    """libsndfile's encoders."""

    def __init__(self, sink: Sink, format_: Format, tags: Mapping[str, str], length: int | None) -> None:
        import soundfile  # noqa: PLC0415 - 0.1 s that `voxlift --help` need not pay

        self._depth = format_.depth
        self._sink = sink
        frame_bytes = _SAMPLE_BYTES.get(format_.subtype, 0) * format_.channels
        self._left = _LARGEST_WAV_BYTES if format_.container == "wav" else None
        self._frame_bytes = frame_bytes
        container = _SNDFILE[format_.container]
        if self._left is not None and length is not None and length * frame_bytes > self._left:
            container, self._left = "RF64", None  # a plain wav ends at 4 GB
        try:
            self._file: Any = soundfile.SoundFile(
                sink, "w", format_.rate, format_.channels, format_.subtype, format=container, **_quality(format_)
            )
        except (soundfile.SoundFileError, RuntimeError, TypeError, ValueError, AssertionError) as error:
            sink.check()
            raise MediaError(f"{shown(sink.path)}: cannot be encoded ({error}); choose another --format") from None
        for name, value in tags.items():
            if name in SNDFILE_TAGS and clean(value):
                setattr(self._file, SNDFILE_TAGS[name], clean(value))

    def write(self, block: Samples) -> None:
        """Take `(channels, length)`; integers are rounded here, as libsndfile would wrap what is too loud."""
        if self._left is not None:
            self._left -= block.shape[1] * self._frame_bytes
            if self._left < 0:
                raise MediaError(f"{shown(self._sink.path)}: a wav file ends at 4 GB; write .flac or .w64 instead")
        data = block if self._depth is None else left_aligned(block, self._depth)
        try:
            self._file.write(np.ascontiguousarray(data.T))
        except (RuntimeError, AssertionError) as error:
            self._sink.check()
            raise MediaError(f"{shown(self._sink.path)}: cannot be encoded ({error})") from None

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


def _quality(format_: Format) -> dict[str, Any]:
    """Options that make libsndfile's lossy encoders meet a bit rate: it takes them as a 'compression level' in 0..1."""
    rate = format_.bit_rate or default_bit_rate(format_)
    if format_.subtype == "MPEG_LAYER_III":
        low, high = (32, 320) if format_.rate >= 32_000 else (8, 160) if format_.rate >= 16_000 else (8, 64)
        level = (high - rate / 1000) / (high - low)
        # LAME leaves out its tag, and with it delay and length, where a frame of constant size cannot hold it.
        frame_bytes = (144 if format_.rate >= 32_000 else 72) * rate / format_.rate
        mode = "CONSTANT" if frame_bytes > _LAME_TAG_BYTES else "AVERAGE"
        return {"compression_level": min(1.0, max(0.0, level)), "bitrate_mode": mode}
    if format_.subtype == "VORBIS":
        scaled = rate / 1000 * 2 / format_.channels * max(1.0, min(3.0, 44_100 / format_.rate))
        quality = float(np.interp(scaled, _VORBIS_KILOBITS, np.linspace(0, 1, 11)))
        return {"compression_level": 1.0 - quality}
    if format_.subtype == "OPUS":
        a_channel = rate / format_.channels
        return {"compression_level": min(1.0, max(0.0, 1 - (a_channel - 6_000) / 250_000))}
    return {}


class AvEncoder:
    """FFmpeg's AAC and ALAC, in m4a (which tells its padding) or as a bare stream of AAC (which cannot)."""

    def __init__(self, sink: Sink, format_: Format, tags: Mapping[str, str]) -> None:
        import av  # noqa: PLC0415 - 0.13 s that `voxlift --help` need not pay

        self._av = av
        self._sink, self._format, self._position = sink, format_, 0
        muxer = _MUXERS[format_.container]
        # The edit list counts in the movie's own scale; in the usual milliseconds the length would be rounded.
        options = {"movie_timescale": str(format_.rate)} if muxer == "ipod" else {}
        try:
            self._container = av.open(sink, "w", format=muxer, options=options)
            self._stream = add_sound(self._container, format_)
            if muxer == "ipod":
                self._container.metadata.update({name: clean(value) for name, value in tags.items()})
        except Exception as error:
            sink.check()
            raise MediaError(f"{shown(sink.path)}: cannot be encoded ({error}); choose another --format") from None

    def write(self, block: Samples) -> None:
        """Take `(channels, length)`."""
        frame = sound_frame(block, self._format, self._position, self._stream)
        self._position += block.shape[1]
        self._encode(frame)

    def close(self) -> None:
        """Finish the file."""
        self._encode(None)
        try:
            self._container.close()
        except Exception as error:
            self._sink.check()
            raise MediaError(f"{shown(self._sink.path)}: cannot be encoded ({error})") from None

    def _encode(self, frame: Any) -> None:
        try:
            for packet in self._stream.encode(frame):
                # A bare AAC stream cannot say that its first block is the codec's run-up, so that is left out.
                if self._format.container == "aac" and packet.pts is not None and packet.pts < 0:
                    continue
                self._container.mux(packet)
        except Exception as error:
            self._sink.check()
            raise MediaError(f"{shown(self._sink.path)}: cannot be encoded ({error})") from None


def add_sound(container: Any, format_: Format) -> Any:
    """Add a stream for sound of a format to FFmpeg's container that is being written."""
    codec = {"AAC": "aac", "OPUS": "libopus", "MPEG_LAYER_III": "libmp3lame", "PCM_16": "flac", "PCM_24": "flac"}
    name = "alac" if format_.subtype.startswith("ALAC") else codec[format_.subtype]
    stream = container.add_stream(name, rate=format_.rate, layout=_LAYOUTS[format_.channels])
    if format_.bit_rate:
        stream.bit_rate = format_.bit_rate
    if format_.depth is not None:
        planar = "p" if name == "alac" else ""
        stream.codec_context.format = ("s16" if format_.depth == 16 else "s32") + planar
    return stream


def sound_frame(block: Samples, format_: Format, position: int, stream: Any) -> Any:
    """Wrap samples for FFmpeg, as floats or on the grid of the format; `position` is the first one's place."""
    import av  # noqa: PLC0415 - loaded already wherever this is called

    data: Any = block if format_.depth is None else left_aligned(block, format_.depth)
    kind = "fltp" if format_.depth is None else "s16p" if format_.depth == 16 else "s32p"
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(data), format=kind, layout=stream.codec_context.layout)
    frame.sample_rate = format_.rate
    frame.time_base = Fraction(1, format_.rate)
    frame.pts = position
    return frame
