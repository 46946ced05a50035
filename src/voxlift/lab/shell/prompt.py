"""The loop: reads lines from a terminal, with history and completion, or from a script."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType, ModuleType
from typing import TextIO

from platformdirs import user_state_path

from voxlift.errors import CancelledError
from voxlift.lab.shell.completion import complete
from voxlift.lab.shell.session import Session
from voxlift.lab.shell.state import Console

PROMPT = "voxlift> "
HISTORY_LINES = 1000
FAILED = 2
_WELCOME = "Voxlift's shell. Type help for the words, quit to leave; TAB completes, Ctrl-C stops a training."


class Stop:
    """Ctrl-C as a wish, granted between two iterations; a second one stops in the midst of whatever it is."""

    def __init__(self) -> None:
        self.asked = False

    def __call__(self) -> bool:
        """Tell whether it was wished."""
        return self.asked

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Take Ctrl-C as a wish for as long as the block lasts."""
        self.asked = False
        if threading.current_thread() is not threading.main_thread():
            yield  # only the main thread may say what signals do
            return
        before = signal.signal(signal.SIGINT, self._ask)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


def run_shell(explain: Callable[[BaseException], str]) -> int:
    """Run the shell on standard input; the status is 2 if it is a script in which a line failed.

    Parameters
    ----------
    explain
        Says in one sentence what went wrong.
    """
    loop = _Loop(explain)
    return loop.converse() if sys.stdin.isatty() else loop.follow(sys.stdin)


class _Loop:
    def __init__(self, explain: Callable[[BaseException], str]) -> None:
        self.explain = explain
        self.stop = Stop()
        self.session = Session(Console(_say, self.stop))

    def converse(self) -> int:
        """Read from a terminal until `quit` or Ctrl-D."""
        _say(_WELCOME)
        if threading.current_thread() is threading.main_thread():
            # Whoever started us may have left Ctrl-C ignored, as shells do for what runs in their background.
            signal.signal(signal.SIGINT, signal.default_int_handler)
        with _line_editing():
            while not self.session.finished:
                try:
                    line = input(PROMPT)
                except EOFError:
                    _say("")
                    break
                except KeyboardInterrupt:  # drops the line, as in every shell
                    _say("")
                    continue
                except UnicodeDecodeError:
                    _say("these bytes are no text; type the line again")
                    continue
                problem = self._run(line)
                if problem:
                    _say(problem)
        return 0

    def follow(self, script: TextIO) -> int:
        """Run a script to its end, whatever fails: each line says for itself what it needs."""
        failed = 0
        reconfigure = getattr(script, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
        for number, line in enumerate(script, 1):
            if line.strip():
                _say(f"{PROMPT}{line.rstrip()}")
            problem = self._run(line)
            if problem:
                failed += 1
                sys.stderr.write(f"voxlift: line {number}: {problem}\n")
                sys.stderr.flush()
            if self.stop.asked:
                raise KeyboardInterrupt  # whoever stops a script does not mean one line of it
            if self.session.finished:
                break
        return FAILED if failed else 0

    def _run(self, line: str) -> str:
        """Run a line; return what went wrong."""
        try:
            with self.stop.listening():
                self.session.run(line)
        except CancelledError as problem:
            return str(problem)
        except KeyboardInterrupt:
            return "stopped"
        except BrokenPipeError:  # whoever read what we say has gone
            raise
        except Exception as problem:  # a session with an hour's training in it outlives any fault
            return self.explain(problem)
        return ""


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextlib.contextmanager
def _line_editing() -> Iterator[None]:
    """Give `input` history and completion, where Python has readline (not on Windows)."""
    try:
        import readline  # noqa: PLC0415 - not everywhere
    except ImportError:
        yield
        return
    history = user_state_path("voxlift", appauthor=False) / "shell-history"
    _set_completion(readline)
    readline.set_history_length(HISTORY_LINES)
    with contextlib.suppress(OSError):  # none yet, or not ours to read: then there is no history
        readline.read_history_file(history)
    try:
        yield
    finally:
        _write_history(readline, history)


def _write_history(readline: ModuleType, history: Path) -> None:
    with contextlib.suppress(OSError):  # a home that cannot be written costs the history, not the session
        history.parent.mkdir(parents=True, exist_ok=True)
        readline.write_history_file(history)


def _set_completion(readline: ModuleType) -> None:
    found: list[str] = []

    def completer(text: str, state: int) -> str | None:
        if state == 0:
            found[:] = complete(text)
        return found[state] if state < len(found) else None

    def show(_line: str, matches: list[str], _longest: int) -> None:
        # Whole lines are completed, as names with spaces need it; only their ends are worth showing.
        known = max(readline.get_line_buffer().rstrip().rfind(" ") + 1, 0)
        sys.stdout.write("\n" + "  ".join(match[known:].strip() for match in matches) + "\n")
        sys.stdout.write(f"{PROMPT}{readline.get_line_buffer()}")
        sys.stdout.flush()

    readline.set_completer(completer)
    readline.set_completer_delims("")
    with contextlib.suppress(AttributeError):  # libedit, on a Mac, has none
        readline.set_completion_display_matches_hook(show)
    libedit = "libedit" in (readline.__doc__ or "")
    readline.parse_and_bind("bind ^I rl_complete" if libedit else "tab: complete")
