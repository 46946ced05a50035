"""Voices, noises and rooms out of nothing but espeak-ng and numpy: what `make.py` mixes.

Every function that draws takes the generator it draws from, so the same seed gives the same recording.
Sound is float64 here, axes `(length,)`, full scale 1.
"""

from __future__ import annotations

import io
import subprocess
from typing import TypeAlias

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

Sound: TypeAlias = NDArray[np.float64]
Draw: TypeAlias = np.random.Generator

SPEED_OF_SOUND = 343.0  # metres a second


def speak(text: str, voice: str, rate: int, words_per_minute: int = 160, pitch: int = 50) -> Sound:
    """Let espeak-ng say a text."""
    command = ["espeak-ng", "-v", voice, "-s", str(words_per_minute), "-p", str(pitch), "--stdout", text]
    wav = subprocess.run(command, check=True, capture_output=True).stdout
    samples, own_rate = soundfile.read(io.BytesIO(wav))
    return np.asarray(soxr.resample(samples, own_rate, rate), np.float64)


def level(sound: Sound, rms_db: float) -> Sound:
    """Bring a sound to an RMS in dB of full scale."""
    return sound * 10 ** (rms_db / 20) / np.sqrt(np.mean(sound**2) + 1e-20)


def convolve(sound: Sound, response: Sound) -> Sound:
    """Pass a sound through an impulse response; the tail behind the sound's end is cut."""
    size = 1 << (len(sound) + len(response)).bit_length()
    return np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(response, size), size)[: len(sound)]


