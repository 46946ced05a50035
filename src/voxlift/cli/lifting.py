"""One signature for all commands that lift, `denoise`, `vocals`, `speakers`; each adds the options of its task."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from voxlift.cli.tasks import Task

Inputs = Annotated[
    list[str],
    typer.Argument(metavar="INPUT", help="Files, folders, patterns, URLs such as s3://...; - is standard input."),
]
Output = Annotated[str | None, typer.Option("--output", "-o", metavar="FILE", help="Where to; - is standard output.")]
OutputDir = Annotated[
    str | None, typer.Option("--output-dir", metavar="DIR", help="Write all there; sub-folders are kept.")
]
Rest = Annotated[bool, typer.Option("--rest", help="Also write NAME.rest.EXT, what was taken away.")]
Only = Annotated[
    str | None, typer.Option("--only", metavar="STEM", help="Write this stem alone; rest is what the others leave.")
]
Video = Annotated[bool, typer.Option("--video", help="Write the same film with the clean sound.")]
Strength = Annotated[
    float,
    typer.Option(
        "--strength", metavar="DB", show_default=False, help="By how many dB noise is lowered at most; default: fully."
    ),
]
ModelName = Annotated[
    str | None, typer.Option("--model", metavar="NAME|PATH", help="Another model; see voxlift models.")
]
Device = Annotated[str, typer.Option("--device", metavar="auto|cpu|cuda", help="Where the net runs.")]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        metavar="N",
        show_default=False,
        help="How many files at a time; default: 1, or all slots of a cluster.",
    ),
]
Threads = Annotated[
    int, typer.Option("--threads", min=0, metavar="N", show_default=False, help="Threads of the net; default: chosen.")
]
SkipExisting = Annotated[bool, typer.Option("--skip-existing", help="Leave out what was done before.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace outputs that exist.")]
Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        show_default=False,
        help="Dask scheduler whose workers do it: tcp://HOST:8786, a scheduler's file *.json, or local.",
    ),
]
ManifestFile = Annotated[
    Path | None,
    typer.Option("--manifest", metavar="FILE", help="Write a row an output there as it goes: .csv or .parquet."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with what --manifest lacks, or holds no more.")]
ShardOf = Annotated[
    str | None, typer.Option("--shard", metavar="K/N", help="Take the K-th of N parts of the list, for N machines.")
]
FormatName = Annotated[
    str | None, typer.Option("--format", metavar="EXT", help="Kind of the output, such as flac; default: the input's.")
]
Json = Annotated[bool, typer.Option("--json", help="Write one JSON object a file to standard output.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but what went wrong.")]


def lift_command(task: type[Task], description: str) -> Callable[..., int]:
    """Make the command of a task.

    Parameters
    ----------
    task
        Its fields are the options of this command alone.
    description
        What `--help` says.
    """

    def command(
        inputs: Inputs,
        *,
        output: Output = None,
        output_dir: OutputDir = None,
        rest: Rest = False,
        only: Only = None,
        strength: Strength = math.inf,
        model: ModelName = None,
        format: FormatName = None,  # noqa: A002 - the option's name
        video: Video = False,
        overwrite: Overwrite = False,
        skip_existing: SkipExisting = False,
        jobs: Jobs = None,
        cluster: Cluster = None,
        manifest: ManifestFile = None,
        resume: Resume = False,
        shard: ShardOf = None,
        threads: Threads = 0,
        device: Device = "auto",
        json: Json = False,
        quiet: Quiet = False,
        **own: Any,
    ) -> int:
        from voxlift.cli.batch import lift_many
        from voxlift.cli.options import LiftOptions
        from voxlift.cluster.shard import Shard

        options = LiftOptions(
            output, output_dir, rest, only, video, strength, model, device, jobs, threads, skip_existing, overwrite,
            None if format is None else f".{format.lower().lstrip('.')}", json, quiet,
            cluster, manifest, resume, Shard.parse(shard),
        )  # fmt: skip
        return lift_many(task(**own), inputs, options)

    command.__name__, command.__doc__ = task.name, description
    _take_options(command, task)
    return command


def _take_options(command: Callable[..., int], task: type[Any]) -> None:
    """Give a command a task's fields as options: Typer reads the signature, older ones the annotations as well."""
    hints = get_type_hints(task, include_extras=True)
    own = [
        inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name]
        )
        for field in fields(task)
    ]
    signature = inspect.signature(command, eval_str=True)
    first, *common = [p for p in signature.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
    parameters = [first, *own, *common]
    command.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters}
