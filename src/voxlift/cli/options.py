"""The options that all commands which lift share, checked against each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from voxlift.cluster.places import is_url, name, plain
from voxlift.cluster.shard import WHOLE, Shard
from voxlift.errors import InputError

PIPE = "-"


@dataclass(frozen=True)
class LiftOptions:
    """What to do with every input; where it contradicts itself, construction fails.

    Raises
    ------
    InputError
        With the two options that do not go together, or the number that is out of range.
    """

    output: str | None = None
    output_dir: str | None = None
    rest: bool = False
    only: str | None = None
    """The one stem to write, the rest too; None for all but the rest."""
    film: bool = False
    strength_db: float = math.inf
    model: str | None = None
    device: str = "auto"
    jobs: int | None = None
    """How many files at a time; None for one, or for as many as a cluster has slots."""
    threads: int = 0
    skip_existing: bool = False
    overwrite: bool = False
    suffix: str | None = None
    """Of the kind of file to write, such as `.flac`; None for the input's own kind."""
    json: bool = False
    quiet: bool = False
    cluster: str | None = None
    """Where a Dask scheduler is, or `local`."""
    manifest: Path | None = None
    resume: bool = False
    shard: Shard = WHOLE

    def __post_init__(self) -> None:
        clashes = {
            ("-o", "--output-dir"): self.output is not None and self.output_dir is not None,
            ("--skip-existing", "--overwrite"): self.skip_existing and self.overwrite,
            ("--rest", "-o -"): self.rest and self.to_pipe,
            ("--rest", "--only"): self.rest and self.only is not None,
            ("--video", "-o -"): self.film and self.to_pipe,
            ("--json", "-o -"): self.json and self.to_pipe,
            ("--cluster", "-o -"): self.cluster is not None and self.to_pipe,
        }
        for pair, both in clashes.items():
            if both:
                raise InputError(f"{pair[0]} and {pair[1]} exclude each other; leave one of them out")
        if self.resume and self.manifest is None:
            raise InputError("--resume needs --manifest FILE, the manifest of the run that is to go on")
        self._check_places()
        self._check_suffix()

    @property
    def to_pipe(self) -> bool:
        """Whether sound goes to standard output."""
        return self.output == PIPE

    def model_for(self, task: str) -> str:
        """Name the model: the one asked for, or else the task's own."""
        from voxlift.separate.card import TASKS

        return self.model or TASKS[task]

    def chosen(self, stems: Sequence[str]) -> list[str]:
        """Choose which of a model's stems are written.

        Raises
        ------
        InputError
            When there is none of the name that `--only` gives.
        """
        if self.only is None:
            return [stem for stem in stems if stem != "rest" or self.rest]
        if self.only not in stems:
            raise InputError(f"--only {self.only}: this model gives {', '.join(stems)}; choose one of these")
        return [self.only]

    def into(self, output: str) -> LiftOptions:
        """Return the same options with this output."""
        return replace(self, output=output)

    def _check_places(self) -> None:
        if self.output is not None and not is_url(self.output) and Path(self.output).is_dir():
            raise InputError(f"{self.output}: is a folder; use --output-dir, or give a file name in it")
        folder = plain(self.output_dir or "")
        if self.output_dir is not None and not is_url(folder) and Path(folder).exists() and not Path(folder).is_dir():
            raise InputError(f"{self.output_dir}: is no folder; give another --output-dir, or -o for a file")

    def _check_suffix(self) -> None:
        if self.suffix is None:
            return
        named = "" if self.output is None else Path(name(self.output)).suffix.lower()
        if named and named != self.suffix:
            raise InputError(f"--format {self.suffix[1:]} and an output named {named} contradict each other; drop one")
