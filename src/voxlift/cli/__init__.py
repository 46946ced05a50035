"""The commands: one file each. Heavy libraries load when a command runs, so `--help` answers at once."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from voxlift.cli import denoise, doctor, feedback, info, keys, lab, live, models, plot, serve, speakers, vocals, worker
from voxlift.cli.failing import INPUT, OURS, STOPPED, StoppedError, tell
from voxlift.errors import InputError

# Older Typers stand on Click, newer ones carry a copy of it within; this base of a public name is right in both.
_UsageError: type[Exception] = typer.BadParameter.__mro__[1]

app = typer.Typer(
    name="voxlift",
    help="Lifts the voice out of any recording, offline, on this machine.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich takes longer to load than all the rest of --help
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("denoise")(denoise.denoise)
app.command("vocals")(vocals.vocals)
app.command("speakers")(speakers.speakers)
app.command("live")(live.live)
app.command("info")(info.info)
app.command("plot")(plot.plot)
app.add_typer(models.models_app, name="models")
app.command("doctor")(doctor.doctor)
app.add_typer(lab.lab_app, name="lab")
app.command("serve")(serve.serve)
app.command("worker")(worker.worker)
app.add_typer(feedback.feedback_app, name="feedback")
app.add_typer(keys.keys_app, name="keys")


def _show_version(wanted: bool) -> None:
    if wanted:
        from voxlift import __version__

        typer.echo(f"voxlift {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; every error ends as one sentence and a status: 2 input, 1 ours, 130 Ctrl-C."""
    with contextlib.suppress(ValueError):  # only the main thread may say what signals do
        signal.signal(signal.SIGTERM, _terminate)
    sys.exit(_flushed(run(sys.argv[1:] if arguments is None else list(arguments))))


def run(arguments: list[str]) -> int:
    """Run one command line and return its status."""
    try:
        status = app(args=arguments, prog_name="voxlift", standalone_mode=False)
    except _UsageError as problem:
        return _explain(problem, arguments)
    except BrokenPipeError:  # whoever read our output has gone
        return OURS
    except (KeyboardInterrupt, typer.Abort):
        status = STOPPED
    except Exception as problem:
        if isinstance(problem, OSError) and problem.errno == errno.ENOSPC:  # files say so themselves: it is the output
            return _unwritable(problem)
        return tell(problem)
    if status == STOPPED:  # Typer made it of a KeyboardInterrupt
        return tell(StoppedError(signal.SIGINT))
    return status if isinstance(status, int) else 0


def _flushed(status: int) -> int:
    """Let the last output go now: what fails at Python's own exit changes the status to 120, with a trace."""
    try:
        sys.stdout.flush()
    except OSError as problem:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if status:
            return status
        if isinstance(problem, BrokenPipeError):
            return OURS
        return _unwritable(problem)
    return status


def _unwritable(problem: OSError) -> int:
    return tell(InputError(f"standard output cannot be written ({problem.strerror}); send it elsewhere"))


def _explain(problem: Exception, arguments: Sequence[str]) -> int:
    """Tell what is wrong with the options; a sub-command without its own gives its help instead."""
    message = str(getattr(problem, "format_message", problem.__str__)())
    if "\n" in message.strip():
        sys.stderr.write(f"{message}\n")
        return INPUT
    context = getattr(problem, "ctx", None)
    command = context.command_path if context is not None else "voxlift"
    dashed = next((word for word in arguments if word.startswith("-") and Path(word).exists()), None)
    hint = f"for the file of that name write ./{dashed}" if dashed else f"see {command} --help"
    sys.stderr.write(f"voxlift: {message.strip().rstrip('.')}; {hint}\n")
    return INPUT


def _terminate(number: int, _frame: object) -> None:
    """Leave as Ctrl-C does: through every `with`, so that nothing half-written stays."""
    raise SystemExit(128 + number)
