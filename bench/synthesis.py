"""Print what made singers and songs are like, by numbers: do they follow their melody, do they sound like real ones.

    python bench/synthesis.py --data ../shared/data                  24 singers, 30 songs (minutes)
    python bench/synthesis.py --data ../shared/data --singers 100 --songs 100

*Pitch*: each singer's dry lead, its pitch found again by another estimator (Harvest) than the one that took the speech
apart (DIO), beside the melody that was to be sung, in frames where both have one. *Spectrum*: long-term average over
thirds of an octave from 100 Hz, all at one level; the distance is the mean over bands of the absolute difference to the
mean spectrum of the real stems, in dB; the real stems' own row says how far each of them is from that mean.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import welch

from tables import machine, markdown, save
from voxlift.audio import Samples
from voxlift.lab.corpora import list_tracks, only
from voxlift.lab.corpora.track import ACCOMPANIMENT, MUSIC, SPEECH, VOCALS
from voxlift.lab.synthesis import singers
from voxlift.lab.synthesis.arranging import arrange
from voxlift.lab.synthesis.producing import Speaker, speakers_of
from voxlift.lab.synthesis.rendering import RATE, find_soundfonts, render
from voxlift.lab.synthesis.voice import estimate_pitch
from voxlift.media import open_reader

CENTRES_HZ = 1000 * 2 ** (np.arange(-10, 11) / 3)  # 100 Hz to 10 kHz
TOP_HZ = 7000.0  # what recordings at 16 kHz hold for certain
Bands = NDArray[np.float64]


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    tracks = [track for track in list_tracks("auto", arguments.data) if track.split == "train"]
    print(f"{machine()}\n")
    known = {
        name: [_excerpt(track.parts[part].path) for track in only(tracks, part)[:count]]
        for name, part, count in (
            ("sung stems", VOCALS, 5),
            ("speech", SPEECH, 400),
            ("accompaniments", ACCOMPANIMENT, 5),
            ("finished tracks", MUSIC, 10),
        )
    }
    known["speech"] = known["speech"][::10]
    figures = {"singers": _singers(arguments, known), "songs": _songs(arguments, known)}
    save(arguments.json, figures)


def _singers(arguments: argparse.Namespace, known: dict[str, list[tuple[Samples, int]]]) -> list[dict[str, Any]]:
    people = speakers_of(arguments.data)
    rows, made = [], []
    for number in range(arguments.singers):
        rng = np.random.default_rng([arguments.seed, number])
        row, wet = _singer(rng, people[int(rng.integers(len(people)))], arguments.seconds)
        rows.append(row)
        made.append((wet, singers.RATE))
    header = ("singers", "median", "10 %", "90 %")
    print(markdown(header, [_spread(label, rows, key, digits) for label, key, digits in PITCH_ROWS]))
    stems = known["sung stems"]
    compared = [
        _compared("sung stems (real)", stems, stems),
        _compared("made singers", made, stems),
        _compared("plain speech", known["speech"], stems),
    ]
    print("\n" + markdown(SPECTRUM_HEADER, compared) + "\n")
    return rows


PITCH_ROWS = (
    ("correlation of pitch and melody (log Hz)", "correlation", 3),
    ("median error, cents", "error_cents", 1),
    ("share of frames more than 100 cents off", "gross", 3),
    ("share of frames with a pitch, told", "told", 2),
    ("share of frames with a pitch, found", "found", 2),
    ("melody's median, Hz", "median_hz", 0),
    ("level of what is written, dB RMS", "level_db", 1),
    ("processor seconds for a clip", "seconds", 2),
)
SONG_ROWS = (
    ("level, dB RMS", "level_db", 1),
    ("crest factor, dB", "crest_db", 1),
    ("spectral centroid, Hz", "centroid_hz", 0),
    ("parts", "parts", 0),
    ("notes a second", "density", 1),
    ("processor seconds for a song", "seconds", 2),
)
SPECTRUM_HEADER = ("spectrum", "distance of the mean, dB", "mean distance, dB", "level, dB RMS", "centroid, Hz")


def _singer(rng: np.random.Generator, speaker: Speaker, seconds: float) -> tuple[dict[str, float], Samples]:
    start = time.process_time()
    performance = singers.perform(rng, speaker.clips, seconds)
    wet = singers.produce(rng, performance.sound)
    cost = time.process_time() - start
    found = estimate_pitch(performance.take.sound(), singers.RATE)
    told = performance.take.pitch_hz[: len(found)]
    found = found[: len(told)]
    both = (found > 0) & (told > 0)
    cents = 1200 * np.abs(np.log2(found[both] / told[both]))
    return {
        "correlation": float(np.corrcoef(np.log(found[both]), np.log(told[both]))[0, 1]),
        "error_cents": float(np.median(cents)),
        "gross": float(np.mean(cents > 100)),
        "told": float(np.mean(told > 0)),
        "found": float(np.mean(found > 0)),
        "median_hz": float(np.median(told[told > 0])),
        "level_db": _level_db(wet),
        "seconds": cost,
    }, wet


def _songs(arguments: argparse.Namespace, known: dict[str, list[tuple[Samples, int]]]) -> list[dict[str, float]]:
    fonts = find_soundfonts()
    rows, made = [], []
    for number in range(arguments.songs):
        rng = np.random.default_rng([arguments.seed, number])
        start = time.process_time()
        song = arrange(rng, arguments.song_seconds)
        sound = render(rng, song, fonts[number % len(fonts)])
        notes = sum(len(part.notes) for part in song.parts)
        rows.append(
            {
                "seconds": time.process_time() - start,
                "parts": float(len(song.parts)),
                "density": notes / song.seconds,
                **_facts(sound, RATE),
            }
        )
        made.append((sound, RATE))
    print(markdown(("songs", "median", "10 %", "90 %"), [_spread(label, rows, key, d) for label, key, d in SONG_ROWS]))
    real = [_facts(sound, rate) for sound, rate in known["accompaniments"] + known["finished tracks"]]
    crest = np.median([facts["crest_db"] for facts in real])
    print(f"\nReal accompaniments and finished tracks: median crest factor {crest:.1f} dB\n")
    reference = known["accompaniments"]
    compared = [
        _compared("accompaniments (real)", reference, reference),
        _compared("made songs", made, reference),
        _compared("finished tracks (real)", known["finished tracks"], reference),
    ]
    print(markdown(SPECTRUM_HEADER, compared))
    return rows


def _facts(sound: Samples, rate: int) -> dict[str, float]:
    level = _level_db(sound)
    hz, power = welch(np.atleast_2d(sound).mean(axis=0), rate, nperseg=4096)
    return {
        "level_db": level,
        "crest_db": 20 * float(np.log10(np.abs(sound).max() + 1e-9)) - level,
        "centroid_hz": float((hz * power).sum() / (power.sum() + 1e-20)),
    }


def _compared(
    name: str, sounds: Sequence[tuple[Samples, int]], reference: Sequence[tuple[Samples, int]]
) -> tuple[str, ...]:
    own = np.array([_bands_db(sound, rate) for sound, rate in sounds])
    usual = np.array([_bands_db(sound, rate) for sound, rate in reference]).mean(axis=0)
    facts = [_facts(sound, rate) for sound, rate in sounds]
    return (
        name,
        f"{np.abs(own.mean(axis=0) - usual).mean():.1f}",
        f"{np.abs(own - usual).mean():.1f}",
        f"{np.mean([fact['level_db'] for fact in facts]):.1f}",
        f"{np.mean([fact['centroid_hz'] for fact in facts]):.0f}",
    )


def _bands_db(sound: Samples, rate: int) -> Bands:
    """Levels of thirds of an octave up to 7 kHz, `(bands,)`, their sum at 0 dB."""
    hz, power = welch(np.atleast_2d(sound).mean(axis=0), rate, nperseg=8192 if rate > 20_000 else 4096)
    edges = [
        (low, high) for low, high in zip(CENTRES_HZ * 2 ** (-1 / 6), CENTRES_HZ * 2 ** (1 / 6), strict=True)
        if high < TOP_HZ
    ]  # fmt: skip
    sums = np.array([power[(hz >= low) & (hz < high)].sum() + 1e-16 for low, high in edges])
    out: Bands = 10 * np.log10(sums / sums.sum())
    return np.maximum(out, -60)


def _excerpt(path: Path, seconds: float = 60.0) -> tuple[Samples, int]:
    """The first minute, mono `(length,)`."""
    with open_reader(path) as reader:
        blocks, length = [], 0
        for block in reader.blocks(10.0):
            blocks.append(block.mean(axis=0))
            length += block.shape[1]
            if length > seconds * reader.rate:
                break
        return np.concatenate(blocks), reader.rate


def _level_db(sound: Samples) -> float:
    return float(10 * np.log10(np.mean(np.square(sound, dtype=np.float64)) + 1e-12))


def _spread(label: str, rows: Sequence[dict[str, float]], key: str, digits: int) -> tuple[str, ...]:
    middle, low, high = np.percentile([row[key] for row in rows], [50, 10, 90])
    return (label, *(f"{value:.{digits}f}" for value in (middle, low, high)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the pack with speech, stems and tracks")
    parser.add_argument("--singers", type=int, default=24)
    parser.add_argument("--songs", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=12.0, help="of a singer's clip")
    parser.add_argument("--song-seconds", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
