"""What is learned of the speakers while they are split: how many there are, and who speaks when."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voxlift.errors import MissingExtraError
from voxlift.web.made import Made
from voxlift.web.rendering import write_bytes

if TYPE_CHECKING:
    from voxlift.separate.contract import Separator, Stems
    from voxlift.separate.counting import Count
    from voxlift.separate.timeline import TimelineMeter

TIMELINE = "timeline"
"""Stands where a stem's name does, in names of files and in the table of outputs."""
TABLE, MARKS, PICTURE = "json", "rttm", "png"
TIMELINE_KINDS = (TABLE, MARKS, PICTURE)
_WIDTH_PIXELS, _LANE_PIXELS, _FRAME_PIXELS = 1600, 90, 110


@dataclass
class Speaking:
    """Hears a lifting as it goes on; what lies here is whole once it has ended."""

    counts: list[Count] = field(default_factory=list)
    meters: list[TimelineMeter] = field(default_factory=list)
    speakers: tuple[str, ...] = ()

    def separator(self, model: str, device: str, speakers: int | None, strength_db: float) -> Separator:
        """Make the separator: for so many speakers, or, with None, for as many as there are."""
        from voxlift.separate.load import load_bare, with_rest  # noqa: PLC0415 - not before the limits hold
        from voxlift.separate.wrappers import Counted  # noqa: PLC0415

        bare = load_bare(model, device=device, threads=1, speakers=speakers)
        counted = Counted(bare, speakers, self.counts.append)
        self.speakers = counted.stems
        return with_rest(counted, strength_db)

    def watch(self, rate: int) -> Callable[[Stems], None]:
        """Begin to listen; a pass that is done once more, because it was too loud, begins anew."""
        from voxlift.separate.timeline import TimelineMeter  # noqa: PLC0415

        self.meters.append(TimelineMeter(self.speakers, rate))
        return self.meters[-1].push

    def facts(self) -> dict[str, Any]:
        """How many speak, and how sure that is."""
        count = self.counts[-1]
        return {"speakers_heard": count.speakers, "speakers_confidence": round(count.confidence, 3)}

    def write(self, folder: Path, name: str) -> list[Made]:
        """Write who speaks when: for programs, for other tools, and, where matplotlib is installed, as a picture."""
        from voxlift.plots import Layout  # noqa: PLC0415
        from voxlift.plots.timeline import draw_timeline  # noqa: PLC0415

        timeline = self.meters[-1].result()
        layout = Layout(_WIDTH_PIXELS, _FRAME_PIXELS + _LANE_PIXELS * len(timeline.speakers))
        made = {TABLE: json.dumps(self.facts() | timeline.record()).encode(), MARKS: timeline.rttm(name).encode()}
        with contextlib.suppress(MissingExtraError):
            made[PICTURE] = draw_timeline(timeline, name, layout)
        for kind, data in made.items():
            write_bytes(folder / f"{TIMELINE}.{kind}", data)
        return [Made(TIMELINE, kind, f"{TIMELINE}.{kind}", len(data)) for kind, data in made.items()]
