"""What visitors agree to when they tick the box: words with a version, kept with every consent."""

from __future__ import annotations

from flask_babel import gettext as _

VERSION = "2026-11"
"""Changes with the words, in any language."""


def consent_text() -> str:
    """Give the words in the visitor's language."""
    return _(
        "Keep my recording, its result and my judgement, so that Voxlift can learn from them. "
        "I may share this recording, and the people who can be heard in it agree. "
        "I can take this back at any time with my private link; the recording is then deleted from the collection."
    )


def licence() -> str:
    """Name what was agreed to, as the collection's table has it."""
    return f"voxlift-consent {VERSION}"
