"""Reads plain tables (TOML) into frozen dataclasses; a wrong key or value is named together with what would work."""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, Union

from voxlift.errors import VoxliftError

T = TypeVar("T")


def build(cls: type[T], table: Mapping[str, Any], where: str, error: type[VoxliftError]) -> T:
    """Make a `cls` of a table, nested dataclasses of nested tables.

    Parameters
    ----------
    cls
        A dataclass. Its fields may be str, int, float, bool, `X | None`, `tuple[X, ...]`, dict, or dataclasses.
    where
        How messages name this table, such as a file's name.
    error
        The class of error to raise.

    Raises
    ------
    VoxliftError
        Of class `error`, on an unknown or missing key, or a value of the wrong type.
    """
    if not isinstance(table, Mapping):
        raise error(f"{where}: expected a table of {', '.join(_names(cls))}, got {table!r}")
    hints = typing.get_type_hints(cls)
    for key in table:
        if key not in hints:
            raise error(f"{where}: unknown key {key!r}{nearest(key, _names(cls))}")
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if required and field.name not in table:
            raise error(f"{where}: the key {field.name!r} is missing")
    values = {key: _value(hints[key], value, f"{where}: {key}", error) for key, value in table.items()}
    try:
        return cls(**values)
    except ValueError as problem:
        raise error(f"{where}: {problem}") from problem


def read_toml(path: Path, hint: str, error: type[VoxliftError]) -> dict[str, Any]:
    """Read a TOML file; `hint` says what the file ought to be.

    Raises
    ------
    VoxliftError
        Of class `error`, when it cannot be read or is no TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as problem:
        raise error(f"{path}: cannot be read ({problem.strerror}); {hint}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise error(f"{path}: not a TOML file ({problem})") from None


def nearest(word: str, known: typing.Iterable[str]) -> str:
    """Say which known word is meant, or which words there are."""
    known = sorted(known)
    close = difflib.get_close_matches(word, known, n=1)
    return f": did you mean {close[0]!r}?" if close else f"; known: {', '.join(known)}"


def plain(value: Any) -> Any:
    """Turn a dataclass tree back into tables; keys that are None are left out, as TOML has no null."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        pairs = ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))
        return {key: plain(item) for key, item in pairs if item is not None}
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value


def _names(cls: type[Any]) -> list[str]:
    return [field.name for field in dataclasses.fields(cls)]


def _value(hint: Any, value: Any, where: str, error: type[VoxliftError]) -> Any:
    origin = typing.get_origin(hint)
    if origin in (Union, types.UnionType):
        (hint,) = (arm for arm in typing.get_args(hint) if arm is not type(None))
        return _value(hint, value, where, error)
    if dataclasses.is_dataclass(hint):
        return build(typing.cast("type[Any]", hint), value, where, error)
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise error(f"{where}: expected a list, got {value!r}")
        return tuple(_value(typing.get_args(hint)[0], item, where, error) for item in value)
    if origin is dict:
        if not isinstance(value, Mapping):
            raise error(f"{where}: expected a table, got {value!r}")
        return {key: _value(typing.get_args(hint)[1], item, f"{where}.{key}", error) for key, item in value.items()}
    return _scalar(hint, value, where, error)


def _scalar(hint: Any, value: Any, where: str, error: type[VoxliftError]) -> Any:
    if hint is Any:
        return value
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        raise error(f"{where}: expected {hint.__name__}, got {value!r}")
    return value
