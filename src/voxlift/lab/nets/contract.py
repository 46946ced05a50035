"""What training and export ask of a net, and how a net asks its front for what it needs."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from voxlift.separate.front import Front
from voxlift.separate.masks import ACTIVITY

State = tuple[Tensor, ...]


class Net(nn.Module):
    """A module whose memory is explicit.

    It is made as `Module(config, front, stems)`. `forward(x, *state)` takes `x`, axes `(batch, frames, bins[, parts])`
    as the recipe's view gives them, and the state, tensors with the batch first. It returns `(output, new state)`; the
    output is `(batch, stems, frames, bins[, 2])` as the recipe's mask reads it, `(batch, 1, frames)` of a
    detector, or `(batch, 1, frames, size)` of a net that knows voices.
    """

    causal: bool = True
    """Whether frames may come in blocks of any size, the state handed on, with the same answers as at once.

    Nets for which this is False hear a whole chunk before they answer, and have no state.
    """

    @property
    def additions(self) -> Sequence[nn.Parameter]:
        """What says nothing before it learns: a net that has it can go on from the card of one that has not."""
        return ()

    def initial_state(self, batch: int) -> State:  # noqa: ARG002  (a net with memory needs it)
        """Return the state before the first frame: zeros, the batch first; empty for a net without memory."""
        return ()


def require(
    net: str,
    front: Front,
    stems: int,
    *,
    transform: str,
    views: Sequence[str] = ("identity",),
    masks: Sequence[str],
    lookahead: int | None = None,
) -> None:
    """Refuse a front, or a number of stems, that a net cannot serve.

    Parameters
    ----------
    net
        Its name, for the message.
    transform, views, masks
        What the net takes and gives.
    lookahead
        How many frames late the net answers, by its build; None where training may choose.

    Raises
    ------
    ValueError
        Saying what to write instead.
    """
    for key, value, known in (
        ("transform", front.transform, (transform,)),
        ("view", front.view, views),
        ("mask", front.mask, masks),
    ):
        if value not in known:
            raise ValueError(f"{net} needs front.{key} = {' or '.join(map(repr, known))}, not {value!r}")
    if lookahead is not None and front.lookahead_frames != lookahead:
        why = "it answers for the frame it hears" if lookahead == 0 else f"it answers {lookahead} frames late"
        raise ValueError(f"{net} needs front.lookahead_frames = {lookahead}, not {front.lookahead_frames}: {why}")
    if stems < 1 or (stems > 1 and front.mask == ACTIVITY):
        raise ValueError(f"{net} cannot give {stems} stems: {'one' if front.mask == ACTIVITY else 'one or more'}")


def at_least(**options: tuple[float, float]) -> None:
    """Check options, each given as `(value, least)`.

    Raises
    ------
    ValueError
        Naming the first that is too small.
    """
    for name, (value, least) in options.items():
        if value < least:
            raise ValueError(f"{name} {value}: give {least} or more")
