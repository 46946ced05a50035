"""The errors Voxlift raises on purpose: each says what is wrong, where, and what would work."""

from __future__ import annotations


class VoxliftError(Exception):
    """The root of every error raised on purpose; its text is one clear sentence or two."""


class InputError(VoxliftError):
    """What the user gave cannot be used: a file, a value, a folder. Exit status 2 on the command line."""


class AudioError(InputError, ValueError):
    """Samples that are no sound: wrong axes, impossible rate, NaN."""


class MediaError(InputError):
    """A file that cannot be read or written as sound."""


class DiskFullError(MediaError):
    """There is no room for what is being written."""


class CardError(InputError):
    """A model's card is missing, damaged, or does not fit its net."""


class RecipeError(InputError):
    """A recipe for training that cannot be followed."""


class DataError(InputError):
    """A corpus that is missing, broken or empty."""


class DivergedError(DataError):
    """The loss of a training stopped being a number."""


class MissingExtraError(InputError, ImportError):
    """A part of Voxlift whose libraries are not installed; the text names the command that installs them."""

    def __init__(self, part: str, extra: str) -> None:
        super().__init__(f"{part} needs libraries that are not installed; run: pip install 'voxlift[{extra}]'")
        self._made_of = (part, extra)

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str, str]]:
        """Travel from a worker process to the one that tells of it."""
        return type(self), self._made_of


class KilledError(InputError):
    """A recording brought down the process that worked on it, and nothing is known but that."""


class ClusterError(VoxliftError):
    """The machines that work for us were lost; what is done is done. Exit status 1."""


class NetError(VoxliftError):
    """A net failed while it ran: our fault or the machine's. Exit status 1."""


class CancelledError(VoxliftError):
    """The caller asked to stop; nothing half-written was left."""
