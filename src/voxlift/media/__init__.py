"""Files in and out: every common kind of sound and film, by blocks, with errors that teach."""

from voxlift.media.formats import Format, Info, output_format, sound_suffix
from voxlift.media.reading import Reader, open_reader, probe, read
from voxlift.media.video import replace_sound
from voxlift.media.writing import Writer, open_writer, write

__all__ = [
    "Format", "Info", "Reader", "Writer", "open_reader", "open_writer", "output_format", "probe", "read",
    "replace_sound", "sound_suffix", "write",
]  # fmt: skip
