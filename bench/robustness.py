"""Print what a denoiser does beyond its training set: rates, bands, levels, codecs, rooms, music, languages, silence.

    python bench/robustness.py
    python bench/robustness.py --model denoise --model PATH --voices 20

Needs the pack of recordings (`--data`, default ../shared/data): clean speech of `dev` that no model was trained on, its
noises and its music. Languages other than English have no `dev` speech: those rows, in a table of their own, are of
training speakers in noises that were not trained on. Each figure is `before -> after`, means over the voices. PESQ and
ESTOI as in `voxlift lab evaluate --list`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import soundfile
import soxr

from conditions import DISTURBANCES, Disturbance, Sound, at_level, in_a_room, level_db, over_music
from tables import machine, markdown, save
from voxlift import Audio, load
from voxlift.lab.corpora import list_tracks
from voxlift.metrics import METRICS, measure
from voxlift.separate.card import TASKS
from voxlift.separate.contract import Separator

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
RATE = 16000
NAMES = ("pesq_wb", "estoi", "si_sdr")
SPOKEN = {"fr": "French", "es": "Spanish", "it": "Italian", "de": "German", "pl": "Polish", "pt": "Portuguese",
          "nl": "Dutch", "zh/en": "Mandarin", "gd": "Gaelic"}  # fmt: skip


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    models = {name: load(name) for name in arguments.model or [TASKS["denoise"]]}
    voices = [_sound(path) for path in _different(arguments.data / "dev" / "denoise" / "clean", arguments.voices)]
    noises = list(_noises(arguments.data))
    print(f"{machine()}; {len(voices)} voices\n")
    figures: dict[str, dict[str, object]] = {}
    for name, separator in models.items():
        disturbed = {**DISTURBANCES, **_rooms_and_music(arguments.data)}
        rows = {title: scores(separator, how, voices, noises) for title, how in disturbed.items()}
        spoken = dict(languages(separator, arguments.data, noises))
        quiet = silence(separator, noises)
        upper = upper_band(separator, arguments.data)
        print(f"## {name}\n\n{table('speech, dev speakers', rows)}\n\n{table('training speakers, 5 dB', spoken)}\n")
        levels = [[where, *(f"{level:.1f} dB" for level in both)] for where, both in quiet]
        print(markdown(["without speech", "level before", "level after"], levels))
        kept = [[how, *(f"{level:+.1f} dB" for level in both)] for how, both in upper]
        print(f"\n{markdown(['sung voices at 48 kHz', 'kept of 4 to 8 kHz', 'kept above'], kept)}\n")
        figures[name] = {"speech": rows, "languages": spoken, "silence": quiet, "upper_band": upper}
    save(arguments.json, figures)


def scores(
    separator: Separator, how: Disturbance, voices: Sequence[Sound], noises: Sequence[Sound]
) -> dict[str, tuple[float, float]]:
    """Mean scores before and after, by metric."""
    found = []
    for number, voice in enumerate(voices):
        random = np.random.default_rng(number)
        noise = np.resize(noises[number % len(noises)], len(voice))
        mixture, wanted, rate = how(voice, noise, RATE, random)
        lifted = separator(Audio(mixture, rate))["voice"].samples
        both = (measure(x, wanted, rate, mixture, names=NAMES) for x in (mixture, lifted))
        found.append([(before[name], after[name]) for before, after in [tuple(both)] for name in NAMES])
    means = np.nanmean(np.array(found), axis=0)
    return {name: (float(before), float(after)) for name, (before, after) in zip(NAMES, means, strict=True)}


def table(title: str, rows: Mapping[str, Mapping[str, tuple[float, float]]]) -> str:
    """One line a condition."""
    lines = [[name, *(_arrow(metric, *row[metric]) for metric in NAMES)] for name, row in rows.items()]
    return markdown([title, *(METRICS[name].heading for name in NAMES)], lines)


def languages(
    separator: Separator, data: Path, noises: Sequence[Sound]
) -> Iterator[tuple[str, dict[str, tuple[float, float]]]]:
    """Score speech of training speakers in other languages at 5 dB, ten recordings of each at most."""
    tracks = [track for track in list_tracks("pack", data) if "speech" in track.parts and track.split == "train"]
    for code, name in SPOKEN.items():
        spoken = [track for track in tracks if track.tags.get("language") == code]
        chosen = spoken[:: max(1, len(spoken) // 10)][:10]
        voices = [_sound(track.parts["speech"].path)[: 8 * RATE] for track in chosen]
        yield name, scores(separator, DISTURBANCES["noise, 5 dB"], voices, noises)


def silence(separator: Separator, noises: Sequence[Sound]) -> list[tuple[str, tuple[float, float]]]:
    """Levels before and after where nobody speaks."""
    random = np.random.default_rng(0)
    cases: dict[str, list[Sound]] = {
        "noises of dev, at -30 dB": [at_level(noise[: 10 * RATE], -30) for noise in noises],
        "white noise at -30 dB": [at_level(random.standard_normal(10 * RATE).astype(np.float32), -30)],
        "digital silence": [np.zeros(10 * RATE, np.float32)],
    }
    levels = []
    for name, sounds in cases.items():
        lifted = [separator(Audio(sound[None], RATE))["voice"].samples for sound in sounds]
        # Two seconds for the net to find out that nobody speaks.
        both = [(level_db(x), level_db(y[0, 2 * RATE :])) for x, y in zip(sounds, lifted, strict=True)]
        before, after = np.mean(both, axis=0)
        levels.append((name, (float(before), float(after))))
    return levels


def upper_band(separator: Separator, data: Path) -> list[tuple[str, tuple[float, float]]]:
    """What is kept of sung voices at 48 kHz, in dB, in the octave below 8 kHz, which nets hear, and above it."""
    random = np.random.default_rng(1)
    kept: dict[str, list[tuple[float, float]]] = {"as they are": [], "in white noise, 10 dB": []}
    for song in sorted((data / "dev" / "vocals").iterdir()):
        samples, rate = soundfile.read(song / "vocals.flac", dtype="float32", always_2d=True)
        voice = samples.T
        hiss = at_level(random.standard_normal(voice.shape).astype(np.float32), level_db(voice) - 10)
        for name, mixture in zip(kept, (voice, voice + hiss), strict=True):
            lifted = separator(Audio(mixture, rate))["voice"].samples
            hz = np.fft.rfftfreq(voice.shape[1], 1 / rate)
            powers = [np.square(np.abs(np.fft.rfft(x))).sum(0) for x in (lifted, voice)]
            below, above = ((hz > 4000) & (hz < 8000), hz > 8000)
            both = [10 * np.log10(powers[0][band].sum() / powers[1][band].sum()) for band in (below, above)]
            kept[name].append((both[0], both[1]))
    means = {name: np.mean(values, axis=0) for name, values in kept.items()}
    return [(name, (float(mean[0]), float(mean[1]))) for name, mean in means.items()]


def _rooms_and_music(data: Path) -> dict[str, Disturbance]:
    rooms = sorted((data / "rir").rglob("*.*"))
    responses = [_sound(path) for path in rooms if path.suffix in (".opus", ".flac", ".wav")][:3]
    songs = sorted((data / "music" / "stems" / "dev").glob("*/accompaniment*"))
    return {
        **{f"room {number + 1}, 10 dB": partial(in_a_room, room) for number, room in enumerate(responses)},
        **{f"music {snr} dB": partial(over_music, _sound(songs[0]), snr) for snr in (0, 10)},
    }


def _different(folder: Path, count: int) -> list[Path]:
    """Files that are no copies of each other, by size and name."""
    sizes = {path.stat().st_size: path for path in sorted(folder.iterdir(), reverse=True)}
    return sorted(sizes.values())[:count]


def _noises(data: Path) -> Iterator[Sound]:
    for track in list_tracks("pack", data):
        if "noise" in track.parts and track.split == "dev":
            sound = _sound(track.parts["noise"].path)
            if level_db(sound) > -60:
                yield sound


def _sound(path: Path) -> Sound:
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono: Sound = samples.mean(1)
    return mono if rate == RATE else soxr.resample(mono, rate, RATE, "HQ").astype(np.float32)


def _arrow(metric: str, before: float, after: float) -> str:
    digits = METRICS[metric].digits
    return f"{before:.{digits}f} -> {after:.{digits}f}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", action="append", help="a model's name or a card's folder; may be repeated")
    parser.add_argument("--data", type=Path, default=DATA, help="the pack of recordings")
    parser.add_argument("--voices", type=int, default=18, help="how many different voices at most")
    parser.add_argument("--json", type=Path, help="write all figures there too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
