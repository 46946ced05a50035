"""Where the output of each input goes, so that no two inputs ever meet in one file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from voxlift.cli.inputs import Found, plain_name
from voxlift.cli.options import LiftOptions
from voxlift.cluster.places import is_url, join, name, parent, plain, relative
from voxlift.errors import InputError

if TYPE_CHECKING:
    from voxlift.media import Info

FILMS = (".mp4", ".m4v", ".mov", ".mkv", ".webm")


def choices(found: Found, options: LiftOptions) -> Iterator[str]:
    """Yield outputs without product and suffix, each called by more of the input's name than the one before."""
    place = found.place
    folder = parent(place)
    if options.output_dir is not None:
        folder = join(plain(options.output_dir), relative(folder, found.root))
    yield join(folder, plain_name(name(place)))
    yield join(folder, name(place))
    above = name(absolute(parent(place)))
    if options.output_dir is not None and above:
        yield join(folder, above, name(place))


def absolute(place: str) -> str:
    """Give a place by its whole name."""
    return place if is_url(place) else os.path.abspath(place)  # noqa: PTH100 - links stay


def targets(base: str, products: Sequence[str], suffix: str, options: LiftOptions) -> dict[str, str]:
    """Name each product of a recording: `BASE.STEM.EXT`, or `BASE.PRODUCT` where that says its own kind.

    Products are stems, and files that are no sound: these name their kind themselves (`timeline.json`). With `-o` the
    one stem that is not the rest has that name, and further products lie beside it.

    Raises
    ------
    InputError
        When more than one stem would go to standard output.
    """
    if options.output is None:
        return _named(base, products, suffix)
    if options.to_pipe and len(products) > 1:
        raise InputError(f"there would be {', '.join(products)}; standard output takes only one: use -o FILE")
    output = plain(options.output)
    stems = [product for product in products if is_stem(product)]
    ours = [stem for stem in stems if stem != "rest"] or stems
    own = suffix_of(output)
    beside = _named(output.removesuffix(own) if own else output, products, own)
    return {**beside, ours[0]: output} if len(ours) == 1 else beside


def is_stem(product: str) -> bool:
    """Whether a product is sound, which the suffix of the recording is put to; others bring their own."""
    return "." not in product


def suffix_of(place: str) -> str:
    """Give the suffix of a place's name, with its dot."""
    return Path(name(place)).suffix


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


def check_pipe(options: LiftOptions) -> None:
    """Refuse what cannot be done with standard input, which has no name of its own.

    Raises
    ------
    InputError
        When the options do not tell where it goes.
    """
    if options.output_dir is not None:
        raise InputError("standard input has no name to write under in --output-dir; give -o FILE")
    if options.film:
        raise InputError("--video needs a file, as a film is read twice; save standard input to one first")


def _named(base: str, products: Sequence[str], suffix: str) -> dict[str, str]:
    return {product: f"{base}.{product}{suffix if is_stem(product) else ''}" for product in products}
