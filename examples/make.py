"""Makes the recordings in this folder anew: `python examples/make.py` (needs espeak-ng and an installed Voxlift).

All is drawn from one seed, so two runs on one machine give the same files (but for the serial number that every Ogg
stream is given). The clean voices go to `--clean DIR`, for
whoever wants to measure what a model did.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from scenes import (
    Draw,
    Sound,
    babble,
    chords,
    convolve,
    fan,
    hum,
    level,
    rain,
    room,
    shaped,
    speak,
    street,
)

from voxlift.media import Format, open_writer

HERE = Path(__file__).resolve().parent
SEED = 2026
VOICE_DB = -24.0
LICENCE = "CC0 1.0"

CAFE = [
    ("en-us+f2", "So I told her the train was late again, and she said it always is on Mondays, which is true enough."),
    ("en-gb+m3", "Two flat whites and one of the almond cakes, please. No, the other one, next to the window."),
    ("en-scotland+f4", "We could drive up on Friday evening and walk the ridge on Saturday, if the weather holds."),
    ("en-us+m7", "The printer on the second floor is out of paper, and nobody knows where the key has gone."),
    ("en-gb+f1", "He has grown so much since last summer, you would hardly know him any more."),
]


@dataclass(frozen=True)
class Take:
    """A voice, and what disturbs it: both `(channels, length)`."""

    voice: Sound
    noise: Sound

    @property
    def mix(self) -> Sound:
        """What the microphone hears."""
        return self.voice + self.noise


def spoken(text: str, voice: str, rate: int, words_per_minute: int = 155) -> Sound:
    """Speech with a breath of room before and behind it, at the level of a good recording."""
    words = level(speak(text, voice, rate, words_per_minute), VOICE_DB)
    return np.concatenate([np.zeros(int(0.6 * rate)), words, np.zeros(int(0.5 * rate))])


def interview(draw: Draw) -> Take:
    """Record English in a cafe, with the hum of its refrigerator."""
    rate = 48_000
    text = "The bridge was closed for eleven years. When it opened again, half the town came to walk across it."
    voice = convolve(spoken(text, "en-us", rate), room(draw, rate, 0.3, 0.5))
    noise = level(babble(draw, len(voice), rate, CAFE), VOICE_DB - 8)
    noise += level(hum(draw, len(voice), rate), VOICE_DB - 11) + level(fan(draw, len(voice), rate), VOICE_DB - 11)
    return Take(level(voice, VOICE_DB)[None], noise[None])


def telephone(draw: Draw) -> Take:
    """Record German over a telephone line: 300 to 3400 Hz, line noise, and a handset that is shouted at."""
    rate = 8_000
    text = "Guten Tag, hier ist die Werkstatt. Ihr Fahrrad ist fertig, Sie können es bis achtzehn Uhr abholen."
    voice = spoken(text, "de", rate)
    hz = np.fft.rfftfreq(len(voice), 1 / rate)
    line = 1 / np.sqrt((1 + (250 / np.maximum(hz, 1)) ** 8) * (1 + (hz / 3500) ** 24))
    noise = level(shaped(draw, len(voice), rate, -1.5), VOICE_DB - 14) + level(
        hum(draw, len(voice), rate), VOICE_DB - 16
    )
    band = [np.fft.irfft(np.fft.rfft(sound) * line, len(voice)) for sound in (voice, noise)]
    return Take(4.5 * level(band[0], VOICE_DB)[None], 4.5 * band[1][None])


def korean(draw: Draw) -> Take:
    """Record Korean under a roof in the rain, in stereo: the voice to the left, the rain all around."""
    rate = 44_100
    text = "오늘은 비가 많이 옵니다. 우산을 꼭 가지고 나가세요. 저녁에는 바람도 강하게 불겠습니다."
    voice = level(convolve(spoken(text, "ko", rate, 150), room(draw, rate, 0.25, 0.6)), VOICE_DB)
    sides = [level(rain(draw, len(voice), rate), VOICE_DB - 5) for _ in range(2)]
    return Take(np.stack([0.92 * voice, 0.4 * voice]), np.stack(sides))


def francais(draw: Draw) -> Take:
    """Record French beside a road."""
    rate = 44_100
    text = "Le marché ouvre à sept heures. On y trouve du pain, des fleurs, et les meilleures pêches de la vallée."
    voice = level(spoken(text, "fr", rate), VOICE_DB)
    return Take(voice[None], level(street(draw, len(voice), rate), VOICE_DB - 3)[None])


def clip(draw: Draw) -> Take:
    """Record a memo in English beside a fan, in a room that echoes."""
    rate = 48_000
    text = "Note to myself: call the dentist, water the plants, and send the slides before Thursday noon."
    voice = level(convolve(spoken(text, "en-gb+f2", rate), room(draw, rate, 0.5, 1.2)), VOICE_DB)
    return Take(voice[None], level(fan(draw, len(voice), rate), VOICE_DB - 6)[None])


def film(draw: Draw) -> Take:
    """Record Spanish over a guitar."""
    rate = 48_000
    text = "Bienvenidos al taller. Hoy vamos a reparar una silla antigua."
    voice = level(spoken(text, "es", rate), VOICE_DB)
    return Take(voice[None], level(chords(draw, len(voice), rate), VOICE_DB - 5)[None])


TAKES: dict[str, tuple[Callable[[Draw], Take], Format]] = {
    "interview.flac": (interview, Format("flac", "PCM_16", 48_000, 1)),
    "telephone-8k.wav": (telephone, Format("wav", "PCM_16", 8_000, 1)),
    "korean-stereo.ogg": (korean, Format("ogg", "VORBIS", 44_100, 2, 96_000)),
    "francais.mp3": (francais, Format("mp3", "MPEG_LAYER_III", 44_100, 1, 64_000)),
    "clip.m4a": (clip, Format("m4a", "AAC", 48_000, 1, 64_000)),
    "film.mp4": (film, Format("wav", "PCM_16", 48_000, 1)),
}


def main() -> None:
    """Make all, or those named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help=f"which of {', '.join(TAKES)}; all if none")
    parser.add_argument("--out", type=Path, default=HERE)
    parser.add_argument("--clean", type=Path, help="write the clean voices here")
    options = parser.parse_args()
    for place, name in enumerate(TAKES):  # the place seeds, so one file made alone is the same file
        if options.names and name not in options.names:
            continue
        make, format_ = TAKES[name]
        take = make(np.random.default_rng([SEED, place]))
        path = options.out / name
        save(path if path.suffix != ".mp4" else path.with_suffix(".part.wav"), take.mix, format_)
        if path.suffix == ".mp4":
            add_pictures(path.with_suffix(".part.wav"), path, take.mix)
        if options.clean:
            save(options.clean / f"{path.stem}.wav", take.voice, Format("wav", "FLOAT", format_.rate, format_.channels))
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB, {take.mix.shape[1] / format_.rate:.1f} s")


