"""A film with other sound: pictures and subtitles copied bit by bit, only the sound encoded anew."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from voxlift.audio import Samples
from voxlift.errors import InputError, MediaError, VoxliftError
from voxlift.media.by_av import AvSource, open_container
from voxlift.media.encoders import add_sound, sound_frame
from voxlift.media.faults import not_sound, reading_fault, shown
from voxlift.media.formats import AAC_RATES, OPUS_RATES, Format, Info, default_bit_rate
from voxlift.media.reading import Reader, open_reader
from voxlift.media.sinks import Sink
from voxlift.media.sources import Bytes, open_bytes

_MUXERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}
_BLOCK_SECONDS = 0.5
_ATTACHED_PICTURE = 0x400


@dataclass(frozen=True)
class Track:
    """The new sound in the film; `format.container` is FFmpeg's name of the film's."""

    format: Format
    start_seconds: float


def replace_sound(video: Path, sound: Path, out: Path, overwrite: bool = False) -> None:
    """Write a film anew with the sound of another file, at the place in time where its own sound begins.

    Parameters
    ----------
    video
        The film.
    sound
        What replaces its first sound track; further ones are left out.
    out
        `.mp4`, `.mov`, `.mkv` or `.webm`.
    overwrite
        Whether `out` may be replaced if it exists.

    Raises
    ------
    InputError
        If one of the three cannot be used, with what to do.
    """
    video, sound, out = Path(video), Path(sound), Path(out)
    muxer = _MUXERS.get(out.suffix.lower())
    if muxer is None:
        raise InputError(f"{shown(out)}: films are written as {', '.join(_MUXERS)}; choose one of these suffixes")
    info, start_seconds = _own_sound(video)
    with Sink(out, overwrite) as sink, open_reader(sound) as reader:
        source = open_bytes(video)
        with contextlib.closing(source.file):
            track = Track(_sound_format(info, reader, muxer), start_seconds)
            _remux(source, reader, sink, track)


def _own_sound(video: Path) -> tuple[Info, float]:
    """Describe the film's own sound, and tell the time of its first sample in seconds."""
    source = open_bytes(video)
    try:
        decoder = AvSource(source)
        with contextlib.closing(decoder):
            if not decoder.info.has_video:
                raise MediaError(f"{shown(video)}: there are no pictures in it; write a sound file instead")
            if next(decoder.pieces(), None) is None:
                raise not_sound(video)
            return decoder.info, decoder.start_seconds
    finally:
        source.file.close()


def _sound_format(info: Info, reader: Reader, muxer: str) -> Format:
    """Choose what the container takes: the film's own codec where that is possible."""
    subtype = "OPUS" if muxer == "webm" else "AAC"
    if muxer == "matroska" and info.format.subtype in ("OPUS", "MPEG_LAYER_III", "PCM_16", "PCM_24"):
        subtype = info.format.subtype
    if subtype == "MPEG_LAYER_III" and (reader.channels > 2 or reader.rate not in (32_000, 44_100, 48_000)):
        subtype = "AAC"
    if reader.channels > 8:
        raise InputError(f"{shown(info.path)}: films hold up to 8 channels of sound, not {reader.channels}")
    known = {"OPUS": OPUS_RATES, "AAC": AAC_RATES}.get(subtype)
    rate = reader.rate if known is None or reader.rate in known else 48_000
    format_ = Format(muxer, subtype, rate, reader.channels)
    bit_rate = (info.format.bit_rate if info.format.lossy else None) or default_bit_rate(format_)
    return replace(format_, bit_rate=bit_rate if format_.lossy else None)


def _remux(source: Bytes, reader: Reader, sink: Sink, track: Track) -> None:
    import av  # noqa: PLC0415 - 0.13 s that `voxlift --help` need not pay

    container, muxer = open_container(source), track.format.container
    try:
        with av.open(sink, "w", format=muxer) as target:
            target.metadata.update(container.metadata)
            copies = {stream.index: target.add_stream_from_template(stream) for stream in _copied(container, muxer)}
            sound = _sound_packets(add_sound(target, track.format), _resampled(reader, track.format.rate), track)
            _interleave(container, target, copies, sound)
        if source.file.error is not None:
            raise reading_fault(source.path, source.file.error)
    except VoxliftError:
        raise
    except Exception as error:  # PyAV raises whatever FFmpeg's answer reminds it of
        sink.check()
        raise MediaError(f"{shown(sink.path)}: the film cannot be written ({error}); try .mkv") from None
    finally:
        container.close()


def _copied(container: Any, muxer: str) -> list[Any]:
    streams = [s for s in container.streams.video if not int(s.disposition) & _ATTACHED_PICTURE]
    # Each family has its own kinds of subtitles, so they go only from like to like.
    if (muxer in ("matroska", "webm")) == ("matroska" in container.format.name):
        streams += list(container.streams.subtitles)
    return streams


def _interleave(container: Any, target: Any, copies: dict[int, Any], sound: Iterator[tuple[float, Any]]) -> None:
    """Mux pictures and sound in the order of time, so that neither waits in memory for the other."""
    reached = float("-inf")
    for packet in container.demux([container.streams[index] for index in copies]):
        if packet.dts is None:
            continue
        seconds = float(packet.dts * packet.time_base)
        while reached < seconds and (piece := next(sound, None)) is not None:
            reached = piece[0]
            target.mux(piece[1])
        packet.stream = copies[packet.stream.index]
        target.mux(packet)
    for _, packets in sound:
        target.mux(packets)


def _sound_packets(stream: Any, blocks: Iterator[Samples], track: Track) -> Iterator[tuple[float, Any]]:
    """Yield the time reached, in seconds, and what was encoded until there."""
    rate = track.format.rate
    position = round(track.start_seconds * rate)
    for block in blocks:
        frame = sound_frame(block, track.format, position, stream)
        position += block.shape[1]
        yield position / rate, stream.encode(frame)
    yield position / rate, stream.encode(None)


def _resampled(reader: Reader, rate: int) -> Iterator[Samples]:
    if rate == reader.rate:
        yield from reader.blocks(_BLOCK_SECONDS)
        return
    import soxr  # noqa: PLC0415 - rarely needed

    stream = soxr.ResampleStream(reader.rate, rate, reader.channels, dtype="float32")
    for block in reader.blocks(_BLOCK_SECONDS):
        piece = stream.resample_chunk(np.ascontiguousarray(block.T))
        if len(piece):
            yield np.ascontiguousarray(piece.T)
    rest = stream.resample_chunk(np.zeros((0, reader.channels), np.float32), last=True)
    if len(rest):
        yield np.ascontiguousarray(rest.T)
