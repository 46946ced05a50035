"""From file to files: blocks are read, separated and written one after another, so memory does not grow with length."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from voxlift.audio import Samples
from voxlift.errors import CancelledError, InputError
from voxlift.media import Info, Writer, open_reader, open_writer, output_format, replace_sound
from voxlift.separate.contract import Separator, Stems, Stream
from voxlift.separate.counting import Count

BLOCK_SECONDS = 4.0
STANDARD_STREAM = Path("-")

Progress = Callable[[float, float | None], None]
"""Told the seconds of sound done, and those there are in all (None if nobody knows)."""

Watch = Callable[[int], Callable[[Stems], None]]
"""Told the rate in Hz when a pass begins; what it returns is shown every block of all stems on their way out."""


@dataclass(frozen=True)
class Job:
    """One file to separate: where from, and which stems where to."""

    source: Path
    targets: Mapping[str, Path]
    overwrite: bool = False
    suffix: str | None = None
    """The kind of file to write, such as `.flac`, where a target's name does not say (standard output)."""
    film: bool = False
    """Write films: the source's pictures with the stem as their sound."""


@dataclass(frozen=True)
class Lifted:
    """What was done to one file."""

    source: Path
    outputs: Mapping[str, Path]
    """By stem; these files exist now."""
    rate: int
    channels: int
    length: int
    elapsed_seconds: float
    gain_db: float
    """0, or by how much all outputs were lowered, together, so that none clips."""
    levels_db: Mapping[str, float]
    """RMS of the `mixture` and of every stem, in dB of full scale."""
    warnings: tuple[str, ...]
    speakers: Count | None = None
    """Where speakers were split: how many were heard, and how sure that is."""

    @property
    def seconds(self) -> float:
        """Duration of the sound."""
        return self.length / self.rate


class _TooLoudError(Exception):
    """A pass went beyond full scale, by the factor `peak`."""

    def __init__(self, peak: float) -> None:
        super().__init__(peak)
        self.peak = peak


@dataclass
class _Tally:
    """What a pass has seen so far."""

    length: int = 0
    energies: dict[str, float] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def count(self, name: str, block: Samples) -> None:
        self.energies[name] = self.energies.get(name, 0.0) + float(np.square(block, dtype=np.float64).sum())

    def levels_db(self, channels: int) -> dict[str, float]:
        samples = max(1, self.length * channels)
        return {name: float(10 * np.log10(energy / samples + 1e-20)) for name, energy in self.energies.items()}


def lift_file(
    separator: Separator,
    job: Job,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    watch: Watch | None = None,
) -> Lifted:
    """Separate one file.

    The outputs hold the source's rate, channels, length and tags and, where their format can, its bit depth. Should a
    stem go beyond the full scale of its file, the work is done once more with all stems lowered by one factor.

    Raises
    ------
    InputError
        When the source cannot be read, a target cannot be written or exists already, or a target is the source.
    NetError
        When the net fails.
    CancelledError
        When `cancelled()` became true; then, as after every error, nothing is left under the targets' names.
    """
    _check_targets(separator, job)
    start, gain = time.perf_counter(), 1.0
    try:
        info, tally = _pass(separator, job, gain, progress=progress, cancelled=cancelled, watch=watch)
    except _TooLoudError as loud:
        gain = 0.999 / loud.peak
        info, tally = _pass(separator, job, gain, progress=progress, cancelled=cancelled, watch=watch)
    return Lifted(
        source=job.source,
        outputs=dict(job.targets),
        rate=info.format.rate,
        channels=info.format.channels,
        length=tally.length,
        elapsed_seconds=time.perf_counter() - start,
        gain_db=float(20 * np.log10(gain)),
        levels_db=tally.levels_db(info.format.channels),
        warnings=tuple(tally.warnings),
    )


def _check_targets(separator: Separator, job: Job) -> None:
    for stem, target in job.targets.items():
        if stem not in separator.stems:
            raise InputError(f"no stem {stem!r}: this model gives {', '.join(separator.stems)}")
        if target.exists() and job.source.exists() and target.samefile(job.source):
            raise InputError(f"{target}: is the input itself; give another name for the output with -o")
    if len(set(job.targets.values())) < len(job.targets):
        raise InputError("two stems would go into one file: give each a name of its own")