def save(path: Path, samples: Sound, format_: Format) -> None:
    """Write a sound; beyond full scale it is cut off, as a sound card would."""
    path.parent.mkdir(parents=True, exist_ok=True)
    title = path.name.split(".")[0]
    tags = {"title": title, "artist": "Voxlift examples", "license": LICENCE}
    with open_writer(path, format_, tags, overwrite=True, length=samples.shape[1]) as writer:
        writer.write(np.clip(samples, -1, 1 - 2.0**-15).astype(np.float32))


def add_pictures(sound: Path, path: Path, samples: Sound) -> None:
    """Make a little film whose bar moves with the level, and give it the sound."""
    pictures_per_second, rate = 12, 48_000
    silent = path.with_suffix(".silent.mp4")
    step = rate // pictures_per_second
    with av.open(str(silent), "w") as container:
        stream = container.add_stream("libx264", rate=pictures_per_second, options={"crf": "30", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        track = container.add_stream("aac", rate=rate, layout="mono")
        for start in range(0, samples.shape[1], step):
            loud = float(np.sqrt(np.mean(samples[:, start : start + step] ** 2)))
            picture = np.full((120, 160, 3), (24, 20, 38), np.uint8)
            picture[54:66, 10 : 10 + int(140 * min(1.0, 6 * loud))] = (252, 180, 110)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
        frame = av.AudioFrame.from_ndarray(samples.astype(np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), 0
        container.mux(track.encode(frame))
        container.mux(track.encode(None))
    silent.replace(path)
    sound.unlink()


if __name__ == "__main__":
    main()
