"""Tables into dataclasses: every mistake is named."""

from dataclasses import dataclass, field

import pytest

from voxlift.errors import RecipeError
from voxlift.schema import build, plain


@dataclass(frozen=True)
class Inner:
    width: int = 3
    share: float = 0.5


@dataclass(frozen=True)
class Outer:
    name: str
    inner: Inner = field(default_factory=Inner)
    maybe: float | None = None
    sizes: tuple[int, ...] = ()
    table: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.name == "bad":
            raise ValueError("a bad name")


def made(table: dict[str, object]) -> Outer:
    return build(Outer, table, "here", RecipeError)


def test_a_table_and_back() -> None:
    table = {"name": "x", "inner": {"width": 4, "share": 1}, "maybe": 2, "sizes": [1, 2], "table": {"a": 1}}
    outer = made(table)
    assert outer == Outer("x", Inner(4, 1.0), 2.0, (1, 2), {"a": 1.0})
    assert isinstance(outer.inner.share, float)
    assert made(plain(outer)) == outer


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"name": "x", "iner": {}}, "did you mean 'inner'"),
        ({"name": "x", "inner": {"widht": 3}}, "inner: unknown key 'widht': did you mean 'width'"),
        ({}, "'name' is missing"),
        ({"name": 3}, "name: expected str, got 3"),
        ({"name": "x", "inner": {"width": True}}, "expected int, got True"),
        ({"name": "x", "inner": {"width": 2.5}}, "expected int, got 2.5"),
        ({"name": "x", "inner": 3}, "expected a table"),
        ({"name": "x", "sizes": 3}, "expected a list"),
        ({"name": "x", "sizes": ["a"]}, "expected int, got 'a'"),
        ({"name": "x", "table": {"a": "b"}}, "table.a: expected float"),
        ({"name": "bad"}, "a bad name"),
    ],
)
def test_a_mistake_is_named_with_its_place(table: dict[str, object], words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        made(table)
