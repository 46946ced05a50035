"""What the first bytes of a file tell; its name is never asked."""

from __future__ import annotations

import struct

HEAD_BYTES = 4096
_OPEN_END = 0x7FFF_0000  # ffmpeg writes 0xFFFFFFFF and sox nearly 0x7FFFFFFF where a pipe hides the length


def sndfile_knows(head: bytes) -> bool:
    """Whether libsndfile should try first.

    libsndfile carries decoders of forgotten formats that nobody hardens any more, and takes a text for headerless
    sound if its name ends so: a positive list of first bytes keeps both away. MP3 is left to PyAV, as mpg123 prints
    its worries to the terminal.
    """
    if head[:4] in (b"RIFF", b"RIFX", b"RF64"):
        return head[8:12] == b"WAVE"
    if head[:4] == b"FORM":
        return head[8:12] in (b"AIFF", b"AIFC")
    return head[:4] in (b"fLaC", b"OggS", b".snd", b"caff", b"riff")


def adts_frame(head: bytes) -> bool:
    """Whether a file begins as a bare stream of AAC does."""
    return len(head) >= 2 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0


def needs_seeking(head: bytes) -> bool:
    """Whether the index may lie at the end, as in MPEG-4, so that a pipe cannot be decoded as it comes."""
    return head[4:8] in (b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip")


def is_webm(head: bytes) -> bool:
    """Whether a Matroska file calls itself WebM."""
    return head[:4] == b"\x1a\x45\xdf\xa3" and b"webm" in head[:64]


def is_quicktime(head: bytes) -> bool:
    """Whether an MPEG-4 file is the older QuickTime movie."""
    return head[4:8] == b"ftyp" and head[8:10] == b"qt"


def wave_length(head: bytes) -> int | None:
    """Tell the samples over time that the header of a RIFF wave claims; None where it leaves that open."""
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return None
    place, frame_bytes = 12, 0
    while place + 8 <= len(head):
        name, size = struct.unpack_from("<4sI", head, place)
        if name == b"fmt " and place + 22 <= len(head):
            frame_bytes = struct.unpack_from("<H", head, place + 20)[0]
        if name == b"data":
            return None if size == 0 or size >= _OPEN_END or not frame_bytes else int(size) // frame_bytes
        place += 8 + size + size % 2
    return None


def claims_more(head: bytes, file_bytes: int) -> bool:
    """Whether the header of a wav or aiff promises more than the file holds: it was cut."""
    if head[:4] not in (b"RIFF", b"FORM"):
        return False
    size = int.from_bytes(head[4:8], "little" if head[:4] == b"RIFF" else "big")
    return size < _OPEN_END and size + 8 > file_bytes + 1  # some writers forget the byte that pads to even


def ogg_end(tail: bytes) -> tuple[int, bool] | None:
    """Read the last whole page of an Ogg stream; a page whose end was cut off does not count.

    Returns
    -------
    tuple or None
        Its granule position (samples since the beginning; Opus counts at 48 kHz) and whether it says to be the last.
    """
    place = len(tail)
    while (place := tail.rfind(b"OggS", 0, place)) >= 0:
        segments = tail[place + 27 : place + 27 + tail[place + 26]] if place + 27 <= len(tail) else b""
        if segments and place + 27 + len(segments) + sum(segments) <= len(tail):
            granule = struct.unpack_from("<q", tail, place + 6)[0]
            if granule >= 0:
                return granule, bool(tail[place + 5] & 4)
    return None
