"""Sets of recordings with their truth, as they lie on disk: one row a layout, with the metrics that suit it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from voxlift.errors import DataError
from voxlift.lab.corpora.sounds import is_sound, matched, sounds_below
from voxlift.lab.corpora.splits import SPLITS

MIXES = ("mix", "mix_clean", "mix_both")
"""What the folder of mixtures of speakers may be called; the latter two are LibriMix's."""


@dataclass(frozen=True)
class Item:
    """A mixture and what is to be found in it."""

    name: str
    mixture: Path
    targets: tuple[Path, ...]
    """A file a stem, in order."""


@dataclass(frozen=True)
class Kind:
    """A layout on disk, and how a model is scored on it."""

    layout: str
    find: Callable[[Path], Iterator[Item]]
    metrics: tuple[str, ...]


@dataclass(frozen=True)
class EvaluationSet:
    """Recordings of one kind (a key of `KINDS`) below one folder."""

    folder: Path
    kind: str
    items: tuple[Item, ...]

    @property
    def label(self) -> str:
        """Its name, in a card's scores and in reports."""
        return "/".join(self.folder.resolve().parts[-2:])


def find_set(folder: Path) -> EvaluationSet:
    """Find out what lies in a folder.

    Raises
    ------
    DataError
        When there is nothing that can be scored, or when a mixture lacks a target.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder")
    for name, kind in KINDS.items():
        items = {item.name: item for item in kind.find(folder)}
        for item in items.values():
            for target in item.targets:
                if not target.is_file():
                    raise DataError(f"{item.mixture}: its target is missing: {target}, whatever its suffix")
        if items:
            return EvaluationSet(folder, name, tuple(items.values()))
    layouts = "; ".join(kind.layout for kind in KINDS.values())
    splits = [split for split in SPLITS if (folder / split).is_dir()]
    hint = f"; give one of its splits instead, say {folder / splits[-1]}" if splits else ""
    raise DataError(f"{folder}: holds nothing that can be scored; known layouts: {layouts}{hint}")


def _pairs(folder: Path) -> Iterator[Item]:
    return _beside(folder / "noisy", [folder / "clean"])


def _speakers(folder: Path) -> Iterator[Item]:
    for mixtures in (folder / name for name in MIXES):
        if mixtures.is_dir():
            count = 1
            while (folder / f"s{count + 1}").is_dir():
                count += 1
            yield from _beside(mixtures, [folder / f"s{number + 1}" for number in range(count)])
            return


def _beside(mixtures: Path, targets: list[Path]) -> Iterator[Item]:
    """Match what lies in one folder with files of the same names, suffix aside, in others."""
    known = [{name: target for name, _, target in matched(mixtures, side)} for side in targets]
    for path in sounds_below(mixtures):
        name = str(path.relative_to(mixtures).with_suffix(""))
        yield Item(Path(name).as_posix(), path, tuple(side[name] for side in known))


def _songs(folder: Path) -> Iterator[Item]:
    for mixture in sorted(path for path in folder.rglob("mixture.*") if is_sound(path)):
        home = mixture.parent
        name = home.relative_to(folder).as_posix() if home != folder else home.resolve().name
        vocals = sorted(path for path in home.glob("vocals.*") if is_sound(path))
        yield Item(name, mixture, (vocals[0] if vocals else mixture.with_stem("vocals"),))


_SPEECH = ("pesq_wb", "pesq_nb", "stoi", "estoi", "si_sdr", "si_sdr_i", "sdr")

KINDS: dict[str, Kind] = {
    "speech": Kind("noisy/ and clean/ with recordings of the same names", _pairs, _SPEECH),
    "speakers": Kind(
        "mix/, s1/ and s2/ (or more) with recordings of the same names",
        _speakers,
        ("si_sdr", "si_sdr_i", "sdr", "stoi", "pesq_wb", "pesq_nb"),
    ),
    "songs": Kind(
        "a folder a song, with mixture and vocals in it",
        _songs,
        ("si_sdr", "si_sdr_i", "sdr", "bss_sdr", "bss_sir", "bss_sar"),
    ),
}
