"""Writing sound by blocks: nothing half-written ever bears the final name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import numpy as np

from voxlift.audio import Audio, Samples
from voxlift.errors import InputError, MediaError
from voxlift.media.encoders import AvEncoder, Encoder, SndfileEncoder
from voxlift.media.faults import STANDARD_STREAM, shown
from voxlift.media.formats import Format, Info, check_writable, output_format
from voxlift.media.grids import rounded_to
from voxlift.media.sinks import Sink
from voxlift.media.wave_stream import WaveStream


class Writer:
    """A recording under way; use it in a `with` statement. Made by `open_writer`.

    On a clean end the file takes its name; on any exception nothing of it stays.

    Attributes
    ----------
    peak
        Largest magnitude that was written; 1 is full scale.
    clipped
        Samples beyond full scale, over all channels, in a format that has one (integers and lossy codecs).
    """

    def __init__(self, path: Path, format_: Format, encoder: Encoder, sink: Sink | None) -> None:
        self.path, self.format = path, format_
        self.peak, self.clipped, self.length = 0.0, 0, 0
        self._encoder, self._sink = encoder, sink
        self._open = True

    def write(self, block: Samples) -> None:
        """Append samples.

        Parameters
        ----------
        block
            `(channels, length)`.

        Raises
        ------
        MediaError
            On NaN, on a wrong number of channels, and when the disk is full.
        """
        if block.ndim != 2 or block.shape[0] != self.format.channels:
            raise MediaError(f"a block of shape {block.shape}: the file has {self.format.channels} channels")
        if not block.shape[1]:
            return
        block = np.ascontiguousarray(block, np.float32)
        loud = np.abs(block)
        peak = float(loud.max())
        if not np.isfinite(peak):
            raise MediaError(f"{shown(self.path)}: NaN or infinity cannot be written")
        self.peak = max(self.peak, peak)
        if peak > 1 and self.format.subtype not in ("FLOAT", "DOUBLE"):
            self.clipped += int(np.count_nonzero(loud > 1))
        self._encoder.write(block)
        self.length += block.shape[1]
        if self._sink is not None:
            self._sink.check()

    def rounded(self, block: Samples) -> Samples:
        """Give samples as the file will hold them: then `rest = input - rounded(voice)` adds up in the files too.

        Parameters
        ----------
        block
            `(channels, length)`; it comes back as it is for float and lossy formats.
        """
        return rounded_to(block, self.format.depth)

    def close(self) -> None:
        """Finish the file and give it its name."""
        if not self._open:
            return
        self._open = False
        try:
            self._encoder.close()
            if self._sink is not None:
                self._sink.commit()
        except BaseException:
            self._discard()
            raise

    def cancel(self) -> None:
        """Remove what was written so far."""
        if self._open:
            self._open = False
            self._discard()

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.cancel()

    def _discard(self) -> None:
        if self._sink is None:
            return
        try:
            self._encoder.close()  # lets go of the library's memory; what it still writes goes away with the rest
        except MediaError:
            pass
        finally:
            self._sink.discard()


def open_writer(
    path: Path | str,
    format: Format,  # noqa: A002 - the caller's word for it
    tags: Mapping[str, str] | None = None,
    overwrite: bool = False,
    length: int | None = None,
) -> Writer:
    """Begin a file; `-` is standard output (a wav goes out as it comes, other formats when they are complete).

    Parameters
    ----------
    path
        The final name; `format` decides what is written, not its suffix.
    format
        From `output_format`, or made by hand.
    tags
        Title, artist and so on.
    overwrite
        Whether an existing file may be replaced.
    length
        Samples over time where known: a streamed header is then right, and a wav above 4 GB becomes RF64.

    Raises
    ------
    InputError
        If the format cannot be written, the file exists, or the folder is missing or not writable.
    """
    path = Path(path)
    check_writable(format)
    if path == STANDARD_STREAM and WaveStream.takes(format):
        return Writer(path, format, WaveStream(format, length), None)
    sink = Sink(path, overwrite)
    try:
        return Writer(path, format, _encoder(sink, format, tags or {}, length), sink)
    except BaseException:
        sink.discard()
        raise


def write(path: Path | str, audio: Audio, like: Info | None = None, overwrite: bool = False) -> None:
    """Write a whole recording.

    Parameters
    ----------
    path
        Its suffix names the format.
    audio
        The sound.
    like
        A file whose bit depth, bit rate and tags are taken over; else 24 bits or the codec's usual bit rate.
    overwrite
        Whether an existing file may be replaced.

    Raises
    ------
    InputError
        As `open_writer`.
    """
    path = Path(path)
    kind = Format("wav", "PCM_24", audio.rate, audio.channels)
    if like is not None:
        kind = Format(like.format.container, like.format.subtype, audio.rate, audio.channels, like.format.bit_rate)
    source = Info(path, kind, audio.length, audio.seconds)
    if not audio.length:
        raise InputError(f"{shown(path)}: there are no samples to write")
    suffix = None if path == STANDARD_STREAM else path.suffix
    with open_writer(path, output_format(source, suffix), like.tags if like else {}, overwrite, audio.length) as writer:
        for start in range(0, audio.length, 10 * audio.rate):
            writer.write(audio.samples[:, start : start + 10 * audio.rate])


def _encoder(sink: Sink, format_: Format, tags: Mapping[str, str], length: int | None) -> Encoder:
    if format_.container in ("m4a", "aac"):
        return AvEncoder(sink, format_, tags)
    return SndfileEncoder(sink, format_, tags, length)
