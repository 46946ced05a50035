"""How good an estimate is, by name and with the protocol of every figure: thin faces on well-kept libraries.

Of sound: `(estimate, target)`, arrays `(length,)` or `(channels, length)` of one shape; those of speech need the rate,
those that ask what the mixture was need it too. Of decisions: `(said, truth)`, arrays of one shape. Each gives a float;
NaN where the measure does not exist, such as a ratio to a silent target. No metric raises or warns on silence, on sound
of no or one sample, or on an estimate that is the target.
"""

from voxlift.metrics.bss import BSS, bss_eval
from voxlift.metrics.decisions import accuracy, precision, recall, roc_auc
from voxlift.metrics.intervals import mean_and_interval
from voxlift.metrics.ratios import sdr, si_sdr, si_sdr_i
from voxlift.metrics.speech import estoi, pesq_nb, pesq_wb, stoi
from voxlift.metrics.table import DECISIONS, METRICS, SOUNDS, Decided, Heard, Metric, measure

__all__ = [
    "BSS", "DECISIONS", "METRICS", "SOUNDS", "Decided", "Heard", "Metric", "accuracy", "bss_eval", "estoi",
    "mean_and_interval", "measure", "pesq_nb", "pesq_wb", "precision", "recall", "roc_auc", "sdr", "si_sdr", "si_sdr_i",
    "stoi",
]  # fmt: skip
