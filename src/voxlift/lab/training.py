"""The training loop: draw, separate, compare, step; a checkpoint every few minutes, from which a run goes on."""

from __future__ import annotations

import csv
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import lightning
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from voxlift.errors import DataError, RecipeError
from voxlift.lab.losses import LOSSES
from voxlift.lab.mixing import Mixer
from voxlift.lab.nets import Net, make_net
from voxlift.lab.recipe import Recipe, dump_recipe
from voxlift.lab.separation import estimate
from voxlift.schema import nearest
from voxlift.separate.card import Card
from voxlift.separate.store import find

Progress = Callable[["Step"], None]
LOG_SECONDS = 20
PARAMETERS = "weights.safetensors"
"""Beside a card's graph in the repository: the same weights as torch names them, to go on from."""


@dataclass(frozen=True)
class Step:
    """What a step tells whoever watches."""

    number: int
    loss: float
    hours: float
    """Time trained so far, earlier runs counted in."""
    seen_hours: float
    """Sound seen so far."""
    share: float
    """How much of the schedule is done, 0..1."""


class Examples(Dataset[tuple[Tensor, Tensor]]):
    """Examples of a mixer by their numbers, as tensors `(length,)`."""

    def __init__(self, mixer: Mixer, numbers: range) -> None:
        self.mixer, self.numbers = mixer, numbers

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        example = self.mixer.example(self.numbers[index])
        return torch.from_numpy(example.noisy), torch.from_numpy(example.target)


class Training:
    """A run: its folder holds the resolved recipe, the checkpoint and the log."""

    def __init__(self, recipe: Recipe, folder: Path, cache: Path) -> None:
        _check(recipe)
        self.recipe, self.folder = recipe, folder
        torch.set_num_threads(recipe.run.threads)
        self.fabric = _fabric(recipe)
        self.fabric.launch()
        self.fabric.seed_everything(recipe.run.seed, verbose=False)
        with self.fabric.rank_zero_first():  # one process fills the cache, the others find it
            self.mixer = Mixer(recipe, cache)
        net = make_net(recipe.net, recipe.front)
        if recipe.init is not None:
            take_over(net, find(recipe.init))
        optimiser = torch.optim.AdamW(
            net.parameters(), lr=recipe.optimiser.rate, weight_decay=recipe.optimiser.weight_decay
        )
        self.net, self.optimiser = self.fabric.setup(net, optimiser)
        self.mean = _Mean(net, recipe.optimiser.ema)
        self.step = 0
        self.seconds = 0.0
        folder.mkdir(parents=True, exist_ok=True)
        if self.checkpoint.exists():
            self._resume()
        (folder / "recipe.toml").write_text(dump_recipe(recipe), "utf-8")

    @property
    def checkpoint(self) -> Path:
        """Where the state of the run lies."""
        return self.folder / "checkpoint.pt"

    @property
    def leads(self) -> bool:
        """Whether this is the process that logs and saves; the only one, unless the recipe asks for several."""
        return bool(self.fabric.is_global_zero)

    @property
    def parameters(self) -> int:
        """Numbers that the net learns."""
        return sum(value.numel() for value in self.net.parameters())

    @property
    def share(self) -> float:
        """How much of the schedule is done, 0..1."""
        schedule = self.recipe.schedule
        by_time = self.seconds / (3600 * schedule.hours) if schedule.hours else 0.0
        return min(1.0, max(self.step / schedule.steps, by_time))

    def run(self, progress: Progress | None = None) -> None:
        """Train to the end of the schedule; Ctrl-C leaves a checkpoint from which the next call goes on.

        Raises
        ------
        DataError
            When the loss stops being a number.
        """
        now = last_save = last_log = time.monotonic()
        losses: list[float] = []
        try:
            for noisy, target in self._batches():
                losses.append(self._learn(noisy, target))
                before, now = now, time.monotonic()
                self.seconds += self.fabric.broadcast(now - before)  # all processes must agree on when it ends
                finished = self.share >= 1
                if self.leads and (finished or now - last_log > LOG_SECONDS):
                    last_log = now
                    self._log(losses, progress)
                    losses.clear()
                if now - last_save > 60 * self.recipe.schedule.checkpoint_minutes:
                    last_save = now
                    self._save()
                if finished:
                    break
        finally:
            self._save()

    def _batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        recipe = self.recipe
        batch, processes = recipe.schedule.batch, self.fabric.world_size
        # Together the processes see the examples that one alone would see, each its share of every batch.
        numbers = range(self.step * batch + self.fabric.global_rank, recipe.schedule.steps * batch, processes)
        workers = recipe.data.workers
        loader: DataLoader[Any] = DataLoader(
            Examples(self.mixer, numbers),
            batch // processes,
            num_workers=workers,
            prefetch_factor=4 if workers else None,
        )
        for noisy, target in loader:
            yield self.fabric.to_device((noisy, target))

    def _learn(self, noisy: Tensor, target: Tensor) -> float:
        recipe = self.recipe
        for group in self.optimiser.param_groups:
            group["lr"] = recipe.optimiser.rate * self._warmth()
        result = estimate(self.net, recipe.front, noisy)
        loss = LOSSES[recipe.objective.kind](result, target, recipe.front.stft, recipe.objective)
        value = float(loss.detach())
        if not math.isfinite(value):
            raise DataError(
                f"the loss is {value} at step {self.step}: lower optimiser.rate (now {recipe.optimiser.rate}); "
                f"the last good checkpoint is {self.checkpoint}"
            )
        self.optimiser.zero_grad(set_to_none=True)
        self.fabric.backward(loss)
        self.fabric.clip_gradients(self.net, self.optimiser, max_norm=recipe.optimiser.clip, error_if_nonfinite=False)
        self.optimiser.step()
        self.mean.update(self.step)
        self.step += 1
        return value

    def _warmth(self) -> float:
        """Share of the learning rate now: a short rise, then a cosine down to a fiftieth."""
        rise = min(1.0, (self.step + 1) / max(1, self.recipe.schedule.warmup))
        return rise * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * self.share)))

    def _log(self, losses: list[float], progress: Progress | None) -> None:
        seen = self.step * self.recipe.schedule.batch * self.recipe.data.seconds / 3600
        step = Step(self.step, sum(losses) / len(losses), self.seconds / 3600, seen, self.share)
        log = self.folder / "log.csv"
        fresh = not log.exists()
        with log.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if fresh:
                writer.writerow(["step", "loss", "hours", "seen_hours", "share"])
            writer.writerow([step.number, *(f"{x:.5f}" for x in (step.loss, step.hours, step.seen_hours, step.share))])
        if progress:
            progress(step)

    def _save(self) -> None:
        if not self.leads:
            return
        state = {
            "net": self.net.state_dict(),
            "mean": self.mean.state,
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
        }
        part = self.checkpoint.with_suffix(".part")
        torch.save(state, part)
        part.replace(self.checkpoint)

    def _resume(self) -> None:
        state = torch.load(self.checkpoint, map_location="cpu", weights_only=True)
        try:
            self.net.load_state_dict(state["net"])
        except RuntimeError:
            raise RecipeError(
                f"{self.checkpoint}: belongs to another net than the recipe's; train into another folder with --run"
            ) from None
        self.mean.state = {name: value.to(self.fabric.device) for name, value in state["mean"].items()}
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.seconds = state["step"], state["seconds"]


