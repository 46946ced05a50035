"""Corpora small enough for a test, each in its data set's exact layout."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from pathlib import Path

import av
import numpy as np
import soundfile

from voxlift.audio import Samples
from voxlift.lab.corpora.consent import COLUMNS
from voxlift.lab.corpora.splits import hashed_split

RATE = 8_000
LENGTH = 4_000
STEMS = ("drums", "bass", "other", "vocals")


@dataclass(frozen=True)
class Layout:
    """How to build a corpus, and how to make its splits overlap; None where they cannot."""

    build: Callable[[Path], None]
    overlap: Callable[[Path], object] | None = None


def tone(seed: int, length: int = LENGTH, channels: int = 1, rate: int = RATE) -> Samples:
    """A harmonic tone with some breath, `(channels, length)`."""
    rng = np.random.default_rng(seed)
    at = np.arange(length) / rate
    hum = sum(np.sin(2 * np.pi * (110 + 13 * (seed % 40)) * k * at + rng.uniform(0, 6)) / k for k in range(1, 6))
    samples: Samples = (0.05 * hum + 0.01 * rng.standard_normal((channels, length))).astype(np.float32)
    return samples


def save(path: Path, samples: Samples, rate: int = RATE, subtype: str = "PCM_16") -> Samples:
    """Write wav or flac; returns the samples as the file holds them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    grid = np.round(samples * 32_768) / 32_768 if subtype == "PCM_16" else samples
    kind = "WAV" if path.suffix == ".wav" else "FLAC"
    soundfile.write(path, grid.T, rate, subtype=subtype, format=kind)
    return grid.astype(np.float32)


def groups(template: str, dev: int = 1, train: int = 2) -> list[str]:
    """Names of which so many fall into either split."""
    wanted, names, numbers = {"dev": dev, "train": train}, [], count(1)
    while any(wanted.values()):
        name = template.format(next(numbers))
        if wanted[split := hashed_split(name)]:
            wanted[split] -= 1
            names.append(name)
    return names


def song(place: Callable[[str], Path], seed: int, stems: Sequence[str] = STEMS) -> None:
    """Stems, and their exact sum as the mixture."""
    mixture = sum(save(place(stem), tone(seed + number, channels=2)) for number, stem in enumerate(stems))
    save(place("mixture"), mixture)


def pair(noisy: Path, clean: Path, seed: int) -> None:
    voice = save(clean, tone(seed))
    save(noisy, voice + 0.3 * tone(seed + 500))


