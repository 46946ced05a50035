"""All metrics by name, each with what it means: one row each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from voxlift.audio import Samples
from voxlift.metrics.bss import BSS, bss_eval
from voxlift.metrics.decisions import accuracy, precision, recall, roc_auc
from voxlift.metrics.ratios import sdr, si_sdr, si_sdr_i
from voxlift.metrics.speech import estoi, pesq_nb, pesq_wb, stoi

Case = TypeVar("Case")


@dataclass(frozen=True)
class Heard:
    """An estimate beside the truth: `(length,)` or `(channels, length)`, all of one shape; the rate in Hz."""

    estimate: Samples
    target: Samples
    rate: int
    mixture: Samples | None = None
    """What the estimate was made from; metrics that ask for it are NaN without."""

    @cached_property
    def bss(self) -> BSS:
        """The three ratios of BSS Eval, found at once."""
        if self.mixture is None:
            return BSS(math.nan, math.nan, math.nan)
        return bss_eval(self.estimate, self.target, self.mixture, self.rate)


@dataclass(frozen=True)
class Decided:
    """How surely yes was said, 0..1, beside the truth, arrays of one shape; above one half it counts as yes."""

    scores: NDArray[Any]
    truth: NDArray[Any]

    @property
    def said(self) -> NDArray[np.bool_]:
        """The decisions."""
        return np.asarray(self.scores) > 0.5


@dataclass(frozen=True)
class Metric(Generic[Case]):
    """A metric that tables can name."""

    title: str
    unit: str
    higher_is_better: bool
    protocol: str
    """How the figure is come by, and after whom."""
    compute: Callable[[Case], float]
    """NaN where the measure does not exist; means and intervals leave it out."""
    digits: int = 2

    @property
    def heading(self) -> str:
        """Title and unit, as over a column."""
        return f"{self.title} {self.unit}".strip()


SOUNDS: dict[str, Metric[Heard]] = {
    "pesq_wb": Metric(
        "PESQ-WB", "MOS", True,
        "wide-band perceptual quality, 1.04 to 4.64: ITU-T P.862.2 by the library pesq, mono at 16 kHz; a silent "
        "estimate scores 1.04; none for a silent target or one without an utterance",
        lambda x: pesq_wb(x.estimate, x.target, x.rate), digits=3,
    ),
    "pesq_nb": Metric(
        "PESQ-NB", "MOS", True,
        "narrow-band perceptual quality, 1.02 to 4.55: ITU-T P.862.1 by the library pesq, mono at 16 kHz; a silent "
        "estimate scores 1.02; none for a silent target or one without an utterance",
        lambda x: pesq_nb(x.estimate, x.target, x.rate), digits=3,
    ),
    "stoi": Metric(
        "STOI", "%", True,
        "intelligibility: Taal et al. 2011 by the library pystoi, mono at 10 kHz; a silent estimate scores 0; none "
        "under 0.4 s of active speech",
        lambda x: 100 * stoi(x.estimate, x.target, x.rate),
    ),
    "estoi": Metric(
        "ESTOI", "%", True,
        "intelligibility in modulated noise: Jensen and Taal 2016 by the library pystoi, mono at 10 kHz; a silent "
        "estimate scores 0; none under 0.4 s of active speech",
        lambda x: 100 * estoi(x.estimate, x.target, x.rate),
    ),
    "si_sdr": Metric(
        "SI-SDR", "dB", True,
        "scale-invariant ratio of signal to distortion: Le Roux et al. 2019, channels averaged, means removed, held "
        "within +-100; none for a silent target",
        lambda x: si_sdr(x.estimate, x.target),
    ),
    "si_sdr_i": Metric(
        "SI-SDRi", "dB", True,
        "SI-SDR of the estimate less SI-SDR of the mixture it was made from; none for a silent target",
        lambda x: math.nan if x.mixture is None else si_sdr_i(x.estimate, x.target, x.mixture),
    ),
    "sdr": Metric(
        "SDR", "dB", True,
        "energy of the target over that of the error, all channels and the whole recording at once: Mitsufuji et al. "
        "2022 (nSDR of the music demixing challenges), held within +-100; a silent estimate scores 0; none for a "
        "silent target",
        lambda x: sdr(x.estimate, x.target),
    ),
    "bss_sdr": Metric(
        "BSS-SDR", "dB", True,
        "SDR of BSS Eval v4: Stöter et al. 2018, as museval reports: median over frames of 1 s, without those in which "
        "estimate, target or accompaniment is digital silence",
        lambda x: x.bss.sdr,
    ),
    "bss_sir": Metric(
        "BSS-SIR", "dB", True,
        "voice over what leaked in from the accompaniment, BSS Eval v4: Stöter et al. 2018, filters of 512 taps over "
        "the whole recording, median over frames of 1 s as for bss_sdr",
        lambda x: x.bss.sir,
    ),
    "bss_sar": Metric(
        "BSS-SAR", "dB", True,
        "what either source explains over what neither does (artefacts), BSS Eval v4: Stöter et al. 2018, filters and "
        "frames as for bss_sir",
        lambda x: x.bss.sar,
    ),
}  # fmt: skip

DECISIONS: dict[str, Metric[Decided]] = {
    "accuracy": Metric(
        "accuracy", "%", True,
        "share of binary decisions that are right, yes above one half, all alike; none without decisions",
        lambda x: 100 * accuracy(x.said, x.truth),
    ),
    "roc_auc": Metric(
        "ROC-AUC", "", True,
        "chance that a true yes scores above a true no, from ranks, ties half: Hanley and McNeil 1982; none where all "
        "is yes or all is no",
        lambda x: roc_auc(x.scores, x.truth), digits=4,
    ),
    "precision": Metric(
        "precision", "%", True,
        "share of the yeses said that are true, yes above one half; none where none was said",
        lambda x: 100 * precision(x.said, x.truth),
    ),
    "recall": Metric(
        "recall", "%", True,
        "share of the true yeses that were said, yes above one half; none where there is none",
        lambda x: 100 * recall(x.said, x.truth),
    ),
}  # fmt: skip

METRICS: dict[str, Metric[Any]] = {**SOUNDS, **DECISIONS}


def measure(
    estimate: Samples, target: Samples, rate: int, mixture: Samples | None = None, *, names: Iterable[str]
) -> dict[str, float]:
    """Score one estimate by the metrics of `SOUNDS` named; see `Heard`."""
    heard = Heard(estimate, target, rate, mixture)
    return {name: SOUNDS[name].compute(heard) for name in names}