def room(draw: Draw, rate: int, decay_seconds: float, distance_metres: float) -> Sound:
    """Build the impulse response of a shoebox: images of the source to the third order, then a tail that decays."""
    size = np.array([5.2, 4.1, 2.7]) * draw.uniform(0.9, 1.1, 3)
    ear = size * np.array([0.4, 0.45, 0.5])
    mouth = ear + distance_metres * np.array([0.8, 0.55, 0.1])
    # Sabine: the share of energy a wall must swallow for this decay.
    surface = 2 * (size[0] * size[1] + size[1] * size[2] + size[0] * size[2])
    reflection = np.sqrt(1 - min(0.95, 0.161 * size.prod() / (surface * decay_seconds)))
    response = np.zeros(int(1.5 * decay_seconds * rate) + rate // 10)
    for image in np.ndindex(7, 7, 7):
        order = np.abs(np.array(image) - 3)
        if order.sum() > 3:
            continue
        steps = np.array(image) - 3
        place = np.where(steps % 2 == 0, mouth, size - mouth) + steps * size
        metres = max(0.1, float(np.linalg.norm(place - ear)))
        response[int(metres / SPEED_OF_SOUND * rate)] += reflection ** order.sum() / metres
    seconds = np.arange(len(response)) / rate
    tail = shaped(draw, len(response), rate, -3.0) * 10 ** (-3 * seconds / decay_seconds)
    tail *= (1 - np.exp(-seconds / 0.01)) * np.abs(response).max() * 0.12
    return (response + tail) / np.abs(response).max()


def shaped(
    draw: Draw, length: int, rate: int, db_per_octave: float, *, low_hz: float = 40.0, high_hz: float = 1e9
) -> Sound:
    """Draw noise whose spectrum falls by so many dB an octave, with soft edges; RMS 1."""
    hz = np.fft.rfftfreq(length, 1 / rate)
    gain = (np.maximum(hz, 20.0) / 1000) ** (db_per_octave / 6.02)
    gain /= np.sqrt(1 + (low_hz / np.maximum(hz, 1e-3)) ** 4) * np.sqrt(1 + (hz / high_hz) ** 8)
    noise = np.fft.irfft(np.fft.rfft(draw.standard_normal(length)) * gain, length)
    return noise / np.sqrt(np.mean(noise**2))


def hum(draw: Draw, length: int, rate: int, mains_hz: float = 50.0) -> Sound:
    """Hum as the mains do: the tone and its overtones, the odd ones louder; RMS 1."""
    seconds = np.arange(length) / rate
    tones = [
        (1.0 if k % 2 else 0.35) / k**0.9 * np.sin(2 * np.pi * (k * mains_hz * seconds + draw.uniform()))
        for k in range(1, 16)
    ]
    return level(np.sum(tones, axis=0), 0.0)


def fan(draw: Draw, length: int, rate: int, blades_hz: float = 96.0) -> Sound:
    """Blow as a fan does: rushing air, modulated by the blades, and their tone; RMS 1."""
    seconds = np.arange(length) / rate
    blades = np.sin(2 * np.pi * blades_hz * seconds)
    air = shaped(draw, length, rate, -4.5, high_hz=7000) * (1 + 0.25 * blades)
    return level(air + 0.5 * blades + 0.2 * np.sin(4 * np.pi * blades_hz * seconds), 0.0)


def street(draw: Draw, length: int, rate: int, cars: int = 3) -> Sound:
    """Sound like a street: a far rumble, and cars whose hiss swells, brightens and fades as they pass; RMS 1."""
    seconds = np.arange(length) / rate
    whole = shaped(draw, length, rate, -6.0, high_hz=5000)
    for k in range(cars):
        middle = (k + draw.uniform(0.3, 0.7)) / cars * seconds[-1]
        width = draw.uniform(0.5, 1.1)
        near = 1 / (1 + ((seconds - middle) / width) ** 2)
        tyres = shaped(draw, length, rate, -2.0, low_hz=250, high_hz=6000)
        turns = draw.uniform(65, 95) * (1 - 0.06 * np.tanh((seconds - middle) / width))  # the Doppler shift
        engine = np.sin(2 * np.pi * np.cumsum(turns) / rate) + 0.5 * np.sin(4 * np.pi * np.cumsum(turns) / rate)
        whole = whole + draw.uniform(1.0, 1.8) * (near**2 * tyres + 0.6 * near * engine)
    return level(whole, 0.0)


def rain(draw: Draw, length: int, rate: int, drops_per_second: float = 260.0) -> Sound:
    """Let it rain: drops that ring for a few milliseconds, each at a pitch of its own, over a soft hiss; RMS 1."""
    whole = 0.35 * shaped(draw, length, rate, -1.0, low_hz=500, high_hz=11_000)
    drop_length = int(0.012 * rate)
    seconds = np.arange(drop_length) / rate
    for start in draw.integers(0, max(1, length - drop_length), int(drops_per_second * length / rate)):
        pitch_hz = draw.uniform(900, min(9000.0, 0.4 * rate))
        loud = draw.lognormal(0.0, 0.8)
        whole[start : start + drop_length] += (
            loud * np.exp(-seconds / draw.uniform(0.001, 0.003)) * np.sin(2 * np.pi * pitch_hz * seconds)
        )
    return level(whole, 0.0)


def babble(draw: Draw, length: int, rate: int, talkers: list[tuple[str, str]]) -> Sound:
    """Fill a cafe with `(voice, text)` talkers, who speak at once around a lively room, and cups; RMS 1."""
    whole = np.zeros(length)
    for voice, text in talkers:
        words = speak(text, voice, rate, int(draw.integers(150, 200)), int(draw.integers(25, 75)))
        words = np.resize(np.concatenate([words, np.zeros(rate // 3)]), length + rate)
        start = int(draw.integers(0, rate))
        far = room(draw, rate, 0.7, draw.uniform(1.8, 3.2))
        whole += draw.uniform(0.6, 1.2) * level(convolve(words, far)[start : start + length], 0.0)
    return level(whole, 0.0) + 0.35 * cups(draw, length, rate)


def cups(draw: Draw, length: int, rate: int, clinks_per_second: float = 0.8) -> Sound:
    """Clink with cups: now and then a few high tones that ring for a tenth of a second."""
    whole = np.zeros(length)
    ring = int(0.25 * rate)
    seconds = np.arange(ring) / rate
    for start in draw.integers(0, length - ring, int(clinks_per_second * length / rate)):
        for pitch_hz in draw.uniform(2200, 7800, 4):
            whole[start : start + ring] += draw.uniform(0.2, 0.7) * (
                np.exp(-seconds / draw.uniform(0.02, 0.06)) * np.sin(2 * np.pi * pitch_hz * seconds)
            )
    return whole


def chords(draw: Draw, length: int, rate: int) -> Sound:
    """Pluck four chords in arpeggio, over and over; RMS 1."""
    whole = np.zeros(length)
    notes = [[57, 60, 64, 69], [53, 57, 60, 65], [48, 52, 55, 60], [55, 59, 62, 67]]
    step = int(0.21 * rate)
    ring = int(1.6 * rate)
    seconds = np.arange(ring) / rate
    for k, start in enumerate(range(0, length, step)):
        pitch_hz = 440 * 2 ** ((notes[k // 8 % 4][[0, 2, 1, 3, 2, 1, 3, 2][k % 8]] - 69) / 12)
        tone = np.sum(
            [np.exp(-seconds * (2 + 1.4 * h)) / h * np.sin(2 * np.pi * h * pitch_hz * seconds) for h in range(1, 9)],
            axis=0,
        )
        end = min(length, start + ring)
        whole[start:end] += draw.uniform(0.7, 1.0) * tone[: end - start]
    return level(whole, 0.0)
