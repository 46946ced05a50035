"""Drums: grooves of sixteen steps to the bar, ghost notes, fills and crashes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from voxlift.lab.synthesis.melody import Note

KICK, RIM, SNARE, CLAP, LOUD_SNARE = 36, 37, 38, 39, 40
CLOSED, PEDAL, OPEN, CRASH, RIDE, BELL = 42, 44, 46, 49, 51, 53
TAMBOURINE, COWBELL, SHAKER, CONGA_HIGH, CONGA_LOW, CLAVE = 54, 56, 70, 63, 64, 75
TOMS = (50, 48, 47, 45, 43, 41)

EIGHTHS, SIXTEENTHS = "x.o.x.o.x.o.x.o.", "xoxoxoxoxoxoxoxo"

GROOVES: dict[str, Mapping[int, str]] = {
    "rock": {KICK: "x.......x.x.....", SNARE: "....x.......x...", CLOSED: EIGHTHS},
    "rock_busy": {KICK: "x..x....x.x..x..", SNARE: "....x..g.g..x...", RIDE: EIGHTHS},
    "half_time": {KICK: "x.........x.....", SNARE: "........x.......", CLOSED: EIGHTHS},
    "pop": {KICK: "x.....x.x.......", SNARE: "....x.......x...", CLOSED: EIGHTHS},
    "four_floor": {KICK: "x...x...x...x...", CLAP: "....x.......x...",
                   OPEN: "..o...o...o...o.", CLOSED: "x.oox.oox.oox.oo"},
    "disco": {KICK: "x...x...x...x...", SNARE: "....x.......x...",
              OPEN: "..x...x...x...x.", CLOSED: "x...x...x...x..."},
    "clap": {KICK: "x..x..x.x..x..x.", CLAP: "....x.......x...", CLOSED: SIXTEENTHS},
    "breakbeat": {KICK: "x.x.......xx....", SNARE: "....x..g.g..x..g", CLOSED: EIGHTHS},
    "ballad": {KICK: "x.......x.......", RIM: "....x.......x...", CLOSED: EIGHTHS},
    "funk": {KICK: "x..x..x...x..x..", SNARE: "....x..g.g..x..g", CLOSED: SIXTEENTHS},
    "funk_busy": {KICK: "x.x...x..x.x....", SNARE: ".g..x.g..g.gx..g",
                  CLOSED: "x.oox.oox.ooxo.o", OPEN: "......x........."},
    "trap": {KICK: "x......x..x.....", CLAP: "........x.......", CLOSED: "xoxoxoxoxoxxxxxo"},
    "boom_bap": {KICK: "x.x.....g.x.....", SNARE: "....x.......x...", CLOSED: EIGHTHS},
    "metal": {KICK: "xx.xxx.xxx.xxx.x", SNARE: "....x.......x...", CRASH: "x...x...x...x..."},
    "double_bass": {KICK: "xxxxxxxxxxxxxxxx", SNARE: "....x.......x...", RIDE: "x...x...x...x..."},
    "swing": {KICK: "x.......g.......", PEDAL: "....x.......x...", RIDE: "x...x.o.x...x.o."},
    "swing_ride": {SNARE: "......g......g..", PEDAL: "....x.......x...", RIDE: "x...x.o.x...x.o."},
    "bossa": {KICK: "x.....x.x.....x.", RIM: "x.....x.....x...", CLOSED: SIXTEENTHS},
    "latin": {KICK: "...x......x.....", CLAVE: "x.....x...x.x...",
              CONGA_HIGH: "x.oox.oo..oxx.oo", COWBELL: "x...x...x...x..."},
    "one_drop": {KICK: "........x.......", RIM: "........x.......", CLOSED: EIGHTHS},
    "train": {KICK: "x.......x.......", SNARE: "googgoogxoogxoog", PEDAL: "....x.......x..."},
    "march": {KICK: "x.......x.......", SNARE: "x..gx.g.x..gx.gg"},
}  # fmt: skip
"""`x` is hit, `o` hit softer, `g` hardly."""
FORCE = {"x": 0.92, "o": 0.62, "g": 0.35}


def drum(rng: np.random.Generator, groove: str, bars: int, energy: float) -> list[Note]:
    """Play so many bars of four beats; `energy` 0 to 1 says how full, a fill may lead on at the end."""
    pattern = {key: _varied(rng, steps) for key, steps in GROOVES[groove].items()}
    if energy < 0.4 and rng.random() < 0.6:  # a quiet section: without the snare, or nearly
        pattern = {key: steps for key, steps in pattern.items() if key not in (SNARE, CLAP)} or pattern
    if energy > 0.6 and rng.random() < 0.4:
        pattern[(TAMBOURINE, SHAKER, COWBELL)[int(rng.integers(3))]] = (EIGHTHS, "..x...x...x...x.")[
            int(rng.integers(2))
        ]
    fills = rng.random() < 0.6
    notes = [Note(0.0, 1.0, CRASH, 0.85)] if energy > 0.5 and rng.random() < 0.6 else []
    for bar in range(bars):
        last = fills and bar == bars - 1
        for key, steps in pattern.items():
            for place, mark in enumerate(steps):
                if mark in FORCE and not (last and place >= 8 and key != KICK):
                    force = FORCE[mark] * (0.75 + 0.25 * energy)
                    notes.append(Note(4 * bar + place / 4, 0.25, key, force))
        if last:
            notes += _fill(rng, 4 * bar + 2)
    return notes


def _varied(rng: np.random.Generator, steps: str) -> str:
    """Move or add a few soft hits: no two drummers play the same."""
    out = list(steps)
    for place in range(len(out)):
        if place % 4 and rng.random() < 0.05:
            out[place] = "g" if out[place] == "." else "."
    return "".join(out)


def _fill(rng: np.random.Generator, start: float) -> list[Note]:
    step = float(rng.choice([0.25, 0.25, 0.5]))
    drums = sorted(rng.choice(len(TOMS), 3, replace=False))
    count = int(2 / step)
    notes = []
    for place in range(count):
        key = SNARE if rng.random() < 0.4 else TOMS[int(drums[min(2, 3 * place // count)])]
        if rng.random() < 0.85:
            notes.append(Note(start + place * step, step, key, 0.6 + 0.35 * place / count))
    return notes
