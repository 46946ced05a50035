"""`voxlift doctor`: what is installed and what it can do, and the command that mends what is missing."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any

import typer

_MARKS = {"ok": "ok", "note": "note", "fault": "FAULT"}
_EXTRAS = ("plot", "live", "lab", "web", "cluster")
_SELF_TEST_SECONDS = 1.0


@dataclass(frozen=True)
class Finding:
    """One thing looked at: how it is, and where it is not well, what mends it."""

    name: str
    state: str
    """`ok`, `note` (something optional is missing), or `fault` (the core does not work)."""
    told: str
    mend: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def doctor(
    model: Annotated[str, typer.Option("--model", help="The model of the self-test.")] = "denoise-best",
    as_json: Annotated[bool, typer.Option("--json", help="JSON for programs.")] = False,
) -> None:
    """Look whether all is well: libraries, extras, codecs, models, a self-test; say how to mend what is not."""
    from voxlift.cli.failing import INPUT
    from voxlift.cli.printing import say, say_json, say_pairs

    findings = examine(model)
    well = all(finding.state != "fault" for finding in findings)
    if as_json:
        say_json({"well": well, "findings": [asdict(finding) for finding in findings]}, indent=2)
    else:
        say_pairs([(f"{_MARKS[finding.state]:<5} {finding.name}", _in_words(finding)) for finding in findings])
        say()
        say("All is well." if well else "The core does not work; the lines marked FAULT say what to do.")
    if not well:
        raise typer.Exit(INPUT)


def examine(model: str) -> list[Finding]:
    """Look at everything; nothing here raises because something is missing."""
    return [
        _versions(),
        *_libraries(),
        *(_extra(name) for name in _EXTRAS),
        _machine(),
        _codecs(),
        *_models(),
        _self_test(model),
    ]


def _in_words(finding: Finding) -> str:
    return finding.told + (f"\nto mend it: {finding.mend}" if finding.mend else "")


def _versions() -> Finding:
    import platform
    import sys

    from voxlift import __version__

    python = platform.python_version()
    told = f"{__version__}, Python {python} ({sys.executable}), {platform.system()} {platform.machine()}"
    return Finding(
        "voxlift", "ok", told, facts={"voxlift": __version__, "python": python, "system": platform.platform()}
    )


def _libraries() -> list[Finding]:
    """Look at the core's libraries: there, new enough, loading (a wheel for another machine is there but does not)."""
    import importlib

    wanted = requirements("")
    versions = {name: installed_version(name) for name in wanted}
    missing = [spec for name, spec in wanted.items() if not satisfies(versions[name], spec)]
    broken = {}
    for name in wanted:
        try:
            importlib.import_module(name)
        except Exception as problem:
            broken[name] = f"{type(problem).__name__}: {problem}"
    told = ", ".join(f"{name} {version or 'missing'}" for name, version in versions.items())
    facts: dict[str, Any] = {"versions": versions}
    if not missing and not broken:
        return [Finding("libraries", "ok", told, facts=facts), *_two_runtimes()]
    told += "".join(f"\n{name} does not load ({reason.splitlines()[0]})" for name, reason in broken.items())
    again = " ".join(f"'{spec}'" for spec in missing or [wanted[name] for name in broken])
    mend = f"pip install --force-reinstall {again}"
    return [Finding("libraries", "fault", told, mend, {**facts, "broken": broken}), *_two_runtimes()]


def _two_runtimes() -> list[Finding]:
    """Both ONNX Runtimes write into the same folder, and which one is loaded is luck."""
    both = [name for name in ("onnxruntime", "onnxruntime-gpu") if installed_version(name)]
    if len(both) < 2:
        return []
    mend = "pip uninstall -y onnxruntime onnxruntime-gpu && pip install onnxruntime-gpu"
    return [
        Finding("runtimes", "note", "onnxruntime and onnxruntime-gpu are both installed and overwrite each other", mend)
    ]


def _extra(name: str) -> Finding:
    wanted = requirements(name)
    missing = [spec for library, spec in wanted.items() if not satisfies(installed_version(library), spec)]
    facts = {"missing": missing}
    if missing:
        told = f"not complete, lacks {', '.join(missing)}"
        return Finding(f"extra {name}", "note", told, f"pip install 'voxlift[{name}]'", facts)
    if name == "live":
        try:
            import sounddevice  # noqa: F401
        except OSError:  # the wheel for Linux leaves PortAudio to the system
            told = "sounddevice does not find PortAudio"
            return Finding(f"extra {name}", "note", told, "apt-get install libportaudio2", facts)
    versions = ", ".join(f"{library} {installed_version(library)}" for library in wanted)
    return Finding(f"extra {name}", "ok", versions, facts=facts)


def _machine() -> Finding:
    import os

    try:
        from voxlift.separate.nets import available_devices

        devices = available_devices()
    except Exception as problem:  # ONNX Runtime does not load: the libraries' line says so
        return Finding(
            "machine", "fault", f"no device can be used ({problem})", "pip install --force-reinstall onnxruntime"
        )
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    why = "" if "cuda" in devices else "; this ONNX Runtime knows no CUDA, which Voxlift's own models do not need"
    told = f"{cores} cores; nets run on {devices[-1]} ({', '.join(devices)} there{why})"
    return Finding("machine", "ok", told, facts={"cores": cores, "devices": list(devices), "device": devices[-1]})


