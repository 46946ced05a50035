"""Who speaks when: a lane a speaker, a bar a turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voxlift.plots.canvas import GREY, LINES, Layout, bare, headline, render

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from voxlift.separate.timeline import Timeline


def draw_timeline(timeline: Timeline, name: str, layout: Layout) -> bytes:
    """Draw all turns of a recording over time."""

    def fill(figure: Figure) -> None:
        headline(figure, f"{name}: who speaks when")
        axes = figure.subplots()
        talking = timeline.talking_seconds()
        for lane, speaker in enumerate(timeline.speakers):
            bars = [(turn.start, turn.seconds) for turn in timeline.turns if turn.speaker == speaker]
            axes.broken_barh(bars, (lane - 0.36, 0.72), facecolors=LINES[lane % len(LINES)])
            axes.annotate(
                f"{talking[speaker]:.1f} s", (1, lane), xycoords=("axes fraction", "data"), xytext=(6, 0),
                textcoords="offset points", va="center", color=GREY,
            )  # fmt: skip
        axes.set_yticks(range(len(timeline.speakers)), timeline.speakers)
        axes.set_ylim(len(timeline.speakers) - 0.5, -0.5)
        axes.set_xlim(0, max(timeline.seconds, 1e-3))
        axes.set_xlabel("time, s")
        bare(axes)

    return render(fill, layout, name)
