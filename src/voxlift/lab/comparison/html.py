"""HTML as nested calls: whatever is text is escaped, whatever is a tag is not."""

from __future__ import annotations

import base64
from html import escape


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def tag(name: str, *children: str, **attributes: str | bool | None) -> Markup:
    """Write an element.

    Parameters
    ----------
    children
        Text, which is escaped, or `Markup`, which is not.
    attributes
        A last underscore is dropped, others become dashes; None and False leave one out, True has no value.
    """
    words = [name]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        dashed = key.rstrip("_").replace("_", "-")
        words.append(dashed if value is True else f'{dashed}="{escape(str(value))}"')
    inner = join(*children)
    return Markup(f"<{' '.join(words)}>" if name in ("img", "source", "br") else f"<{' '.join(words)}>{inner}</{name}>")


def join(*children: str) -> Markup:
    """Put pieces one after the other."""
    return Markup("".join(child if isinstance(child, Markup) else escape(child) for child in children))


def data_uri(content: bytes, kind: str) -> str:
    """Write a file into an address, so that nothing need be fetched."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
