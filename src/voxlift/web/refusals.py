"""What a visitor is refused, in one sentence, with the status that HTTP has for it."""

from __future__ import annotations

from voxlift.errors import InputError


class RefusalError(InputError):
    """A request that is not granted.

    Parameters
    ----------
    status
        Of HTTP.
    sentence
        What is wrong and what would work; shown to visitors.
    retry_seconds
        When it may work, where that is known.
    """

    def __init__(self, status: int, sentence: str, retry_seconds: int | None = None) -> None:
        super().__init__(sentence)
        self.status, self.retry_seconds = status, retry_seconds
