"""JSON Schema of dataclasses, for the description of the API: the types say it already, so nobody writes it twice."""

from __future__ import annotations

import typing
from dataclasses import fields, is_dataclass
from datetime import datetime
from types import UnionType
from typing import Any

_SCALARS: dict[Any, dict[str, Any]] = {
    str: {"type": "string"}, bool: {"type": "boolean"}, int: {"type": "integer"}, float: {"type": "number"},
    datetime: {"type": "string", "format": "date-time"},
}  # fmt: skip


def schema_of(cls: type[Any]) -> dict[str, Any]:
    """Describe a dataclass as an object all of whose fields are there."""
    hints = typing.get_type_hints(cls)
    return {
        "type": "object",
        "description": (cls.__doc__ or "").strip().splitlines()[0],
        "properties": {part.name: _schema(hints[part.name]) for part in fields(cls)},
        "required": [part.name for part in fields(cls)],
        "additionalProperties": False,
    }


def reference(cls: type[Any]) -> dict[str, Any]:
    """Point to a dataclass among the components."""
    return {"$ref": f"#/components/schemas/{component(cls)}"}


def component(cls: type[Any]) -> str:
    """Name of a dataclass in the description."""
    return cls.__name__.removesuffix("View")


def _schema(hint: Any) -> dict[str, Any]:
    if hint in _SCALARS:
        return dict(_SCALARS[hint])
    if is_dataclass(hint):
        return reference(typing.cast("type[Any]", hint))
    arms = typing.get_args(hint)
    if typing.get_origin(hint) in (UnionType, typing.Union):
        return {"anyOf": [_schema(arm) for arm in arms if arm is not type(None)] + [{"type": "null"}]}
    if typing.get_origin(hint) is dict:
        return {"type": "object", "additionalProperties": _schema(arms[1])}
    return {"type": "array", "items": _schema(arms[0])}
