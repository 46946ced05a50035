"""Looks for the best learning rate, number of layers, or any other key of a recipe; by Optuna, giving up early.

`space` reads what may vary, `ledger` keeps the folder that all who search share, `ranking` says who is ahead, `trial`
trains one try, `search` divides the time and sends out processes, `finding` says what it came to.
"""

from voxlift.lab.tuning.finding import Found
from voxlift.lab.tuning.ranking import Tried
from voxlift.lab.tuning.search import Strategy, tune

__all__ = ["Found", "Strategy", "Tried", "tune"]
