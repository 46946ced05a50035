"""How samples lie in a file: what a file holds, and what each kind of file can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from voxlift.errors import InputError


@dataclass(frozen=True)
class Format:
    """How samples lie in a file.

    Parameters
    ----------
    container
        `"wav"`, `"flac"`, `"ogg"`, `"opus"`, `"mp3"`, `"m4a"`, `"aac"`, `"mp4"`, `"mkv"` ...:
        what the file is, whatever its name.
    subtype
        The codec or the kind of number: `"PCM_16"`, `"FLOAT"`, `"VORBIS"`, `"MPEG_LAYER_III"`, `"AAC"` ...
    rate
        Samples a second, in Hz.
    channels
        1 to 32.
    bit_rate
        Of a lossy codec, in bits a second; None where it means nothing.
    """

    container: str
    subtype: str
    rate: int
    channels: int
    bit_rate: int | None = None

    @property
    def lossy(self) -> bool:
        """Whether the samples change on their way through the file."""
        return self.subtype not in DEPTHS

    @property
    def depth(self) -> int | None:
        """Bits a sample on an integer grid; None for floats and lossy codecs."""
        return DEPTHS.get(self.subtype)


@dataclass(frozen=True)
class Info:
    """What a file holds; made without decoding it.

    Parameters
    ----------
    path
        The file, or `-` for standard input.
    format
        How the samples lie in it.
    length
        Samples over time in one channel, exact; None where only decoding would tell.
    seconds
        Duration, as well as the container knows; None where it does not.
    tags
        Title, artist, album, date, comment, track, genre ... that are filled.
    has_video
        Whether moving pictures lie beside the sound (a cover does not count).
    warnings
        What is odd about the file, a sentence each.
    """

    path: Path
    format: Format
    length: int | None
    seconds: float | None
    tags: Mapping[str, str] = field(default_factory=dict)
    has_video: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """What we can write into one kind of file."""

    suffixes: tuple[str, ...]
    subtypes: tuple[str, ...]
    max_channels: int = 32
    rates: tuple[int, ...] = ()  # empty: any
    max_rate: int = 384_000


# Floats count as lossless without a grid: float32 in, the same float32 out.
DEPTHS: Mapping[str, int | None] = {
    "PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32,
    "ALAC_16": 16, "ALAC_24": 24, "FLOAT": None, "DOUBLE": None,
}  # fmt: skip
_INTEGERS = ("PCM_16", "PCM_24", "PCM_32")
OPUS_RATES = (8_000, 12_000, 16_000, 24_000, 48_000)
_MP3_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
AAC_RATES = (7_350, 8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000)
_FLOATS = ("FLOAT", "DOUBLE")
_LAWS = ("ULAW", "ALAW")

KINDS: Mapping[str, Kind] = {
    "wav": Kind((".wav", ".wave"), ("PCM_U8", *_INTEGERS, *_FLOATS, *_LAWS)),
    "rf64": Kind((".rf64",), ("PCM_U8", *_INTEGERS, *_FLOATS, *_LAWS)),
    "w64": Kind((".w64",), ("PCM_U8", *_INTEGERS, *_FLOATS, *_LAWS)),
    "aiff": Kind((".aiff", ".aif", ".aifc"), ("PCM_S8", "PCM_U8", *_INTEGERS, *_FLOATS, *_LAWS)),
    "au": Kind((".au", ".snd"), ("PCM_S8", *_INTEGERS, *_FLOATS, *_LAWS)),
    "caf": Kind((".caf",), ("PCM_S8", *_INTEGERS, *_FLOATS, *_LAWS)),
    "flac": Kind((".flac",), ("PCM_S8", "PCM_16", "PCM_24"), max_channels=8),
    "ogg": Kind((".ogg", ".oga"), ("VORBIS", "OPUS"), max_rate=192_000),
    "opus": Kind((".opus",), ("OPUS",), max_channels=8, rates=OPUS_RATES),
    "mp3": Kind((".mp3",), ("MPEG_LAYER_III",), max_channels=2, rates=_MP3_RATES),
    "m4a": Kind((".m4a", ".m4b"), ("AAC", "ALAC_16", "ALAC_24"), max_channels=8),
    "aac": Kind((".aac",), ("AAC",), max_channels=8, rates=AAC_RATES),
}
WRITTEN_SUFFIXES = tuple(suffix for kind in KINDS.values() for suffix in kind.suffixes)

# Where the sound of a film goes when it leaves the film: the codec decides.
_SUFFIX_OF_CODEC: Mapping[str, str] = {
    "AAC": ".m4a", "ALAC_16": ".m4a", "ALAC_24": ".m4a", "OPUS": ".opus", "VORBIS": ".ogg", "MPEG_LAYER_III": ".mp3",
    "PCM_U8": ".wav", "PCM_S8": ".wav", "PCM_16": ".wav", "PCM_24": ".wav", "PCM_32": ".wav", "FLOAT": ".wav",
    "DOUBLE": ".wav",
}  # fmt: skip
_BITS_A_CHANNEL = {"MPEG_LAYER_III": 96_000, "AAC": 96_000, "VORBIS": 80_000, "OPUS": 64_000}


def output_format(info: Info, suffix: str | None = None) -> Format:
    """Choose the format of a file that takes up the sound of another.

    Parameters
    ----------
    info
        The source.
    suffix
        The output's, say `".flac"`; None for the source's own family (`sound_suffix`).

    Returns
    -------
    Format
        The source's rate and channels always; its codec, bit depth and bit rate where the file can hold them.

    Raises
    ------
    InputError
        On a suffix we do not write, or where the rate or the channels do not fit it.
    """
    format_ = _natural(info, container_of_suffix(sound_suffix(info) if suffix is None else suffix))
    check_writable(format_)
    return format_


def sound_suffix(info: Info) -> str:
    """Suffix of a sound file of the same family, also for a film: `.m4a` for AAC, `.flac` where nothing else fits."""
    container = info.format.container
    own = KINDS[container].suffixes[0] if container in KINDS else _SUFFIX_OF_CODEC.get(info.format.subtype, ".flac")
    if container == "mkv" and info.format.depth in (16, 24):
        own = ".flac"  # what Matroska's lossless tracks nearly always are
    for suffix in (own, ".flac"):
        if _misfit(_natural(info, container_of_suffix(suffix))) is None:
            return suffix
    return ".wav"


def container_of_suffix(suffix: str) -> str:
    """Name the kind of file that a suffix promises.

    Raises
    ------
    InputError
        With the suffixes that would do.
    """
    for name, kind in KINDS.items():
        if suffix.lower() in kind.suffixes:
            return name
    known = ", ".join(WRITTEN_SUFFIXES)
    seen = f"cannot write {suffix} files" if suffix else "the output's name has no suffix, so its format is unknown"
    raise InputError(f"{seen}: use one of {known}")


def check_writable(format_: Format) -> None:
    """Refuse what a kind of file cannot hold.

    Raises
    ------
    InputError
        With the value seen and what would work.
    """
    problem = _misfit(format_)
    if problem:
        raise InputError(problem)


def _misfit(format_: Format) -> str | None:
    kind = KINDS.get(format_.container)
    if kind is None:
        return f"cannot write {format_.container} files: use one of {', '.join(WRITTEN_SUFFIXES)}"
    name = format_.container.upper()
    if format_.subtype not in kind.subtypes:
        return f"{name} files hold no {format_.subtype}: use one of {', '.join(kind.subtypes)}"
    if format_.channels > kind.max_channels:
        return f"{name} files hold up to {kind.max_channels} channels, not {format_.channels}: write a .wav file"
    rates = OPUS_RATES if format_.subtype == "OPUS" else AAC_RATES if format_.subtype == "AAC" else kind.rates
    if rates and format_.rate not in rates:
        known = ", ".join(str(rate) for rate in rates)
        return f"{name} files hold rates of {known} Hz, not {format_.rate} Hz: write .ogg, .flac or .wav"
    if format_.rate > kind.max_rate:
        return f"{name} files hold rates up to {kind.max_rate} Hz, not {format_.rate} Hz: write .flac or .wav"
    return None


def _natural(info: Info, container: str) -> Format:
    source, kind = info.format, KINDS[container]
    subtype = source.subtype if source.subtype in kind.subtypes else _nearest(source, kind)
    if container == "ogg" and subtype == "OPUS" and source.rate not in OPUS_RATES:
        subtype = "VORBIS"
    target = replace(source, container=container, subtype=subtype, bit_rate=None)
    if target.lossy and subtype not in _LAWS:
        return replace(target, bit_rate=(source.bit_rate if source.lossy else None) or default_bit_rate(target))
    return target


def default_bit_rate(format_: Format) -> int:
    """Bits a second at which a lossy codec is good enough for voice and music."""
    a_channel = _BITS_A_CHANNEL.get(format_.subtype, 96_000) * min(1.0, max(0.25, format_.rate / 44_100))
    return int(a_channel * format_.channels)


def _nearest(source: Format, kind: Kind) -> str:
    """Choose the subtype that keeps the source's precision; 16 bits are plenty for what came from a lossy codec."""
    if source.subtype in _FLOATS:
        wanted: tuple[str, ...] = ("FLOAT", "PCM_24")
    elif source.depth == 8:
        wanted = ("PCM_U8", "PCM_S8", "PCM_16")
    elif source.depth in (24, 32):
        wanted = ("PCM_24",)
    else:
        wanted = ("PCM_16",)
    return next((subtype for subtype in wanted if subtype in kind.subtypes), kind.subtypes[0])
