"""Print how well models split talkers: on short mixes, and on conversations made here of their clean speech.

    python bench/speakers.py                                    the default model
    python bench/speakers.py --model NAME --model PATH --conversations 5 --jobs 2
    python bench/speakers.py --linking                          no model: how well chunks are linked over silences

`mixes` are the recordings of --mixes (mix/, s1/, s2/). A conversation lasts two minutes, its talkers overlap for the
share of the time that is named, and there is noise from --noise at --snr dB. Figures are means over the talkers:

- SI-SDR, its rise over the mixture, PESQ and STOI, with the number of talkers given; PESQ and STOI over the pieces of
  10 s in which the talker speaks for 2 s or more;
- confusion: share of the seconds in which a talker is on another's track; half of them is chance;
- count: share of the recordings in which `auto` finds the right number, each talker by himself being one more.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import soxr

from tables import machine, markdown, save
from voxlift import Audio, load, read
from voxlift.audio import Samples
from voxlift.lab.datasets.parallel import each
from voxlift.lab.evaluation import find_set
from voxlift.lab.evaluation.conversations import Manner, Oracle, confusion, conversation
from voxlift.lab.evaluation.matching import matched_estimates
from voxlift.metrics import METRICS, mean_and_interval, measure
from voxlift.separate.contract import Separator
from voxlift.separate.wrappers import Chunked

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
OVERLAPS = (0.1, 0.3, 0.6, 1.0)
SECONDS, PIECE_SECONDS, LEAST_SECONDS = 120.0, 10.0, 2.0
RATIOS, SPEECH = ("si_sdr", "si_sdr_i"), ("pesq_wb", "pesq_nb", "stoi")
MIXTURE = "(mixture)"
LINKED_CORPORA = ("vctk", "librispeech-train-clean-100", "cml-tts")
LINKED_RATE = 8_000
SENTENCE_SECONDS = 3.0


@dataclass(frozen=True)
class Talk:
    """A recording `(1, length)` of talkers `(talkers, length)`, and the kind of thing it is."""

    kind: str
    mixture: Audio
    talkers: Samples


def main() -> None:
    """Score and print."""
    arguments = _arguments()
    print(f"{machine()}\n")
    if arguments.linking:
        print(linking(arguments.speech, arguments.conversations))
        return
    models = arguments.model or ["speakers"]
    for model in models:
        load(model, speakers=2)  # what is wrong is told now
    talks = [*mixes(arguments.mixes), *conversations(arguments)]
    figures = {model: scored(model, talks, arguments.jobs) for model in [MIXTURE, *models]}
    print(table(figures))
    save(arguments.json, {"scores": figures})


def mixes(folder: Path) -> Iterator[Talk]:
    """Read the mixes of a set."""
    for item in find_set(folder).items:
        mixture, talkers = read(item.mixture), [read(path).samples[0] for path in item.targets]
        yield Talk("mixes", mixture, np.stack(talkers))


def conversations(arguments: argparse.Namespace) -> Iterator[Talk]:
    """Make conversations of the clean speech of the mixes: names end in the talkers, `000_2414_3080`."""
    said: dict[str, list[Samples]] = defaultdict(list)
    for item in find_set(arguments.mixes).items:
        for path, who in zip(item.targets, item.name.split("_")[1:], strict=True):
            speech = read(path)
            said[who].append(speech.samples[0])
    rate = speech.rate
    noises = sorted(path for path in arguments.noise.rglob("*") if path.suffix in (".opus", ".flac", ".wav"))
    for number in range(arguments.conversations):
        for overlap in OVERLAPS:
            random = np.random.default_rng([number, round(100 * overlap)])
            pair = random.choice(sorted(said), 2, replace=False)
            talkers = conversation([said[who] for who in pair], rate, Manner(arguments.seconds, overlap), random)
            voices = talkers.sum(axis=0)
            noise = _noise(noises[int(random.integers(len(noises)))], rate, len(voices))
            gain = np.sqrt(np.square(voices).mean() / np.square(noise).mean()) * 10 ** (-arguments.snr / 20)
            yield Talk(f"{100 * overlap:.0f} % overlap", Audio((voices + gain * noise)[None], rate), talkers)


def scored(model: str, talks: Sequence[Talk], jobs: int) -> dict[str, dict[str, list[float]]]:
    """Scores by kind of talk and metric."""
    rows = each(partial(_score, model), talks, jobs)
    found: dict[str, dict[str, list[float]]] = {}
    for talk, row in zip(talks, rows, strict=True):
        for metric, values in row.items():
            found.setdefault(talk.kind, {}).setdefault(metric, []).extend(values)
    return found


def table(figures: Mapping[str, Mapping[str, Mapping[str, Sequence[float]]]]) -> str:
    """One line a kind of talk and model."""
    headings = [METRICS[name].heading for name in (*RATIOS, *SPEECH)]
    rows = []
    for kind in figures[MIXTURE]:
        for model, scores in figures.items():
            means = [mean_and_interval(scores[kind][name])[0] for name in (*RATIOS, *SPEECH)]
            cells = [f"{mean:.{METRICS[n].digits}f}" for mean, n in zip(means, (*RATIOS, *SPEECH), strict=True)]
            shares = [scores[kind].get(name) for name in ("confusion", "count")]
            cells += ["" if share is None else f"{100 * np.nanmean(share):.1f}" for share in shares]
            rows.append([f"{kind}: {model}", *cells, str(len(scores[kind]["si_sdr"]) // 2)])
    return markdown(["talk: model", *headings, "confusion %", "count right %", "talks"], rows)


def linking(speech: Path, count: int) -> str:
    """How often both speakers are on their tracks throughout, where the order in each chunk is drawn by lot."""
    rows = []
    for corpus in LINKED_CORPORA:
        people = _people(speech, corpus)
        for title, manner in (
            (
                "12 s of talk, 10 s of silence, 18 s of talk",
                Manner(40, 0.1, silence_seconds=10, silence_every_seconds=12),
            ),
            ("10 minutes, 10 s of silence every 45 s", Manner(600, 0.3, silence_seconds=10, silence_every_seconds=45)),
        ):
            shares = []
            for seed in range(count):
                random = np.random.default_rng(seed)
                pair = [people[k] for k in random.choice(len(people), 2, replace=False)]
                talk = conversation(pair, LINKED_RATE, manner, random)
                stems = Chunked(Oracle(random), 10.0, 2.5, link=True)(Audio(talk, LINKED_RATE))
                shares.append(confusion([stem.samples for stem in stems.values()], talk, LINKED_RATE))
            right = sum(share == 0 for share in shares)
            rows.append(
                [f"{corpus}: {title}", str(count), f"{100 * right / count:.0f}", f"{100 * np.mean(shares):.2f}"]
            )
    return markdown(["speakers", "conversations", "all right %", "confusion %"], rows)


def _score(model: str, talk: Talk) -> dict[str, list[float]]:
    """Metrics of each talker, confusion and counts of one recording."""
    rate, mixed = talk.mixture.rate, talk.mixture.samples[0]
    if model == MIXTURE:
        found = [talk.mixture.samples for _ in talk.talkers]
        row: dict[str, list[float]] = {}
    else:
        separate, count = load(model, speakers=len(talk.talkers), threads=1), load(model, speakers="auto", threads=1)
        found = matched_estimates(separate(talk.mixture), [talker[None] for talker in talk.talkers])
        alone = Audio(talk.talkers[:1], rate)
        row = {
            "confusion": [confusion(found, talk.talkers, rate)],
            "count": [_speakers(count, talk.mixture) == len(talk.talkers), _speakers(count, alone) == 1],
        }
    for estimate, talker in zip(found, talk.talkers, strict=True):
        for name, value in measure(estimate[0], talker, rate, mixed, names=RATIOS).items():
            row.setdefault(name, []).append(value)
        pieces = list(_pieces(estimate[0], talker, rate))
        for name in SPEECH:
            values = [measure(a, b, rate, names=[name])[name] for a, b in pieces]
            row.setdefault(name, []).append(float(np.nanmean(values)) if values else math.nan)
    return row


def _speakers(separator: Separator, audio: Audio) -> int:
    """How many tracks sound."""
    stems = separator(audio)
    return sum(bool(sound.samples.any()) for stem, sound in stems.items() if stem != "rest")


def _pieces(estimate: Samples, talker: Samples, rate: int) -> Iterator[tuple[Samples, Samples]]:
    """The pieces in which the talker speaks for long enough; short recordings are one."""
    size = round(PIECE_SECONDS * rate)
    for start in range(0, max(1, len(talker) - size // 2), size):
        piece = slice(start, start + size)
        heard = np.abs(talker[piece]) > 10 ** (-50 / 20)
        if heard.sum() / rate * 2 > LEAST_SECONDS or len(talker) < size:  # a wave is near zero half of the time
            yield estimate[piece], talker[piece]


def _noise(path: Path, rate: int, length: int) -> Samples:
    """Read noise, as long as wanted."""
    audio = read(path)
    noise = soxr.resample(audio.samples.mean(axis=0), audio.rate, rate).astype(np.float32)
    return np.resize(noise, length)


def _people(folder: Path, corpus: str) -> list[list[Samples]]:
    """Of each speaker of a corpus with 12 s or more, sentences of 3 s at 8 kHz."""
    files: dict[str, list[Path]] = defaultdict(list)
    with (folder / "MANIFEST.csv").open(encoding="utf-8", newline="") as manifest:
        for row in csv.DictReader(manifest):
            if row["corpus"] == corpus and row["kind"] == "speech":
                files[row["speaker"]].append(folder / row["path"])
    people = []
    size = round(SENTENCE_SECONDS * LINKED_RATE)
    for paths in files.values():
        speech = [read(path) for path in paths[:8]]
        whole = [soxr.resample(x.samples.mean(axis=0), x.rate, LINKED_RATE).astype(np.float32) for x in speech]
        sentences = [x[start : start + size] for x in whole for start in range(0, max(1, len(x) - size // 2), size)]
        if sum(map(len, sentences)) >= 12 * LINKED_RATE:
            people.append(sentences)
    return people


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", action="append", help="a model's name or a card's folder; may be repeated")
    parser.add_argument("--mixes", type=Path, default=DATA / "dev" / "speakers", help="a folder with mix/, s1/ and s2/")
    parser.add_argument("--noise", type=Path, default=DATA / "noise" / "dev", help="a folder of noises")
    parser.add_argument("--speech", type=Path, default=DATA, help="a pack with MANIFEST.csv, for --linking")
    parser.add_argument("--snr", type=float, default=15.0, help="voices over noise in conversations, in dB")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="length of a conversation")
    parser.add_argument("--conversations", type=int, default=3, help="how many at each overlap, or of each linking row")
    parser.add_argument("--linking", action="store_true", help="print how well chunks are linked instead")
    parser.add_argument("--jobs", type=int, default=1, help="processes that score")
    parser.add_argument("--json", type=Path, help="write every figure there too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
