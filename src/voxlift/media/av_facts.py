"""What FFmpeg's containers tell about the sound in them, in our words."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from voxlift.media.formats import DEPTHS, Format, Info
from voxlift.media.sniffing import is_quicktime, is_webm, wave_length
from voxlift.media.sources import Bytes
from voxlift.media.tags import av_tags

_SUBTYPES = {
    "aac": "AAC", "aac_latm": "AAC", "mp3float": "MPEG_LAYER_III", "mp3": "MPEG_LAYER_III", "opus": "OPUS",
    "libopus": "OPUS", "vorbis": "VORBIS", "pcm_u8": "PCM_U8", "pcm_s8": "PCM_S8", "pcm_s16le": "PCM_16",
    "pcm_s16be": "PCM_16", "pcm_s24le": "PCM_24", "pcm_s24be": "PCM_24", "pcm_s32le": "PCM_32", "pcm_s32be": "PCM_32",
    "pcm_f32le": "FLOAT", "pcm_f32be": "FLOAT", "pcm_f64le": "DOUBLE", "pcm_f64be": "DOUBLE", "pcm_mulaw": "ULAW",
    "pcm_alaw": "ALAW",
}  # fmt: skip
_ATTACHED_PICTURE = 0x400  # FFmpeg's AV_DISPOSITION_ATTACHED_PIC: the cover of an album


def described(container: Any, stream: Any, source: Bytes) -> tuple[Info, int | None]:
    """Describe the sound of an open container.

    Returns
    -------
    tuple
        The description; the samples after which the codec's padding begins (None: none is known).
    """
    codec = stream.codec_context
    subtype = _subtype(codec)
    length = _length(container, stream, source)
    limit = _limit(container, stream) if container.format.name != "mp3" else length
    length = limit if limit is not None else length
    seconds = _seconds(container, stream, length)
    format_ = Format(
        container=_container(container, source, subtype),
        subtype=subtype,
        rate=codec.sample_rate,
        channels=codec.channels,
        bit_rate=None if subtype in DEPTHS else _bit_rate(container, codec, source, seconds),
    )
    tags = av_tags(container.metadata, stream.metadata)
    info = Info(source.path, format_, length, seconds, tags, has_video=has_pictures(container))
    return info, limit


def has_pictures(container: Any) -> bool:
    """Whether there is a film in it: a cover does not count."""
    return any(not int(stream.disposition) & _ATTACHED_PICTURE for stream in container.streams.video)


def _subtype(codec: Any) -> str:
    if codec.name in ("flac", "alac"):
        depth = 16 if codec.format is not None and codec.format.name.startswith("s16") else 24
        return f"PCM_{depth}" if codec.name == "flac" else f"ALAC_{depth}"
    return _SUBTYPES.get(codec.name, str(codec.name).upper())


def _container(container: Any, source: Bytes, subtype: str) -> str:
    name = str(container.format.name)
    if "mp4" in name:
        if has_pictures(container):
            return "mov" if is_quicktime(source.head) else "mp4"
        return "m4a"
    if "matroska" in name:
        return "webm" if is_webm(source.head) else "mkv"
    if name == "ogg" and subtype == "OPUS":
        return "opus"
    return name


def _limit(container: Any, stream: Any) -> int | None:
    """Tell where the last block's padding begins: MPEG-4 says it in its edit list, iTunes in a tag."""
    if "mp4" not in str(container.format.name):
        return None
    note = next((value for key, value in container.metadata.items() if key.lower() == "itunsmpb"), "").split()
    if len(note) >= 4:
        try:
            return int(note[3], 16) or None
        except ValueError:
            return None
    if not stream.duration or stream.duration < 0:
        return None
    length: int = round(stream.duration * stream.time_base * stream.codec_context.sample_rate)
    return length


def _length(container: Any, stream: Any, source: Bytes) -> int | None:
    name, rate = container.format.name, stream.codec_context.sample_rate
    if name == "wav" and source.size is None:
        return wave_length(source.head)
    exact = name in ("wav", "flac", "aiff", "au", "caf", "w64") and source.size is not None
    # FFmpeg starts late in an mp3 only if the encoder wrote its delay and padding; else the length is a guess.
    exact = exact or (name == "mp3" and bool(stream.start_time) and source.size is not None)
    if not exact or not stream.duration or stream.duration < 0:
        return None
    length: int = round(stream.duration * stream.time_base * rate)
    return length


def _seconds(container: Any, stream: Any, length: int | None) -> float | None:
    if length is not None and stream.codec_context.sample_rate:
        return float(Fraction(length, stream.codec_context.sample_rate))
    if stream.duration and stream.duration > 0:
        return float(stream.duration * stream.time_base)
    return container.duration / 1e6 if container.duration and container.duration > 0 else None


def _bit_rate(container: Any, codec: Any, source: Bytes, seconds: float | None) -> int | None:
    if codec.bit_rate:
        return int(codec.bit_rate)
    if has_pictures(container):
        return None
    if container.bit_rate:
        return int(container.bit_rate)
    return int(source.size * 8 / seconds) if source.size and seconds else None
