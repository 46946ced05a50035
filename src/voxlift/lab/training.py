"""The training loop: draw, separate, compare, step; a checkpoint every few minutes, from which a run goes on."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from voxlift.allocator import keep_freed_memory
from voxlift.errors import DivergedError, RecipeError
from voxlift.lab.adversary import Contest
from voxlift.lab.checkpoint import BEST, CHECKPOINT, load_checkpoint, save_checkpoint
from voxlift.lab.enrolment import Enrolment
from voxlift.lab.feeding import Batch, Examples, batches
from voxlift.lab.fitting import check_memory
from voxlift.lab.journal import Journal, Step
from voxlift.lab.losses import check_losses, total_loss
from voxlift.lab.machine import described, make_fabric
from voxlift.lab.mean import RunningMean
from voxlift.lab.mixing import Mixer, make_mixer, make_validation
from voxlift.lab.mixing.talkers import Talkers
from voxlift.lab.nets import make_net
from voxlift.lab.parameters import take_over
from voxlift.lab.rate import set_rate, warmth
from voxlift.lab.recipe import Recipe, dump_recipe
from voxlift.lab.separation import estimate
from voxlift.separate.masks import VOICE
from voxlift.separate.store import find

Progress = Callable[["Step"], None]
Pause = Callable[[], bool]
"""Asked after every step whether to leave now; several processes must all answer the same."""
LOG_SECONDS = 20
LONGEST_UNSEEN = 500
"""Steps after which it is seen whether the loss still is a number, and logged, however quick they were."""
LONGEST_WARMUP = 0.05
"""Share of the schedule after which the learning rate has risen, be it before the recipe's number of steps: a large net
on a small budget would otherwise never learn at the rate that it was given."""
VALIDATION_BATCH = 8


class Training:
    """A run: its folder holds the resolved recipe, the checkpoint and the log.

    Raises
    ------
    RecipeError
        When the recipe contradicts itself, or the net does not fit into the machine's memory.
    DataError
        When the corpus cannot be read.
    """

    def __init__(self, recipe: Recipe, folder: Path, cache: Path) -> None:
        _check(recipe)
        self.recipe, self.folder = recipe, folder
        torch.set_num_threads(recipe.run.threads)
        keep_freed_memory(all_of_it=True)
        self.fabric = make_fabric(recipe.run, folder)
        self.fabric.launch()
        check_memory(recipe)
        with self.fabric.rank_zero_first():  # one process fills the cache, the others find it
            self.mixer = make_mixer(recipe, cache)
            self.validation = make_validation(recipe, cache)
        self.fabric.seed_everything(recipe.run.seed, verbose=False)
        net = make_net(recipe.net, recipe.front, stems=len(recipe.stems))
        if recipe.init is not None:
            take_over(net, find(recipe.init))
        self.mean = RunningMean(net, recipe.optimiser.ema)
        self.mean.module.to(self.fabric.device)
        optimiser = torch.optim.AdamW(
            net.parameters(),
            lr=recipe.optimiser.rate,
            weight_decay=recipe.optimiser.weight_decay,
            fused=self.fabric.device.type == "cuda",
        )
        self.net, self.optimiser = self.fabric.setup(net, optimiser)
        self.contest = Contest(recipe, self.fabric) if recipe.adversary else None
        self.enrolment = Enrolment(recipe, self._people(), self.fabric) if recipe.enrolment else None
        self.step, self.seconds = 0, 0.0
        self.journal = Journal(folder, self.fabric)
        if (folder / CHECKPOINT).exists():
            self._restore(load_checkpoint(folder / CHECKPOINT))
        if self.leads:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "recipe.toml").write_text(dump_recipe(recipe), "utf-8")

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
        minutes = self.recipe.run.minutes
        by_time = self.seconds / (60 * minutes) if minutes else 0.0
        return min(1.0, max(self.step / self.recipe.schedule.steps, by_time))

    def run(self, progress: Progress | None = None, pause: Pause | None = None) -> None:
        """Train to the end of the schedule; Ctrl-C, or a pause, leaves a checkpoint from which the next call goes on.

        Raises
        ------
        DivergedError
            When the loss stops being a number.
        """
        schedule = self.recipe.schedule
        now = time.monotonic()
        last_save = last_log = last_validation = self.seconds
        losses: list[Tensor] = []  # since the last look; numbers stay on the device, which would else wait for us
        try:
            for batch in self._batches():
                losses.append(self._learn(*batch))
                now = self._pass(now)
                finished = self.share >= 1
                validation = None
                if self.validation and (finished or self.seconds - last_validation > 60 * schedule.validation_minutes):
                    validation = self._validate(self.validation)
                    now = self._pass(now)
                    last_validation = self.seconds
                    finished = finished or self.journal.stale(schedule.patience)
                left = finished or (pause is not None and pause())
                to_save = self.seconds - last_save > 60 * schedule.checkpoint_minutes
                to_log = self.seconds - last_log > LOG_SECONDS or len(losses) == LONGEST_UNSEEN
                if validation is not None or left or to_save or to_log:  # what is saved has been looked at
                    last_log = self.seconds
                    self._report(self._settled(losses), validation, progress)
                    losses.clear()
                if to_save:
                    last_save = self.seconds
                    self._save()
                if left:
                    break
        finally:
            if all(map(math.isfinite, losses)):
                self._save()

    def _people(self) -> int:
        if self.recipe.front.mask != VOICE or not isinstance(self.mixer, Talkers):
            raise RecipeError(f"[enrolment] is for nets with front.mask {VOICE!r} and a corpus of speakers by name")
        return self.mixer.people

    def _pass(self, since: float) -> float:
        """Let the training's clock go on, and return this process's own time.

        All processes go by the first one's: what one does and another does not, such as validating, both wait for.
        """
        now = time.monotonic()
        self.seconds += self.fabric.broadcast(now - since)
        return now

    def _settled(self, losses: list[Tensor]) -> float:
        """Take the mean of some steps' losses, which must be numbers."""
        mean = float(torch.stack(losses).mean())
        if not math.isfinite(mean):
            raise DivergedError(
                f"the loss is {mean} about step {self.step}: lower optimiser.rate (now {self.recipe.optimiser.rate}); "
                f"the last good checkpoint is {self.folder / CHECKPOINT}"
            )
        return mean

    def _batches(self) -> Iterator[Batch]:
        recipe = self.recipe
        batch, processes = recipe.schedule.batch, self.fabric.world_size
        # Together the processes see the examples that one alone would see, each its share of every batch.
        numbers = range(self.step * batch + self.fabric.global_rank, recipe.schedule.steps * batch, processes)
        examples = Examples(self.mixer, numbers, recipe.data.examples)
        on_device = self.fabric.device.type == "cuda"
        for one in batches(examples, batch // processes, recipe.data.workers, pinned=on_device):
            yield self.fabric.to_device(one)

    def _learn(self, mixture: Tensor, targets: Tensor, talkers: Tensor) -> Tensor:
        recipe = self.recipe
        # What torch draws in a step (dropout) depends on the step alone, so a resumed run draws the same.
        torch.manual_seed(recipe.run.seed * 1_000_003 + self.step * self.fabric.world_size + self.fabric.global_rank)
        rate = recipe.optimiser.rate * self._warmth()
        set_rate(self.optimiser, rate)
        said = estimate(self.net, recipe.front, mixture)  # Fabric's net itself computes in `run.precision`
        any_order = recipe.objective.permute and self.share >= recipe.objective.ordered
        loss = total_loss(said, targets, recipe.losses, replace(recipe.objective, permute=any_order))
        value = loss.detach()
        if self.contest:
            with self.fabric.autocast():
                loss = loss + self.contest.verdict(mixture, said.sound, targets, self.share)
        if self.enrolment:
            loss = loss + self.enrolment.loss(said, targets, talkers, self.share)
        self.optimiser.zero_grad(set_to_none=True)
        self.fabric.backward(loss)
        self.fabric.clip_gradients(self.net, self.optimiser, max_norm=recipe.optimiser.clip, error_if_nonfinite=False)
        self.optimiser.step()
        if self.enrolment:
            self.enrolment.step(rate)
        self.mean.update(self.net, self.step)
        self.step += 1
        return value

    @torch.no_grad()
    def measure(self, mixer: Mixer, numbers: range, judge: Recipe | None = None) -> float:
        """Measure the loss of the running mean of the weights; `judge` has the losses where runs differ in theirs."""
        judge, total = judge or self.recipe, 0.0
        for batch in batches(Examples(mixer, numbers), VALIDATION_BATCH):
            mixture, targets, _ = self.fabric.to_device(batch)
            said = estimate(self.mean.module, self.recipe.front, mixture)
            total += len(mixture) * float(total_loss(said, targets, judge.losses, judge.objective))
        value: float = self.fabric.broadcast(total / len(numbers))
        return value

    def _validate(self, mixer: Mixer) -> float:
        """Measure on examples of the `dev` split, always the same ones, and take note of it."""
        value = self.measure(mixer, range(self.recipe.data.validation))
        self.journal.validated(value)
        if self.recipe.schedule.patience and self.journal.best_now and self.leads:
            save_checkpoint(self.folder / BEST, self._state())
        return value

    def _warmth(self) -> float:
        """Share of the learning rate now."""
        by_step = (self.step + 1) / max(1, self.recipe.schedule.warmup)
        return warmth(max(by_step, self.share / LONGEST_WARMUP), self.share)

    def _report(self, loss: float, validation: float | None, progress: Progress | None) -> None:
        if not self.leads:
            return
        step = Step(self.step, loss, self.seconds / 3600, self.recipe.seen_hours(self.step), self.share, validation)
        self.journal.write(step)
        if progress:
            progress(step)

    def _state(self) -> dict[str, Any]:
        return {
            "net": self.net.state_dict(),
            "mean": self.mean.module.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "contest": self.contest.state() if self.contest else None,
            "enrolment": self.enrolment.state() if self.enrolment else None,
            "journal": self.journal.state,
            "step": self.step,
            "seconds": self.seconds,
            "machine": described(self.recipe.run, self.fabric.device),
        }

    def _save(self) -> None:
        if self.leads:
            save_checkpoint(self.folder / CHECKPOINT, self._state())

    def _restore(self, state: dict[str, Any]) -> None:
        try:
            self.net.load_state_dict(state["net"])
        except RuntimeError:
            raise RecipeError(
                f"{self.folder / CHECKPOINT}: belongs to another net than the recipe's; train into another folder "
                "with --run"
            ) from None
        self.mean.module.load_state_dict(state["mean"])
        self.optimiser.load_state_dict(state["optimiser"])
        if self.contest:
            self.contest.restore(state["contest"])
        if self.enrolment:
            self.enrolment.restore(state["enrolment"])
        self.journal.state = state["journal"]
        self.step, self.seconds = state["step"], state["seconds"]


def _check(recipe: Recipe) -> None:
    check_losses(recipe.losses, recipe.front)
    run, processes = recipe.run, recipe.run.devices * recipe.run.hosts
    if run.devices < 1 or run.hosts < 1 or recipe.schedule.batch % processes:
        raise RecipeError(f"{processes} processes cannot share a batch of {recipe.schedule.batch} evenly: change one")
