"""The English sentences of the worker and the decoder, in the visitor's language.

They are made where nobody knows the visitor, and kept with the job as `/api/v1` shows them. So each is found again here
by its pattern. One that is not found stays English, and says so to screen readers.
"""

from __future__ import annotations

import re

from flask_babel import gettext
from markupsafe import Markup, escape

from voxlift.web.visitors import language


def N_(text: str) -> str:  # noqa: N802 - as gettext's tools look for it
    """Mark a text for translation, and leave it as it is."""
    return text


SENTENCES = (
    N_("the recording took longer to lift than this service allows; send a shorter one"),
    N_("the recording needs more memory than this service allows; send a shorter or simpler one"),
    N_("the recording could not be lifted because of a fault of ours; try again later"),
    N_("the recording could not be lifted: the process that worked on it died again and again"),
    N_("the recording has %(channels)s channels: this service takes %(most)s"),
    N_("the recording lasts %(length)s minutes: this service takes %(most)s minutes at most"),
    N_("the recording lasts %(length)s minutes: this service takes %(most)s seconds at most"),
    N_("the recording lasts %(length)s seconds: this service takes %(most)s seconds at most"),
    N_("the recording has %(samples)s million samples: send it at 48 kHz or below"),
    N_(
        "no sound could be found in this file; it is damaged or of another kind "
        "(wav, flac, ogg, opus, mp3, m4a, mp4, mkv, webm and the like are read)"
    ),
    N_("the file holds no samples; record or export it again"),
    N_("no samples could be decoded; the file is empty or damaged"),
    N_("the film has no sound; give one with a sound track"),
    N_("the sample at %(seconds)s s is not a number or infinite; export the recording again"),
    N_("%(number)s samples of %(stem)s were clipped"),
    N_("%(number)s damaged pieces were left silent or out"),
    N_("the header promises more sound than there is; the file was cut"),
    N_("the file has no proper end; it was cut"),
    N_("damaged after %(seconds)s s; what could be saved behind it was read"),
    N_("damaged or cut short; %(seconds)s s of %(all)s s could be read"),
    N_("damaged or cut short; %(seconds)s s could be read"),
)


def told(sentence: str) -> Markup:
    """Say an English sentence in the visitor's language, beginning large and ending with a stop."""
    for template, pattern in _PATTERNS:
        if found := pattern.fullmatch(sentence):
            return escape(_whole(gettext(template, **found.groupdict())))
    text = escape(_whole(sentence))
    return text if language() == "en" else Markup('<span lang="en">{}</span>').format(text)


def _whole(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"%\((\w+)\)s", template)
    return re.compile("".join(f"(?P<{part}>.+?)" if k % 2 else re.escape(part) for k, part in enumerate(parts)))


_PATTERNS = [(template, _pattern(template)) for template in SENTENCES]