def table(path: Path, heading: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([heading, *rows])


def pack(root: Path) -> None:
    rows = []
    for split in ("train", "dev"):
        for kind, name in (("speech", "anna"), ("noise", "rain"), ("vocals", "song"), ("accompaniment", "song")):
            path = f"{kind if kind in ('speech', 'noise') else 'songs'}/{split}/{name}/{kind}.wav"
            save(root / path, tone(len(rows)))
            speaker = name if kind == "noise" else f"{name}-{split}"
            rows.append((path, kind, split, "ours", speaker, "en", "CC0"))
    table(root / "MANIFEST.csv", ("path", "kind", "split", "corpus", "speaker", "language", "licence"), rows)


def overlap_pack(root: Path) -> None:
    manifest = root / "MANIFEST.csv"
    manifest.write_text(manifest.read_text("utf-8").replace("anna-dev", "anna-train"), "utf-8")


def folders(root: Path) -> None:
    for number, name in enumerate(zip(groups("speaker-{}"), groups("noise {}"), strict=True)):
        save(root / "clean" / name[0] / "1.wav", tone(number))
        save(root / "noise" / f"{name[1]}.wav", tone(50 + number))


def dsd100(root: Path) -> None:
    import pandas as pd

    songs = [("Dev", name) for name in groups("Artist - Song {}")] + [("Dev", "Patrick Talbot - Set Me Free")]
    songs.append(("Test", "Young Griffo - Facade"))
    for number, (half, name) in enumerate(songs):
        folder = f"{number:03} - {name}"

        def place(stem: str, half: str = half, folder: str = folder) -> Path:
            return root / ("Mixtures" if stem == "mixture" else "Sources") / half / folder / f"{stem}.wav"

        song(place, 10 * number)
    names = [name.replace("Set Me Free", "Set Free Me") for _, name in songs]
    facts = {"Name": names, "Style": ["Rock", "Country", "Rap", "Pop", "Electronic"], "Duration": "3'01"}
    pd.DataFrame(facts).to_excel(root / "dsd100.xlsx", index=False)


def overlap_dsd100(root: Path) -> None:
    for top in ("Mixtures", "Sources"):
        first = sorted((root / top / "Dev").iterdir())[0]
        shutil.copytree(first, root / top / "Test" / first.name)


def stem_file(path: Path, sounds: Sequence[Samples], rate: int = 44_100) -> None:
    """Several AAC streams in one file, as Native Instruments' stems are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="mp4") as container:
        streams = [container.add_stream("aac", rate=rate, layout="stereo") for _ in sounds]
        for stream, sound in zip(streams, sounds, strict=True):
            stream.bit_rate = 256_000
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound), format="fltp", layout="stereo")
            frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), 0
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))


def musdb18(root: Path) -> None:
    for number, name in enumerate(("train/ANiMAL - Rockshow", "train/Music - Song", "test/PR - Oh No")):
        stems = [tone(10 * number + stem, 22_050, 2, 44_100) for stem in range(4)]
        stem_file(root / f"{name}.stem.mp4", [sum(stems[1:], stems[0]), *stems])


def musdb18_hq(root: Path) -> None:
    for number, name in enumerate(("train/ANiMAL - Rockshow", "train/Music - Song", "test/PR - Oh No")):
        song(lambda stem, name=name: root / name / f"{stem}.wav", 10 * number)  # type: ignore[misc]


def recording(sound: Samples, seed: int) -> Samples:
    """A source as a far microphone hears it: later, longer, with an echo and noise."""
    late = np.pad(sound, ((0, 0), (137, 400)))
    wet = late + 0.5 * np.roll(late, 90, axis=1)
    return (0.4 * wet + 0.002 * np.random.default_rng(seed).standard_normal(wet.shape)).astype(np.float32)


def voices(root: Path) -> None:
    speakers = [f"{int(name.split('/')[1]):04}" for name in groups("librispeech/{}")]
    rows = []
    for number, (half, speaker) in enumerate([*(("train", name) for name in speakers), ("test", "7000")]):
        utterance = f"sp{speaker}-ch021625-sg000{number}"
        source = root / f"source-16k/{half}/sp{speaker}/Lab41-SRI-VOiCES-src-{utterance}.wav"
        name = f"Lab41-SRI-VOiCES-rm1-babb-{utterance}-mc01-stu-clo-dg080"
        far = root / f"distant-16k/speech/{half}/rm1/babb/sp{speaker}/{name}.wav"
        save(far, recording(save(source, tone(number, 3 * LENGTH), 16_000), number), 16_000)
        rows.append((number, name, f"words of {speaker}", "F", int(speaker)))
    table(root / "references/train_index.csv", ("index", "query_name", "transcript", "gender", "speaker"), rows)
    for seed, room in enumerate(("rm1", "rm4")):
        path = root / f"distant-16k/distractors/{room}/babb/Lab41-SRI-VOiCES-{room}-babb-mc01-stu-clo.wav"
        save(path, tone(90 + seed), 16_000)


def overlap_voices(root: Path) -> None:
    for top in ("source-16k", "distant-16k/speech"):
        shutil.copytree(root / top / "train", root / top / "test", dirs_exist_ok=True)


def voices_subset(root: Path) -> None:
    names = []
    for number, group in enumerate(groups("librispeech/{}")):
        speaker = int(group.split("/")[1])
        names.append(f"Lab41-SRI-VOiCES-rm2-musi-sp{speaker:04}-ch003054-sg0005-mc07-stu-beh-dg090")
        source = root / f"LibriSpeech/train-clean-100/{speaker}/3054/{speaker}-3054-0005.flac"
        far = recording(save(source, tone(number, 3 * LENGTH), 16_000), number)
        save(root / f"VOiCES_90_1/{names[-1]}.wav", far, 16_000)
    table(root / "Lab41-SRI-VOiCES_ref_SUBSET.csv", ("fileName", "trnscrpt"), [(name, " so it is") for name in names])


def voicebank_demand(root: Path) -> None:
    for name, utterances in (
        ("trainset_28spk", ("p226_001", "p229_001", "p229_002")),
        ("trainset_56spk", ("p234_001",)),
        ("testset", ("p232_001",)),
    ):
        for utterance in utterances:
            seed = int(utterance[1:4]) + int(utterance[5:])
            pair(root / f"noisy_{name}_wav/{utterance}.wav", root / f"clean_{name}_wav/{utterance}.wav", seed)
        lines = [f"{utterance} cafeteria 7.5" for utterance in utterances]
        (root / f"log_{name}.txt").write_text("\n".join(lines), "utf-8")


def overlap_voicebank(root: Path) -> None:
    for side in ("clean", "noisy"):
        shutil.copy(root / f"{side}_testset_wav/p232_001.wav", root / f"{side}_trainset_28spk_wav/p232_009.wav")


def librispeech(root: Path) -> None:
    for number, (subset, speaker) in enumerate((("train-clean-100", 103), ("dev-clean", 84), ("test-clean", 61))):
        chapter = root / f"LibriSpeech/{subset}/{speaker}/1240"
        lines = []
        for take in range(2):
            name = f"{speaker}-1240-{take:04}"
            save(chapter / f"{name}.flac", tone(10 * number + take), 16_000)
            lines.append(f"{name} CHAPTER ONE {take}")
        (chapter / f"{speaker}-1240.trans.txt").write_text("\n".join(lines), "utf-8")
    text = ";ID  |SEX| SUBSET           |MINUTES| NAME\n103  | F | train-clean-100  | 25.1 | K. H.\n"
    (root / "LibriSpeech/SPEAKERS.TXT").write_text(text, "utf-8")


def overlap_librispeech(root: Path) -> None:
    shutil.copytree(root / "LibriSpeech/train-clean-100/103", root / "LibriSpeech/dev-clean/103")


def librimix(root: Path) -> None:
    for number, subset in enumerate(("train-100", "dev", "test")):
        top = root / f"Libri2Mix/wav16k/min/{subset}"
        ident = f"{100 + number}-1-0001_{200 + number}-2-0002.wav"
        first, second, noise = (
            save(top / part / ident, tone(10 * number + seed), 16_000)
            for seed, part in enumerate(("s1", "s2", "noise"))
        )
        save(top / "mix_clean" / ident, first + second, 16_000)
        save(top / "mix_both" / ident, first + second + noise, 16_000)


def overlap_librimix(root: Path) -> None:
    top = root / "Libri2Mix/wav16k/min"
    for folder in (top / "train-100").iterdir():
        shutil.copy(next(folder.iterdir()), top / "test" / folder.name / "300-1-0001_200-9-0009.wav")


def paired(root: Path) -> None:
    for number, speaker in enumerate(groups("speaker-{}")):
        pair(root / f"noisy/{speaker}/a.wav", root / f"clean/{speaker}/a.wav", number)


def overlap_paired(root: Path) -> None:
    for side in ("noisy", "clean"):
        shutil.copytree(root / side, root / "dev" / side)
        shutil.copytree(root / side, root / "train" / side)


def stems(root: Path) -> None:
    for number, name in enumerate(groups("Song {}", train=3)):
        song(lambda stem, name=name: root / name / f"{stem}.wav", 10 * number)  # type: ignore[misc]


def overlap_stems(root: Path) -> None:
    for folder in list(root.iterdir()):
        shutil.copytree(folder, root / "test" / folder.name)
        shutil.move(folder, root / "train" / folder.name)


def speakers(root: Path) -> None:
    for number, name in enumerate(groups("talk-{}")):
        first, second = (
            save(root / part / f"{name}.wav", tone(10 * number + k)) for k, part in enumerate(("s1", "s2"))
        )
        save(root / "mix" / f"{name}.wav", first + second)


def consent(root: Path) -> None:
    rows = []
    for number, ident in enumerate(groups("job-{}")):
        for name, seed in (("input", number), ("voice", 50 + number)):
            save(root / f"recordings/{ident}/{name}.wav", tone(seed))
        file, voice = f"recordings/{ident}/input.wav", f"recordings/{ident}/voice.wav"
        rows.append((ident, file, "yes", "denoise", voice, "de", "consent v1", "2026-11-20T10:00:00Z"))
    rows.append(("withdrawn", "recordings/withdrawn/input.wav", "no", "denoise", "", "", "consent v1", ""))
    table(root / "consent.csv", COLUMNS, rows)


LAYOUTS: dict[str, Layout] = {
    "pack": Layout(pack, overlap_pack),
    "folders": Layout(folders),
    "dsd100": Layout(dsd100, overlap_dsd100),
    "musdb18": Layout(musdb18, lambda root: shutil.copy(root / "train/Music - Song.stem.mp4", root / "test")),
    "musdb18-hq": Layout(
        musdb18_hq, lambda root: shutil.copytree(root / "train/Music - Song", root / "test/Music - Song")
    ),
    "voices": Layout(voices, overlap_voices),
    "voices-subset": Layout(voices_subset),
    "voicebank-demand": Layout(voicebank_demand, overlap_voicebank),
    "librispeech": Layout(librispeech, overlap_librispeech),
    "librimix": Layout(librimix, overlap_librimix),
    "paired": Layout(paired, overlap_paired),
    "stems": Layout(stems, overlap_stems),
    "speakers": Layout(speakers),
    "consent": Layout(consent),
}
