"""Where the output of each input goes, so that no two inputs ever meet in one file."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voxlift.cli.inputs import Found, plain_name
from voxlift.cli.options import PIPE, LiftOptions
from voxlift.errors import InputError

if TYPE_CHECKING:
    from voxlift.media import Info

FILMS = (".mp4", ".m4v", ".mov", ".mkv", ".webm")


@dataclass(frozen=True)
class Plan:
    """One recording, where each product of it goes, and how long it is (None where only reading it would tell).

    Products are stems, and files that are no sound: these name their kind themselves (`timeline.json`).
    """

    source: Path
    targets: dict[str, Path]
    seconds: float | None
    suffix: str | None = None
    """Of the kind of file to write, where the targets' names do not say it."""


@dataclass(frozen=True)
class Wanted:
    """A recording, the suffix of its outputs, and its duration."""

    found: Found
    suffix: str
    seconds: float | None


def pipe_plan(products: Sequence[str], options: LiftOptions) -> Plan:
    """Plan for standard input, which has no name of its own.

    Raises
    ------
    InputError
        When the options do not tell where it goes.
    """
    if options.output_dir is not None:
        raise InputError("standard input has no name to write under in --output-dir; give -o FILE")
    if options.film:
        raise InputError("--video needs a file, as a film is read twice; save standard input to one first")
    return named_plan(Wanted(Found(PIPE, Path()), "", None), products, options.into(options.output or PIPE))


def named_plan(wanted: Wanted, products: Sequence[str], options: LiftOptions) -> Plan:
    """Plan for the single input of `-o`; further products go beside it as NAME.STEM.EXT.

    Raises
    ------
    InputError
        When more than one stem would go to standard output.
    """
    assert options.output is not None
    output = options.output
    if options.to_pipe and len(products) > 1:
        raise InputError(f"there would be {', '.join(products)}; standard output takes only one: use -o FILE")
    stems = [product for product in products if is_stem(product)]
    ours = [stem for stem in stems if stem != "rest"] or stems
    beside = _named(output.with_name(output.stem), products, output.suffix)
    targets = {**beside, ours[0]: output} if len(ours) == 1 else beside
    return Plan(wanted.found.path, targets, wanted.seconds, options.suffix)


def plans(
    wanted: Sequence[Wanted], products: Sequence[str], options: LiftOptions
) -> list[Plan | tuple[Path, InputError]]:
    """Plan for all inputs; where two would meet, both are called by more of their name.

    Returns
    -------
    list
        In the order of the inputs: the plan, or why there can be none.
    """
    choices = [list(_choices(item, options)) for item in wanted]
    levels = [0] * len(wanted)
    while True:
        bases = [names[level] for names, level in zip(choices, levels, strict=True)]
        clashing = _clashing([_named(b, products, item.suffix).values() for b, item in zip(bases, wanted, strict=True)])
        if all(levels[k] == len(choices[k]) - 1 for k in clashing):
            break
        for k in clashing:
            levels[k] = min(levels[k] + 1, len(choices[k]) - 1)
    return [
        _clash(item, base) if k in clashing else _plan(item, base, products, options)
        for k, (item, base) in enumerate(zip(wanted, bases, strict=True))
    ]


def _plan(item: Wanted, base: Path, products: Sequence[str], options: LiftOptions) -> Plan:
    return Plan(item.found.path, _named(base, products, item.suffix), item.seconds, options.suffix)


def is_stem(product: str) -> bool:
    """Whether a product is sound, which the suffix of the recording is put to; others bring their own."""
    return "." not in product


def _named(base: Path, products: Sequence[str], suffix: str) -> dict[str, Path]:
    """Name each product of a recording: `BASE.STEM.EXT`, or `BASE.PRODUCT` where that says its own kind."""
    return {p: base.with_name(f"{base.name}.{p}{suffix if is_stem(p) else ''}") for p in products}


def _clash(item: Wanted, base: Path) -> tuple[Path, InputError]:
    path = item.found.path
    return path, InputError(f"{path}: its output {base}.*{item.suffix} would be another input's too; lift it by itself")


def output_suffix(info: Info, options: LiftOptions) -> str:
    """Choose the suffix of a recording's outputs: as asked, else its own where the codec then stays, else its kind's.

    Raises
    ------
    InputError
        When the kind that was asked for is not written, or cannot hold this sound.
    """
    from voxlift.media import output_format, sound_suffix

    own = info.path.suffix
    if options.film:
        return options.suffix or (own if own.lower() in FILMS else ".mkv")
    if options.suffix is not None:
        output_format(info, options.suffix)
        return options.suffix
    natural = sound_suffix(info)
    try:
        same = output_format(info, own).subtype == output_format(info, natural).subtype
    except InputError:
        same = False
    return own if same else natural


def _choices(item: Wanted, options: LiftOptions) -> Iterator[Path]:
    """Yield outputs without stem and suffix, each called by more of the input's name than the one before."""
    path = item.found.path
    folder = path.parent
    if options.output_dir is not None:
        folder = options.output_dir / os.path.relpath(path.parent, item.found.root)
    yield folder / plain_name(path)
    yield folder / path.name
    if options.output_dir is not None and path.absolute().parent.name:
        yield folder / path.absolute().parent.name / path.name


def _clashing(outputs: Sequence[Collection[Path]]) -> set[int]:
    """Which inputs have an output that another has, too."""
    first: dict[str, int] = {}
    clashing: set[int] = set()
    for k, paths in enumerate(outputs):
        for path in paths:
            known = first.setdefault(os.path.normcase(path), k)
            if known != k:
                clashing |= {known, k}
    return clashing
