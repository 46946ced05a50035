"""The loop of `voxlift live`: a block in, a block out, late by a delay that was measured beforehand."""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from voxlift.audio import check_format
from voxlift.cli.pcm import DTYPES, DeviceSink, DeviceSource, PipeSink, PipeSource, Sink, Source
from voxlift.errors import InputError
from voxlift.media.devices import sound_library

if TYPE_CHECKING:
    from voxlift.separate.stream import LiveStream

_MAX_BLOCK_SECONDS = 10.0


@dataclass(frozen=True)
class LiveOptions:
    """How to run live; a value out of range fails at construction.

    Raises
    ------
    InputError
        With the value seen and what would work.
    """

    rate: int
    channels: int
    sample_format: str
    block_ms: float | None
    strength_db: float
    model: str
    device: str
    threads: int
    input_device: str | None = None
    output_device: str | None = None

    def __post_init__(self) -> None:
        check_format(self.channels, self.rate)
        if self.sample_format not in DTYPES:
            raise InputError(f"--sample-format {self.sample_format}: choose {' or '.join(DTYPES)}")
        if self.block_ms is not None and not 0 < self.block_ms <= 1000 * _MAX_BLOCK_SECONDS:
            raise InputError(f"--block {self.block_ms:g}: give milliseconds, more than 0 and up to 10000")


def run_live(options: LiveOptions) -> int:
    """Run until the input ends; returns the exit status."""
    from voxlift.separate.contract import latency_samples
    from voxlift.separate.load import load
    from voxlift.separate.stream import LiveStream

    separator = load(options.model, device=options.device, threads=options.threads, strength_db=options.strength_db)
    block = max(1, round(options.rate * _block_seconds(options)))
    latency = latency_samples(separator, options.channels, options.rate, block)
    stream = LiveStream(separator, options.channels, options.rate, block, latency)
    with ExitStack() as ends:
        source = ends.enter_context(closing(_source(options, block)))
        sink = ends.enter_context(closing(_sink(options, block)))
        sys.stderr.write(told(options.rate, block, latency) + "\n")
        sys.stderr.flush()
        mended = pump(source, sink, stream, block)
    if mended:
        sys.stderr.write(f"voxlift: {mended} samples were no numbers and taken as silence\n")
    return 0


def told(rate: int, block: int, latency: int) -> str:
    """Say how late the output is, in time and in samples of the stream."""
    ms = 1000 / rate
    return (
        f"voxlift live: delay {latency * ms:.1f} ms: the output lags by {latency - block} samples "
        f"({(latency - block) * ms:.1f} ms), and a block of {block} ({block * ms:.1f} ms) must arrive first"
    )


def pump(source: Source, sink: Sink, stream: LiveStream, block: int) -> int:
    """Move blocks until the source ends; returns how many samples were no numbers.

    A live sound must not stop because a driver sent rubbish once, so that is taken as silence.
    """
    mended = 0
    while True:
        piece = source.read(block)
        bad = ~np.isfinite(piece)
        if bad.any():
            mended += int(np.count_nonzero(bad))
            piece = np.where(bad, np.float32(0), piece)
        if piece.shape[1]:
            sink.write(stream.push(piece))
        if piece.shape[1] < block:
            sink.write(stream.flush())
            return mended


def show_devices() -> int:
    """List the sound devices on standard output."""
    sys.stdout.write(f"{sound_library().query_devices()}\n")
    return 0


def _block_seconds(options: LiveOptions) -> float:
    """Choose the length of a block: a hop of the net's own transform; in anything else it would only wait longer."""
    if options.block_ms is not None:
        return options.block_ms / 1000
    from voxlift.separate.store import find

    front = find(options.model).front
    return front.hop / front.rate


def _source(options: LiveOptions, block: int) -> Source:
    if options.input_device is None:
        return PipeSource(options.sample_format, options.channels)
    return DeviceSource(options.input_device, options.rate, options.channels, block)


def _sink(options: LiveOptions, block: int) -> Sink:
    if options.output_device is None:
        return PipeSink(options.sample_format)
    return DeviceSink(options.output_device, options.rate, options.channels, block)
