"""One session: a typed line goes in, lines come out, and the state stays."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from voxlift.errors import InputError
from voxlift.lab.shell.data import PARTS, SIMPLE, DigitSet, make_sines
from voxlift.lab.shell.recordings import find_sources, load_pieces
from voxlift.lab.shell.state import Console, State
from voxlift.lab.shell.words import Word, count_of, find_word, help_text, meant, no_more, part_of, shown, split, wrong

FIRST_LAYERS, LAST_LAYERS = 0, 8
SUFFIX = ".safetensors"


class Session:
    """Runs lines. What it says goes to the console; what is wrong is raised, and leaves the state as it was.

    Attributes
    ----------
    finished
        Whether `quit` was typed.
    """

    def __init__(self, console: Console) -> None:
        self.console, self.state, self.finished = console, State(), False
        self._handlers: dict[str, Callable[[Word, Sequence[str]], None]] = {
            "createDataSet": self._create,
            "loadDataSet": self._load_set,
            "autoBuild": self._build,
            "model": self._model,
            "plot": self._plot,
            "save": self._save,
            "load": self._load,
            "listen": self._listen,
            "help": self._help,
            "quit": self._quit,
        }

    def run(self, line: str) -> None:
        """Do what a line says; an empty one, or one that begins with #, says nothing.

        Raises
        ------
        InputError
            When it cannot be done, with what can be typed instead.
        CancelledError
            When the user stopped it before anything came of it.
        """
        if line.lstrip().startswith("#"):
            return
        typed = split(line)
        if not typed:
            return
        word = find_word(typed[0])
        self._handlers[word.name](word, typed[1:])

    def _create(self, word: Word, arguments: Sequence[str]) -> None:
        part, count = _part_and_count(word, arguments)
        no_more(word, arguments, 2)
        self._keep(part, make_sines(part, count), time.monotonic())

    def _load_set(self, word: Word, arguments: Sequence[str]) -> None:
        began = time.monotonic()
        part, count = _part_and_count(word, arguments)
        sources = find_sources([Path(name).expanduser() for name in arguments[2:]])
        self._keep(part, load_pieces(part, count, sources, self.console), began)

    def _keep(self, part: str, data: DigitSet, began: float) -> None:
        self.state.sets[part] = data
        inputs, outputs = data.shape
        rows, heard = ("numbers", "digits") if data.kind == SIMPLE else ("pieces of recordings", "samples")
        self.console.say(
            f"{part} set: {len(data)} {rows}, each {inputs} {heard} in and {outputs} digits out "
            f"({time.monotonic() - began:.1f} s)"
        )

    def _build(self, word: Word, arguments: Sequence[str]) -> None:
        began = time.monotonic()
        no_more(word, arguments, 2)
        numbers = [count_of(word, text, "a number of hidden layers", 0) for text in arguments]
        first = numbers[0] if numbers else FIRST_LAYERS
        last = numbers[1] if len(numbers) > 1 else max(first, LAST_LAYERS)
        if first > last:
            raise InputError(
                f"autoBuild {first} {last}: the first number of hidden layers is above the last; "
                f"type autoBuild {last} {first}"
            )
        self.state.train_set()
        from voxlift.lab.shell import modelling  # noqa: PLC0415 - torch takes seconds to load

        modelling.build(self.state, self.console, range(first, last + 1), began)

    def _model(self, word: Word, arguments: Sequence[str]) -> None:
        part = part_of(word, arguments)
        no_more(word, arguments, 1)
        if part == PARTS[0]:
            self.state.train_set()
        else:
            self.state.trained()
        from voxlift.lab.shell import modelling  # noqa: PLC0415

        (modelling.train if part == PARTS[0] else modelling.test)(self.state, self.console)

    def _plot(self, word: Word, arguments: Sequence[str]) -> None:
        no_more(word, arguments, 1)
        path = Path(arguments[0]).expanduser() if arguments else _free("voxlift-shell", ".png")
        if path.suffix.lower() != ".png":
            path = path.with_name(f"{path.name}.png")
        self.state.trained()
        if path.exists():
            raise InputError(f"{path}: exists already; type plot with another name, or plot alone")
        from voxlift.lab.shell import modelling  # noqa: PLC0415

        modelling.plot(self.state, self.console, path)

    def _save(self, word: Word, arguments: Sequence[str]) -> None:
        no_more(word, arguments, 2)
        overwrite = len(arguments) == 2
        if overwrite and arguments[1].lower() != "overwrite":
            hint = meant(arguments[1], ["overwrite"])
            raise wrong(word, f"save: {shown(arguments[1])}: only `overwrite` can follow the name{hint}")
        path = _named(arguments[0]) if arguments else _free("net", SUFFIX)
        self.state.trained()
        from voxlift.lab.shell import modelling  # noqa: PLC0415

        modelling.save(self.state, self.console, path, overwrite)

    def _load(self, word: Word, arguments: Sequence[str]) -> None:
        no_more(word, arguments, 1)
        path = _named(arguments[0] if arguments else "net")
        if not path.is_file():
            there = sorted(other.stem for other in path.parent.glob(f"*{SUFFIX}")) if path.parent.is_dir() else []
            known = f"there are: {', '.join(there)}" if there else "`save` makes them"
            raise InputError(f"{path}: there is no such saved net; {known}")
        from voxlift.lab.shell import modelling  # noqa: PLC0415

        modelling.load(self.state, self.console, path)

    def _listen(self, word: Word, arguments: Sequence[str]) -> None:
        if not arguments:
            raise wrong(word, "listen: the name of a recording must follow")
        no_more(word, arguments, 1)
        self.state.trained()
        from voxlift.lab.shell import modelling  # noqa: PLC0415

        modelling.hear(self.state, self.console, Path(arguments[0]).expanduser())

    def _help(self, word: Word, arguments: Sequence[str]) -> None:
        no_more(word, arguments, 1)
        self.console.say(help_text(find_word(arguments[0]) if arguments else None))

    def _quit(self, word: Word, arguments: Sequence[str]) -> None:
        no_more(word, arguments, 0)
        self.finished = True


def _part_and_count(word: Word, arguments: Sequence[str]) -> tuple[str, int]:
    part = part_of(word, arguments)
    if len(arguments) < 2:
        raise wrong(word, f"{word.name} {part}: how many must follow")
    return part, count_of(word, arguments[1], "a count", 1)


def _named(name: str) -> Path:
    path = Path(name).expanduser()
    return path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)


def _free(stem: str, suffix: str) -> Path:
    """Find a name that no file here has: NAME, NAME-2 ..."""
    path, number = Path(stem + suffix), 2
    while path.exists():
        path, number = Path(f"{stem}-{number}{suffix}"), number + 1
    return path
