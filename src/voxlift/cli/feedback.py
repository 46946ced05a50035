"""`voxlift feedback`: what visitors of the web service judged, and what they gave to learn from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voxlift.cli.serve import Database, Storage, settings_from

feedback_app = typer.Typer(help="The web service's verdicts: report, export.", no_args_is_help=True)


@feedback_app.command()
def report(
    database: Database = None,
    storage: Storage = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON for programs.")] = False,
) -> None:
    """Print how often visitors said yes, by version of the model, with a 95 % interval."""
    settings = settings_from(database=database, storage=storage)
    from voxlift.cli.printing import say, say_json, say_table
    from voxlift.web.service import open_service
    from voxlift.web.verdicts import rates

    found = rates(open_service(settings).database)
    if as_json:
        for rate in found:
            share, low, high = rate.share_and_interval
            say_json({**vars(rate), "share": share, "low": low, "high": high})
        return
    if not found:
        say("No verdicts yet.")
        return
    headings = ("task", "model", "version", "card", "verdicts", "yes", "95 % interval")
    rows = []
    for rate in found:
        yes, least, most = (f"{100 * value:.0f} %" for value in rate.share_and_interval)
        card = rate.card_sha256[:12]
        rows.append((rate.task, rate.model, rate.version, card, str(rate.count), yes, f"{least} to {most}"))
    say_table(headings, rows, right=headings[4:])


@feedback_app.command()
def export(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A new folder, or an earlier export to bring up to date.")
    ],
    database: Database = None,
    storage: Storage = None,
) -> None:
    """Write what visitors consented to and judged as a corpus: voxlift lab data describe DIR reads it.

    What an earlier export wrote there and whose consent was taken back since is deleted.
    """
    settings = settings_from(database=database, storage=storage)
    from voxlift.cli.printing import say
    from voxlift.web.collection import export as export_collection
    from voxlift.web.service import open_service

    done = export_collection(open_service(settings), folder)
    say(f"{folder}: {done.written} recordings, {done.removed} of an earlier export removed")
