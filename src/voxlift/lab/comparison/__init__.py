"""Recipes trained on the same data and budget, scored on the same held-out sets, told in one report.

>>> from voxlift.lab.comparison import compare
>>> compare([Path("recipes/ladder-denoise")], on=[Path("../shared/data/dev/denoise")], out=Path("runs/ladder"))
"""

from voxlift.lab.comparison.comparing import compare
from voxlift.lab.comparison.outcome import Comparison, Outcome, Round

__all__ = ["Comparison", "Outcome", "Round", "compare"]
