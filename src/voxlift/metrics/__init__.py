"""How good an estimate is: thin faces on well-kept libraries, all defined on silence and on short sound.

Every metric takes `(estimate, target, rate)`, vectors of one length (the mixture too where it says so) and gives a
float; NaN where the measure does not exist, such as a ratio to a silent target.
"""

from voxlift.metrics.ratios import sdr, si_sdr
from voxlift.metrics.speech import estoi, pesq_nb, pesq_wb, stoi
from voxlift.metrics.table import METRICS, Metric, mean_and_interval, measure

__all__ = [
    "METRICS",
    "Metric",
    "estoi",
    "mean_and_interval",
    "measure",
    "pesq_nb",
    "pesq_wb",
    "sdr",
    "si_sdr",
    "stoi",
]
