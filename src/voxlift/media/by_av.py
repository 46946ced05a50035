"""Decoding with FFmpeg's libraries (PyAV): mp3, m4a, mp4, mkv, webm, and whatever comes through a pipe."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from voxlift.audio import Samples
from voxlift.errors import MediaError
from voxlift.media.av_facts import described
from voxlift.media.faults import not_sound, shown
from voxlift.media.sniffing import adts_frame
from voxlift.media.sources import Bytes, GuardedFile

# Only these demuxers: playlists and scripts (hls, concat, dash ...) would open other files and addresses.
_DEMUXERS = (
    "aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,dsf,dts,eac3,flac,flv,loas,matroska,mov,mp3,mpc,mpc8,mpeg,mpegts,"
    "ogg,rm,tak,tta,voc,w64,wav,webm,wv"
)
_JUMP_SECONDS = 0.1  # a hole in the time stamps above this is silence that was not stored; below, it is jitter
_LOST_SECONDS = 0.002
_LONGEST_HOLE_SECONDS = 600.0  # above, the time stamps themselves are damaged
_SPARE_SAMPLES = 4096  # a codec pads the end with less than two of its blocks
_FULL_SCALE = {"u8": 128.0, "s16": 32768.0, "s32": 2147483648.0, "s64": 2.0**63}


class AvSource:
    """Samples out of a file that FFmpeg decodes.

    Raises
    ------
    MediaError
        If FFmpeg does not know it, finds no sound in it, or fewer streams of sound than were asked for.
    """

    def __init__(self, source: Bytes, stream: int = 0) -> None:
        self._bytes = source
        self.warnings: list[str] = []
        self.broken = False
        self.start_seconds = 0.0  # of the first sample on the container's clock; known once it came
        if isinstance(source.file, GuardedFile):
            source.file.seek(0)
        self._container = open_container(source)
        try:
            sounds = self._container.streams.audio
            if not sounds:
                raise _no_sound(source, self._container)
            if not 0 <= stream < len(sounds):
                raise MediaError(
                    f"{shown(source.path)}: no sound stream {stream}; the file holds {len(sounds)}, counted from 0"
                )
            self._stream = sounds[stream]
            self.info, self._limit = described(self._container, self._stream, source)
        except MediaError:
            self.close()
            raise
        except Exception:  # PyAV raises whatever FFmpeg's answer reminds it of
            self.close()
            raise not_sound(source.path) from None
        self._lost = 0

    def pieces(self) -> Iterator[Samples]:
        """Yield blocks `(channels, length)` of a size of their own, the codec's padding cut off."""
        held: list[Samples] = []  # what comes after the promised end; given out if it is too much to be padding
        position, over = 0, 0
        for block in self._timed():
            position += block.shape[1]
            if self._limit is None or position <= self._limit:
                yield block
                continue
            inside = max(0, self._limit - (position - block.shape[1]))
            if inside:
                yield np.ascontiguousarray(block[:, :inside])
            held.append(np.ascontiguousarray(block[:, inside:]))
            over += block.shape[1] - inside
            if over > _SPARE_SAMPLES:
                self._limit = None
                yield from held
                held = []
        self.broken = position < self._promised() - 1
        if self._lost:
            self.warnings.append(f"{shown(self._bytes.path)}: {self._lost} damaged pieces were left silent or out")

    def _promised(self) -> float:
        """Tell how many samples must come at least, as far as the container knows."""
        if self._limit is not None:
            return self._limit
        if self.info.length is not None:
            return self.info.length
        # Ogg's last page tells the end, up to what the codec needs to run in; elsewhere durations are guesses.
        known = self._container.format.name == "ogg" and self._bytes.size is not None and self.info.seconds
        return 0.98 * self.info.seconds * self.info.format.rate - 8192 if known and self.info.seconds else 0.0

    def close(self) -> None:
        """Close FFmpeg's handle; the bytes are the reader's."""
        self._container.close()

    def _timed(self) -> Iterator[Samples]:
        """Put silence where the time stamps leave a hole, so that sound and pictures stay together."""
        rate, channels = 0, 0
        first, position = Fraction(0), 0
        for frame, after_loss in self._frames():
            block = samples_of(frame)
            if not rate:
                rate, channels = frame.sample_rate, block.shape[0]
                first = _time(frame) or Fraction(0)
                self.start_seconds = float(first)
            if (frame.sample_rate, block.shape[0]) != (rate, channels):
                raise MediaError(
                    f"{shown(self._bytes.path)}: changes from {channels} channels at {rate} Hz to {block.shape[0]} at "
                    f"{frame.sample_rate} Hz on the way; convert it to one format first"
                )
            time = _time(frame)
            if time is not None:
                hole = round((time - first) * rate) - position
                least = _LOST_SECONDS if after_loss else _JUMP_SECONDS
                if least * rate < hole < _LONGEST_HOLE_SECONDS * rate:
                    position += hole
                    yield from _silence(channels, hole)
            position += block.shape[1]
            yield block

    def _frames(self) -> Iterator[tuple[Any, bool]]:
        """Decode; a packet that cannot be decoded is counted and skipped, as every player does."""
        lost_before = False
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except Exception:
                self._lost += 1
                return
            if packet is None:
                return
            try:
                frames = packet.decode()
            except Exception:
                self._lost += 1
                lost_before = True
                continue
            for frame in frames:
                if frame.samples:
                    yield frame, lost_before
                    lost_before = False


def open_container(source: Bytes) -> Any:
    """Open bytes with FFmpeg, which is told no name: the content alone decides.

    Raises
    ------
    MediaError
        If FFmpeg does not know the file.
    """
    import av  # noqa: PLC0415 - 0.13 s that `voxlift --help` need not pay

    av.logging.set_level(None)
    # A bare AAC stream of a few blocks is too short for FFmpeg's own guess.
    for demuxer in (None, "aac") if adts_frame(source.head) else (None,):
        try:
            return av.open(
                source.file, "r", format=demuxer, metadata_errors="replace", options={"format_whitelist": _DEMUXERS}
            )
        except Exception:
            if isinstance(source.file, GuardedFile):
                source.file.seek(0)
    raise not_sound(source.path)


def samples_of(frame: Any) -> Samples:
    """Turn FFmpeg's frame, planar or interleaved, integer or float, into float32 `(channels, length)`."""
    array = frame.to_ndarray()
    if not frame.format.is_planar:
        array = array.reshape(-1, frame.layout.nb_channels).T
    scale = _FULL_SCALE.get(frame.format.name.removesuffix("p"))
    if scale is None:
        return np.ascontiguousarray(array, np.float32)
    if array.dtype == np.uint8:
        array = array.astype(np.float32) - np.float32(128)
    # 24-bit samples lie in the upper bits of 32, so this is exact for all but true 32-bit ones.
    return np.ascontiguousarray(array.astype(np.float32) * np.float32(1 / scale))


def _time(frame: Any) -> Fraction | None:
    return None if frame.pts is None else frame.pts * Fraction(frame.time_base)


def _silence(channels: int, length: int) -> Iterator[Samples]:
    while length > 0:
        yield np.zeros((channels, min(length, 65_536)), np.float32)
        length -= 65_536


def _no_sound(source: Bytes, container: Any) -> MediaError:
    if container.streams.video:
        return MediaError(f"{shown(source.path)}: the film has no sound; give one with a sound track")
    return not_sound(source.path)
