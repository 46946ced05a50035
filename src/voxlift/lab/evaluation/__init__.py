"""How good a model is on recordings whose truth is known: sets on disk, scores by item, means with intervals.

>>> from voxlift.lab.evaluation import evaluate, find_set
>>> result = evaluate("denoise", find_set(Path("../shared/data/dev/denoise")), jobs=2)
>>> result.means()["si_sdr"], result.realtime
"""

from voxlift.lab.evaluation.result import Result
from voxlift.lab.evaluation.scoring import evaluate
from voxlift.lab.evaluation.sets import KINDS, EvaluationSet, Item, Kind, find_set

__all__ = ["KINDS", "EvaluationSet", "Item", "Kind", "Result", "evaluate", "find_set"]
