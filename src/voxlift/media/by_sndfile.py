"""Decoding with libsndfile: wav and its kin, flac, ogg, opus, aiff, au, caf."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from voxlift.audio import Samples
from voxlift.media.faults import not_sound, shown
from voxlift.media.formats import Format, Info
from voxlift.media.sniffing import claims_more, ogg_end
from voxlift.media.sources import Bytes, GuardedFile
from voxlift.media.tags import sndfile_tags

_PIECE_SAMPLES = 1 << 17  # over all channels
_TAIL_BYTES = 1 << 17  # an Ogg page is at most 64 kB, so the last whole one lies here
_CONTAINERS = {"WAV": "wav", "WAVEX": "wav", "RF64": "rf64", "W64": "w64", "AIFF": "aiff", "AU": "au", "CAF": "caf",
               "FLAC": "flac", "OGG": "ogg"}  # fmt: skip
_HEADER_BYTES = 4000  # code books of Vorbis
_MOST_BITS_A_CHANNEL = 256_000
_LOSSY = {"VORBIS", "OPUS"}


class SndfileSource:
    """Samples out of a file that libsndfile decodes.

    Raises
    ------
    MediaError
        If libsndfile does not know it, or is known to lose part of it: another decoder may try.
    """

    def __init__(self, source: Bytes) -> None:
        import soundfile  # noqa: PLC0415 - 0.1 s that `voxlift --help` need not pay

        self._bytes = source
        self.warnings: list[str] = []
        self.broken = False
        assert isinstance(source.file, GuardedFile)
        source.file.seek(0)
        try:
            self._file: Any = soundfile.SoundFile(source.file, "r")
        except (soundfile.SoundFileError, RuntimeError, TypeError, ValueError, AssertionError, OverflowError):
            raise not_sound(source.path) from None
        try:
            self.info = self._described()
        except BaseException:
            self.close()
            raise

    def pieces(self) -> Iterator[Samples]:
        """Yield blocks `(channels, length)` of a size of their own; sets `broken` if the end was not reached."""
        frames = max(1, _PIECE_SAMPLES // self._file.channels)
        delivered = 0
        while True:
            block = np.empty((frames, self._file.channels), np.float32)
            try:
                count = self._file.buffer_read_into(memoryview(block.data).cast("B"), "float32")
            except (RuntimeError, AssertionError):
                self.broken = True
                return
            if count <= 0:
                break
            delivered += count
            yield np.ascontiguousarray(block[:count].T)
        self.broken = delivered < self._file.frames

    def close(self) -> None:
        """Close libsndfile's handle; the bytes are the reader's."""
        self._file.close()

    def _described(self) -> Info:
        file, path = self._file, self._bytes.path
        container = _CONTAINERS.get(file.format)
        if container is None or file.subtype == "MPEG_LAYER_III" or file.frames < 0:
            raise not_sound(path)
        if container == "ogg":
            self._check_ogg(path)
            container = "opus" if file.subtype == "OPUS" else "ogg"
        if claims_more(self._bytes.head, self._bytes.size or 0):
            self.warnings.append(f"{shown(path)}: the header promises more sound than there is; the file was cut")
        bit_rate = None
        if file.subtype in _LOSSY and file.frames > file.samplerate:
            sound_bytes = max(0, (self._bytes.size or 0) - _HEADER_BYTES)
            bit_rate = min(int(sound_bytes * 8 * file.samplerate / file.frames), _MOST_BITS_A_CHANNEL * file.channels)
        format_ = Format(container, file.subtype, file.samplerate, file.channels, bit_rate)
        seconds = file.frames / file.samplerate if file.samplerate else None
        return Info(path, format_, file.frames, seconds, sndfile_tags(file), warnings=tuple(self.warnings))

    def _check_ogg(self, path: Path) -> None:
        """Trust libsndfile with Ogg only if it finds all: at a damaged page it stops without a word."""
        place = self._bytes.file
        assert isinstance(place, GuardedFile)
        before = place.tell()
        place.seek(max(0, (self._bytes.size or 0) - _TAIL_BYTES))
        end = ogg_end(place.read(_TAIL_BYTES))
        place.seek(before)
        if end is None:
            raise not_sound(path)
        granule, last = end
        promised = granule * self._file.samplerate / (48_000 if self._file.subtype == "OPUS" else self._file.samplerate)
        if not self._file.frames or promised - self._file.frames > max(0.02 * promised, 0.1 * self._file.samplerate):
            raise not_sound(path)
        if not last:
            self.warnings.append(f"{shown(path)}: the file has no proper end; it was cut")