def _codecs() -> Finding:
    """Ask the libraries themselves: a Linux distribution may have built either without a codec."""
    try:
        import av.codec
        import soundfile
    except Exception as problem:
        return Finding(
            "codecs",
            "fault",
            f"soundfile or av does not load ({problem})",
            "pip install --force-reinstall soundfile av",
        )
    from voxlift.media.formats import KINDS

    ours = {"m4a": "aac", "aac": "aac"}
    theirs = {name.lower() for name in soundfile.available_formats()} | {"opus"}
    writes = [name for name in KINDS if (_encodes(av, ours[name]) if name in ours else name in theirs)]
    decoders = {
        "aac": "AAC",
        "alac": "ALAC",
        "mp3": "MP3",
        "opus": "Opus",
        "vorbis": "Vorbis",
        "ac3": "AC-3",
        "wmav2": "WMA",
    }
    reads = [label for codec, label in decoders.items() if codec in av.codecs_available]
    lacking = [name for name in KINDS if name not in writes]
    told = f"writes {', '.join(writes)}\nreads these, and {', '.join(reads)} in m4a, mp4, mkv, webm, mov"
    facts = {"writes": writes, "reads": reads}
    if lacking:
        told += f"\ncannot write {', '.join(lacking)}"
        return Finding("codecs", "note", told, "pip install --force-reinstall --no-cache-dir soundfile av", facts)
    return Finding("codecs", "ok", told, facts=facts)


def _encodes(av: Any, codec: str) -> bool:
    try:
        av.codec.Codec(codec, "w")
    except Exception:
        return False
    return True


def _models() -> list[Finding]:
    try:
        from voxlift.cli.models import read_all
        from voxlift.separate.card import TASKS, verify

        cards, broken = read_all()
    except Exception as problem:
        return [Finding("models", "fault", str(problem), "pip install --force-reinstall voxlift")]
    findings = [_bad_model(fault["name"], fault["folder"], fault["error"]) for fault in broken]
    for card in cards:
        try:
            verify(card)
        except Exception as problem:
            findings.append(_bad_model(card.name, str(card.folder), str(problem)))
            continue
        told = f"{card.task}, {card.parameters / 1e6:.2f} M parameters, verified ({card.folder})"
        findings.append(Finding(f"model {card.name}", "ok", told, facts={"folder": str(card.folder)}))
    for task in TASKS if cards else ():
        if all(card.task != task for card in cards):
            mend = f"voxlift {task} --model PATH, or voxlift models add PATH"
            findings.append(Finding(f"models for {task}", "note", "none are here", mend))
    if not findings:
        return [Finding("models", "fault", "none are here", "pip install --force-reinstall voxlift")]
    return findings


def _bad_model(name: str, folder: str, problem: str) -> Finding:
    """A model of ours belongs to the core; one that was added does not."""
    from pathlib import Path

    from voxlift.separate.store import SHIPPED

    if Path(folder).parent == SHIPPED:
        return Finding(f"model {name}", "fault", problem, "pip install --force-reinstall voxlift")
    return Finding(f"model {name}", "note", problem, f"restore or remove the folder {folder}")


def _self_test(model: str) -> Finding:
    """Lift the voice out of a second of sound, just as any program would."""
    import time

    try:
        import numpy as np

        import voxlift

        separator = voxlift.load(model)
        seconds = np.arange(int(_SELF_TEST_SECONDS * 48_000)) / 48_000
        tone = 0.1 * np.sin(2 * np.pi * 220 * seconds) + np.random.default_rng(0).normal(0, 0.02, len(seconds))
        sound = voxlift.Audio(tone.astype(np.float32), 48_000)
        separator(sound)  # the first run makes plans and buffers
        start = time.perf_counter()
        stems = separator(sound)
        elapsed = time.perf_counter() - start
        lost = float(np.abs(sum(stem.samples for stem in stems.values()) - sound.samples).max())
    except Exception as problem:
        mend = f"voxlift models verify {model}, or: pip install --force-reinstall voxlift"
        return Finding("self-test", "fault", f"{model} does not run: {problem}", mend)
    if lost > 1e-5:
        return Finding(
            "self-test", "fault", f"{model}: its stems do not add up to the input", f"voxlift models verify {model}"
        )
    times = _SELF_TEST_SECONDS / elapsed
    told = f"{model} lifted a second at 48 kHz in {elapsed * 1000:.0f} ms ({times:.0f} x real time)"
    return Finding("self-test", "ok", told, facts={"model": model, "times_real_time": round(times, 1)})


def requirements(extra: str) -> dict[str, str]:
    """Read from the installed package what it needs: `{"numpy": "numpy>=2.0"}`; for the core, or for one extra."""
    from importlib.metadata import PackageNotFoundError, requires

    try:
        specs = requires("voxlift") or []
    except PackageNotFoundError:  # run from a folder that was never installed
        return {}
    wanted = {}
    for spec in specs:
        requirement, _, marker = spec.partition(";")
        names = re.findall(r"extra\s*==\s*['\"]([\w-]+)['\"]", marker)
        if names == ([extra] if extra else []):
            wanted[re.split(r"[\s\[<>=!~(]", requirement.strip(), maxsplit=1)[0]] = requirement.strip()
    return wanted


def installed_version(library: str) -> str | None:
    """Tell the version of a library without loading it; None where it is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(library)
    except PackageNotFoundError:
        # The runtime for NVIDIA goes by another name.
        return installed_version("onnxruntime-gpu") if library == "onnxruntime" else None


def satisfies(version: str | None, spec: str) -> bool:
    """Whether a version is there and reaches the lower bound of `name>=bound`, the only kind that Voxlift sets."""
    bound = re.search(r">=\s*([\d.]+)", spec)
    return version is not None and (bound is None or _numbers(version) >= _numbers(bound.group(1)))


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)[:3]]
