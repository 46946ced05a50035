"""The commands: one file each. Heavy libraries load when a command runs, so `--help` answers at once."""

from __future__ import annotations

import os
import sys

import click
import typer

from voxlift.cli import denoise
from voxlift.errors import InputError, VoxliftError

app = typer.Typer(
    name="voxlift",
    help="Lifts the voice out of any recording, offline, on this machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("denoise")(denoise.denoise)


def main() -> None:
    """Run the command line; every error on purpose ends as one sentence and a status: 2 input, 1 ours, 130 Ctrl-C."""
    try:
        status = app(standalone_mode=False)
    except VoxliftError as problem:
        sys.exit(fail(str(problem), 2 if isinstance(problem, InputError) else 1))
    except click.ClickException as problem:
        problem.show()
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(fail("stopped; nothing was left half-written", 130))
    except BrokenPipeError:  # whoever read our output has gone; Python would complain once more at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)


def fail(sentence: str, status: int) -> int:
    """Say what is wrong on standard error."""
    sys.stderr.write(f"voxlift: {sentence}\n")
    return status
