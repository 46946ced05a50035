"""Title, artist and the like: one set of names over what the libraries call them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Ours (and FFmpeg's) name -> libsndfile's. Its "software" is left out: it names the program that wrote the *input*.
SNDFILE_TAGS: Mapping[str, str] = {
    "title": "title", "artist": "artist", "album": "album", "date": "date", "comment": "comment",
    "track": "tracknumber", "genre": "genre", "copyright": "copyright", "license": "license",
}  # fmt: skip
# What FFmpeg reports beside the tags: facts of the container, wrong in a new one.
_NOT_TAGS = {"encoder", "major_brand", "minor_version", "compatible_brands", "creation_time", "handler_name",
             "vendor_id", "duration", "itunsmpb", "language", "timecode"}  # fmt: skip


def sndfile_tags(file: Any) -> dict[str, str]:
    """Tags of an open `soundfile.SoundFile`."""
    found = {ours: str(getattr(file, theirs)) for ours, theirs in SNDFILE_TAGS.items()}
    return {name: value for name, value in found.items() if value}


def av_tags(*metadata: Mapping[str, str]) -> dict[str, str]:
    """Tags among FFmpeg's metadata; earlier mappings win."""
    tags: dict[str, str] = {}
    for mapping in metadata:
        for name, value in mapping.items():
            key = name.lower()
            if key not in _NOT_TAGS and not key.startswith(("encoder", "_statistics")) and value:
                tags.setdefault({"tracknumber": "track", "year": "date"}.get(key, key), value)
    return tags


def clean(value: str) -> str:
    """Prepare a tag's text for C: no zero bytes, no halves of characters."""
    return value.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