def take_over(net: Net, card: Card) -> None:
    """Give a net the weights of a card.

    Raises
    ------
    RecipeError
        When the card has no parameters beside its graph, or they are another net's.
    """
    path = card.weights.with_name(PARAMETERS)
    if not path.is_file():
        raise RecipeError(f"{path}: missing; a card to go on from needs it (it is in the repository, not in the wheel)")
    try:
        net.load_state_dict(load_file(path))
    except (RuntimeError, SafetensorError) as problem:
        reason = str(problem).splitlines()[0]
        raise RecipeError(f"{path}: does not fit the recipe's net ({reason}); give [net] the card's options") from None


def _check(recipe: Recipe) -> None:
    kind, run = recipe.objective.kind, recipe.run
    if kind not in LOSSES:
        raise RecipeError(f"objective.kind {kind!r}{nearest(kind, LOSSES)}")
    if run.devices < 1 or recipe.schedule.batch % run.devices:
        raise RecipeError(f"{run.devices} devices cannot share a batch of {recipe.schedule.batch} evenly: change one")


def _fabric(recipe: Recipe) -> lightning.Fabric:
    run = recipe.run
    try:
        return lightning.Fabric(
            accelerator=run.accelerator,
            devices=run.devices,
            strategy="ddp" if run.devices > 1 else "auto",
            precision=cast("Any", run.precision),
        )
    except (ValueError, RuntimeError) as problem:
        raise RecipeError(f"[run] of the recipe does not fit this machine: {problem}") from None


class _Mean:
    """The running mean of a net's weights, steadier than the last ones (Polyak averaging)."""

    def __init__(self, net: nn.Module, decay: float) -> None:
        self.net, self.decay = net, decay
        self.state = {name: value.detach().clone() for name, value in net.state_dict().items()}

    @torch.no_grad()
    def update(self, step: int) -> None:
        decay = min(self.decay, (1 + step) / (10 + step))  # early weights are soon forgotten
        for name, value in self.net.state_dict().items():
            if value.is_floating_point():
                self.state[name].lerp_(value, 1 - decay)
            else:
                self.state[name].copy_(value)
