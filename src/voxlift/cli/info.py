"""`voxlift info`: what a recording holds, how loud and how clean it is, and what that means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voxlift.dsp.level import Levels
    from voxlift.media import Info

BLOCK_SECONDS = 4.0
_HEADINGS = ("file", "sound", "tags", "level", "noise", "content")


def info(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Recordings; - is standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line for each file.")] = False,
) -> None:
    """Say what recordings hold: format, level, clipping, noise floor, bandwidth, and hints in words."""
    from voxlift.cli.failing import INPUT, sentence, tell
    from voxlift.cli.printing import say, say_json
    from voxlift.errors import InputError

    failed = False
    for place, path in enumerate(files):
        try:
            found, levels, warnings = examine(path)
        except InputError as problem:
            failed = True
            tell(problem)
            if as_json:
                say_json({"file": str(path), "error": sentence(problem)})
            continue
        if as_json:
            say_json(facts(found, levels, warnings))
        else:
            say(("\n" if place else "") + "\n".join(_lines(found, levels, warnings)))
    if failed:
        raise typer.Exit(INPUT)


def examine(path: Path) -> tuple[Info, Levels, tuple[str, ...]]:
    """Read a recording once, by blocks, and measure it; returns also what the reader found odd.

    Raises
    ------
    InputError
        When it cannot be read.
    """
    from voxlift.dsp.level import LevelMeter
    from voxlift.media import open_reader

    with open_reader(path) as reader:
        meter = LevelMeter(reader.channels, reader.rate, reader.info.format.depth)
        for block in reader.blocks(BLOCK_SECONDS):
            meter.push(block)
        return reader.info, meter.result(), (*reader.info.warnings, *reader.warnings)


def facts(found: Info, levels: Levels, warnings: tuple[str, ...]) -> dict[str, Any]:
    """Put everything that is known into one table of plain values."""
    import dataclasses

    measured = {
        name: round(value, 6) if isinstance(value, float) else value
        for name, value in dataclasses.asdict(levels).items()
        if name != "length"
    }
    measured["channel_rms_db"] = [round(value, 3) for value in levels.channel_rms_db]
    return {
        "file": str(found.path),
        "container": found.format.container,
        "codec": found.format.subtype,
        "rate": found.format.rate,
        "channels": found.format.channels,
        "bits": found.format.depth,
        "bit_rate": found.format.bit_rate,
        "length": levels.length,
        "seconds": round(levels.length / found.format.rate, 6),
        "has_video": found.has_video,
        "tags": dict(found.tags),
        **measured,
        "hints": list(hints(found, levels)),
        "warnings": list(warnings),
    }


def hints(found: Info, levels: Levels) -> Iterator[str]:
    """Say in words what somebody who wants a clean voice should know."""
    from voxlift.dsp.loudness import QUIETEST_DB

    rate = found.format.rate
    if levels.peak_db <= QUIETEST_DB:
        yield "digital silence: there is nothing in it"
        return
    if levels.clipped_runs:
        share = levels.clipped_samples / (levels.length * found.format.channels)
        places = "one place" if levels.clipped_runs == 1 else f"{levels.clipped_runs} places"
        yield f"clipped in {places} ({share:.2%} of the samples): record at a lower level if you can"
    elif levels.peak_db > 0.01:
        yield f"goes {levels.peak_db:.1f} dB beyond full scale: it would clip in a file of integers"
    if levels.rms_db < -45:
        yield "very quiet: the noise of the recorder may be near"
    if abs(levels.dc_offset) > 0.005:
        yield f"offset of {levels.dc_offset:+.1%} of full scale: the recorder's input is not centred"
    if levels.silence_share > 0.5:
        yield f"silent for {levels.silence_share:.0%} of the time"
    if levels.snr_db is not None and levels.snr_db < 15:
        yield "noisy: `voxlift denoise` should help"
    yield from _band_hint(levels.bandwidth_hz, rate)
    yield from _channel_hints(levels)


def _band_hint(bandwidth_hz: float, rate: int) -> Iterator[str]:
    """A voice needs about 8 kHz to sound whole, and music all there is; a low rate says so itself."""
    width = f"content only up to {bandwidth_hz / 1000:.1f} kHz"
    if bandwidth_hz <= 4200:
        yield f"{width}: telephone band"
    elif bandwidth_hz <= 8200:
        yield f"{width}: the band of a call over the internet"
    elif bandwidth_hz < 0.3 * rate:
        yield f"{width} of {rate / 2000:g}: made at a lower rate, or with a coarse codec"


def _channel_hints(levels: Levels) -> Iterator[str]:
    names = ("left", "right") if len(levels.channel_rms_db) == 2 else ()
    if levels.identical_channels:
        yield f"all {len(levels.channel_rms_db)} channels are the same: mono in fact"
        return
    loudest = max(levels.channel_rms_db)
    for place, rms_db in enumerate(levels.channel_rms_db):
        if rms_db < loudest - 40:
            yield f"{f'the {names[place]} channel' if names else f'channel {place + 1}'} is empty or nearly so"


def _lines(found: Info, levels: Levels, warnings: tuple[str, ...]) -> Iterator[str]:
    values = (
        _kind(found),
        _sound(found, levels),
        ", ".join(f"{name}: {' '.join(value.split())}" for name, value in found.tags.items()),
        *_measures(levels),
    )
    yield str(found.path)
    for heading, value in zip(_HEADINGS, values, strict=True):
        if value:
            yield f"  {heading:<9}{value}"
    for sentence in hints(found, levels):
        yield f"  {'hint':<9}{sentence}"
    for sentence in warnings:
        yield f"  {'warning':<9}{sentence}"


def _kind(found: Info) -> str:
    format_ = found.format
    bits = f", {format_.depth} bits" if format_.depth else ""
    speed = f", {format_.bit_rate / 1000:.0f} kbit/s" if format_.lossy and format_.bit_rate else ""
    return f"{format_.container}, {format_.subtype}{bits}{speed}{', with moving pictures' if found.has_video else ''}"


def _sound(found: Info, levels: Levels) -> str:
    channels = {1: "mono", 2: "stereo"}.get(found.format.channels, f"{found.format.channels} channels")
    return f"{clock(levels.length / found.format.rate)} ({levels.length} samples), {found.format.rate} Hz, {channels}"


def _measures(levels: Levels) -> tuple[str, str, str]:
    from voxlift.dsp.loudness import QUIETEST_DB

    if levels.peak_db <= QUIETEST_DB:
        return "silence", "", ""
    loudness = f", {levels.loudness_lufs:.1f} LUFS" if levels.loudness_lufs is not None else ""
    level = f"peak {levels.peak_db:.1f} dBFS, RMS {levels.rms_db:.1f} dBFS{loudness}"
    noise = [] if levels.noise_floor_db is None else [f"floor {levels.noise_floor_db:.1f} dBFS"]
    noise += [] if levels.snr_db is None else [f"voice about {levels.snr_db:.0f} dB above the noise"]
    content = f"up to {levels.bandwidth_hz / 1000:.1f} kHz, {levels.silence_share:.0%} silence"
    return level, ", ".join(noise), content


def clock(seconds: float) -> str:
    """Write a duration as people do: 7.96 s, 12:05.3, 1:02:03."""
    if seconds < 60:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes:.0f}:{int(rest * 10) / 10:04.1f}"
    return f"{minutes // 60:.0f}:{minutes % 60:02.0f}:{int(rest):02d}"