def _pass(
    separator: Separator,
    job: Job,
    gain: float,
    *,
    progress: Progress | None,
    cancelled: Callable[[], bool],
    watch: Watch | None,
) -> tuple[Info, _Tally]:
    tally = _Tally()
    repeatable = gain == 1.0 and job.source != STANDARD_STREAM
    with ExitStack() as stack:
        reader = stack.enter_context(open_reader(job.source))
        writers = _open_writers(stack, reader.info, job)
        stream = separator.stream(reader.channels, reader.rate)
        total = reader.info.seconds
        put = _Put(writers, round(BLOCK_SECONDS * reader.rate), gain, tally, watch(reader.rate) if watch else None)
        for block in reader.blocks(BLOCK_SECONDS):
            _stop_if(cancelled, job)
            tally.length += block.shape[1]
            tally.count("mixture", block)
            put(stream.push(block))
            if progress:
                progress(tally.length / reader.rate, total)
        _stop_if(cancelled, job)  # a pipe may have ended because of it
        put(stream.flush())
        clipped = {stem: writer for stem, writer in writers.items() if writer.clipped}
        if clipped and repeatable:
            raise _TooLoudError(put.peak)
        tally.warnings += reader.warnings
        tally.warnings += [f"{writer.clipped} samples of {stem} were clipped" for stem, writer in clipped.items()]
        return reader.info, tally


def _stop_if(cancelled: Callable[[], bool], job: Job) -> None:
    if cancelled():
        raise CancelledError(f"{job.source}: stopped as asked; nothing was written")


@dataclass
class _Put:
    """Writes a block of each stem; what rounding takes from the others goes to the rest, so that the files add up."""

    writers: Mapping[str, Writer]
    most: int
    """So many samples at a time."""
    gain: float
    tally: _Tally
    show: Callable[[Stems], None] | None
    peak: float = 0.0
    """Of what was to be written: the rest as it was before it took up what another stem lost at full scale."""

    def __call__(self, stems: Stems) -> None:
        # Encoders hold a block several times over; some separators give much at once.
        length = max(sound.shape[1] for sound in stems.values())
        for start in range(0, length, self.most):
            self._put({stem: sound[:, start : start + self.most] for stem, sound in stems.items()})

    def _put(self, stems: Stems) -> None:
        if self.gain != 1.0:
            stems = {stem: block * np.float32(self.gain) for stem, block in stems.items()}
        for stem, block in stems.items():
            self.tally.count(stem, block)
        if self.show is not None:
            self.show(stems)
        self.peak = max(self.peak, *(float(np.abs(stems[stem]).max(initial=0)) for stem in self.writers))
        if "rest" in self.writers:
            others = {stem: block for stem, block in stems.items() if stem in self.writers and stem != "rest"}
            lost = [block - self.writers[stem].rounded(block) for stem, block in others.items()]
            stems = {**stems, "rest": sum(lost, stems["rest"])}
        for stem, writer in self.writers.items():
            writer.write(stems[stem])


def _open_writers(stack: ExitStack, info: Info, job: Job) -> dict[str, Writer]:
    writers = {}
    for stem, target in job.targets.items():
        if job.film:
            writers[stem] = _film_writer(stack, info, job, target)
            continue
        format_ = output_format(info, job.suffix or (target.suffix if target != STANDARD_STREAM else ".wav"))
        writer = open_writer(target, format_, info.tags, job.overwrite, info.length)
        writers[stem] = stack.enter_context(writer)
    return writers


def _film_writer(stack: ExitStack, info: Info, job: Job, target: Path) -> Writer:
    """Write the sound beside, and once it is complete, the film with it."""
    if not info.has_video:
        raise InputError(f"{job.source}: holds no pictures; leave out --video")
    if target.exists() and not job.overwrite:
        raise InputError(f"{target}: exists already; use --overwrite to replace it, or -o for another name")
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voxlift-")))
    sound = folder / "sound.wav"

    def mux(kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            replace_sound(job.source, sound, target, job.overwrite)

    stack.push(mux)
    return stack.enter_context(open_writer(sound, output_format(info, ".wav"), {}, length=info.length))


class LiveStream:
    """A separation of live sound: as many samples come out as went in, the voice late by a fixed delay.

    Where a separator's own stream gives what is ready, this one gives a block for a block, silence first.
    """

    def __init__(self, separator: Separator, channels: int, rate: int, block: int, latency: int) -> None:
        self._stream: Stream = separator.stream(channels, rate)
        self._stem = separator.stems[0]
        self._ready: Samples = np.zeros((channels, max(0, latency - block)), np.float32)

    def push(self, block: Samples) -> Samples:
        """Take `(channels, length)`, return as much of the first stem."""
        self._ready = np.concatenate([self._ready, self._stream.push(block)[self._stem]], axis=1)
        out, self._ready = self._ready[:, : block.shape[1]], self._ready[:, block.shape[1] :]
        return out

    def flush(self) -> Samples:
        """Return what is still owed."""
        return np.concatenate([self._ready, self._stream.flush()[self._stem]], axis=1)
