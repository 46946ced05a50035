"""`voxlift live`: sound in, voice out, block by block."""

from __future__ import annotations

import math
from typing import Annotated

import typer

from voxlift.cli.lifting import Device, ModelName, Strength

SAMPLE_FORMATS = ("s16le", "f32le")

Rate = Annotated[int, typer.Option("--rate", metavar="HZ", help="Samples a second.")]
Channels = Annotated[int, typer.Option("--channels", metavar="N", help="Channels, interleaved.")]
SampleFormat = Annotated[
    str, typer.Option("--sample-format", metavar="|".join(SAMPLE_FORMATS), help="How samples lie in the pipes.")
]
Block = Annotated[
    float | None,
    typer.Option("--block", metavar="MS", help="Length of a block; default: a step of the net, which is the quickest."),
]
InputDevice = Annotated[
    str | None, typer.Option("--input-device", metavar="NAME|N", help="A microphone in place of standard input.")
]
OutputDevice = Annotated[
    str | None, typer.Option("--output-device", metavar="NAME|N", help="A loudspeaker in place of standard output.")
]
ListDevices = Annotated[bool, typer.Option("--list-devices", help="Show the sound devices and exit.")]
LiveThreads = Annotated[int, typer.Option("--threads", min=0, metavar="N", help="Threads of the net.")]


def live(
    *,
    rate: Rate = 48_000,
    channels: Channels = 1,
    sample_format: SampleFormat = "s16le",
    block: Block = None,
    strength: Strength = math.inf,
    model: ModelName = None,
    device: Device = "auto",
    threads: LiveThreads = 1,
    input_device: InputDevice = None,
    output_device: OutputDevice = None,
    list_devices: ListDevices = False,
) -> int:
    """Lift speech out of noise while it sounds.

    Raw samples come from standard input and go, each block as soon as it is done, to standard output; or from and to
    sound devices. The output follows the input by the delay that is told on standard error; when the input ends, what
    is still on its way is written too.
    """
    from voxlift.cli.running import LiveOptions, run_live, show_devices

    if list_devices:
        return show_devices()
    return run_live(
        LiveOptions(
            rate, channels, sample_format, block, strength, model or "denoise", device, threads, input_device,
            output_device,
        )
    )  # fmt: skip
