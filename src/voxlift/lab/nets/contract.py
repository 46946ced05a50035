"""What training and export ask of a net."""

from __future__ import annotations

from torch import Tensor, nn

State = tuple[Tensor, ...]


class Net(nn.Module):
    """A module whose memory is explicit.

    `forward(x, *state)` takes `x`, axes `(batch, frames, bins[, parts])` as the recipe's view gives them, and the
    state, tensors with the batch first. It returns `(output, new state)`; the output is `(batch, stems, frames,
    bins[, 2])` as the recipe's mask reads it.
    """

    def initial_state(self, batch: int) -> State:
        """Return the state before the first frame: zeros, the batch first; empty for a net without memory."""
        raise NotImplementedError
