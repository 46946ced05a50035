"""`voxlift speakers`: each speaker of a conversation on a track of his own."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from voxlift.cli.inputs import plain_name
from voxlift.cli.lifting import lift_command
from voxlift.cli.naming import is_stem
from voxlift.cli.options import LiftOptions
from voxlift.cli.tasks import Lifting, Run
from voxlift.errors import InputError

if TYPE_CHECKING:
    from voxlift.separate.contract import Separator, Stems
    from voxlift.separate.counting import Count
    from voxlift.separate.stream import Lifted
    from voxlift.separate.timeline import Timeline

TABLE, MARKS, PICTURE = "timeline.json", "timeline.rttm", "timeline.png"
LANE_PIXELS, WIDTH_PIXELS = 90, 1600

Counting = Annotated[
    str,
    typer.Option("--count", metavar="N|auto", help="How many speak; auto finds out, and leaves other tracks silent."),
]
WithTimeline = Annotated[
    bool, typer.Option("--timeline", help="Also write who speaks when: NAME.timeline.json, .rttm and .png.")
]
WithDenoise = Annotated[
    bool, typer.Option("--denoise", help="Lift the speech out of noise first; the rest holds both.")
]


@dataclass(frozen=True)
class Speakers:
    """The speakers of a conversation: how many, who speaks when, out of noise or not."""

    name: ClassVar[str] = "speakers"
    count: Counting = "auto"
    timeline: WithTimeline = False
    denoise: WithDenoise = False

    def load(self, options: LiftOptions, threads: int) -> Lifting:
        """Load the models, for all files."""
        from voxlift.separate.card import TASKS
        from voxlift.separate.load import load_bare

        count = _number(self.count)
        bare = load_bare(options.model_for(self.name), device=options.device, threads=threads, speakers=count)
        first = load_bare(TASKS["denoise"], device=options.device, threads=threads) if self.denoise else None
        splitter = Splitter(bare, first, count, options.strength_db, overwrite=options.overwrite)
        stems = options.chosen(splitter.separator().stems)
        return replace(splitter, products=(*stems, *(_timeline_products() if self.timeline else ())))


@dataclass(frozen=True)
class Splitter:
    """Splits each file by the same nets; what they say of the speakers is each file's own."""

    bare: Separator
    denoiser: Separator | None
    count: int | None
    strength_db: float
    overwrite: bool
    products: Sequence[str] = ()

    def separator(self, tell: Callable[[Count], None] | None = None) -> Separator:
        """Put the separator together; `tell` hears how many speak."""
        from voxlift.separate.load import with_rest
        from voxlift.separate.wrappers import Chain, Counted

        counted: Separator = Counted(self.bare, self.count, tell)
        if self.denoiser is not None:
            counted = Chain(self.denoiser, counted, self.denoiser.stems[0])
        return with_rest(counted, self.strength_db)

    def lift(self, run: Run) -> Lifted:
        """Lift one file, and write its timeline."""
        from voxlift.media.sinks import check_output
        from voxlift.separate.stream import lift_file
        from voxlift.separate.timeline import TimelineMeter

        counts: list[Count] = []
        separator = self.separator(counts.append)
        speakers = [stem for stem in separator.stems if stem != "rest"]
        beside = {product: path for product, path in run.targets.items() if not is_stem(product)}
        for path in beside.values():  # nobody waits for minutes to hear that it exists
            check_output(path, self.overwrite)
        meters: list[TimelineMeter] = []

        def watch(rate: int) -> Callable[[Stems], None]:
            meters.append(TimelineMeter(speakers, rate))
            return meters[-1].push

        lifted = lift_file(separator, run.job, run.progress, run.cancelled, watch if beside else None)
        lifted = replace(lifted, speakers=counts[-1] if self.count is None else None)
        if beside:
            self._write(meters[-1].result(), lifted, beside)
        return replace(lifted, outputs={**lifted.outputs, **beside})

    def _write(self, timeline: Timeline, lifted: Lifted, beside: Mapping[str, Path]) -> None:
        from voxlift.media.sinks import Sink
        from voxlift.plots import Layout
        from voxlift.plots.timeline import draw_timeline

        name = plain_name(lifted.source.name)
        size = Layout(WIDTH_PIXELS, 110 + LANE_PIXELS * len(timeline.speakers))
        made = {TABLE: _table(timeline, lifted), MARKS: timeline.rttm(name).encode()}
        if PICTURE in beside:
            made[PICTURE] = draw_timeline(timeline, name, size)
        for product, path in beside.items():
            with Sink(path, self.overwrite) as sink:
                sink.write(made[product])


def _table(timeline: Timeline, lifted: Lifted) -> bytes:
    count = {} if lifted.speakers is None else asdict(lifted.speakers)
    return (json.dumps({"file": lifted.source.name, **count, **timeline.record()}, indent=1) + "\n").encode()


def _number(count: str) -> int | None:
    """Read `--count`; None finds out."""
    if count == "auto":
        return None
    if not count.isdecimal():
        raise InputError(f"--count {count}: give a number of speakers, or auto")
    return int(count)


def _timeline_products() -> Sequence[str]:
    if find_spec("matplotlib") is not None:
        return (TABLE, MARKS, PICTURE)
    sys.stderr.write("voxlift: the timeline comes without its picture; to have it: pip install 'voxlift[plot]'\n")
    return (TABLE, MARKS)


speakers = lift_command(
    Speakers,
    """Split a conversation into its speakers.

    Takes what voxlift denoise takes. Each NAME.EXT becomes NAME.speaker-1.EXT, NAME.speaker-2.EXT ... beside it, in the
    order in which they are first heard, each as long as the recording, of its rate, channels and bit depth. How many
    speak is found out and told; where it is one, the other track is silent. With --rest all together are the recording.
    """,
)
