"""Nets: arrays in, arrays out. The only file that knows ONNX Runtime."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from voxlift.audio import Samples
from voxlift.errors import CardError, InputError, NetError

State: TypeAlias = tuple[Samples, ...]

PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
DEVICES = ("auto", *PROVIDERS)


class Net(Protocol):
    """Maps views `(batch, frames, bins[, parts])` to `(batch, stems, frames, ...)`, its state going in and out."""

    def initial_state(self, batch: int) -> State:
        """Return the state before the first frame; empty if the net has no memory."""

    def __call__(self, x: Samples, state: State) -> tuple[Samples, State]:
        """Answer for the frames of `x`, one after another, and return the state after the last."""


@dataclass(frozen=True)
class Machine:
    """Where nets run. `threads` 0 chooses what suits the net."""

    device: str = "auto"
    threads: int = 0

    def __post_init__(self) -> None:
        if self.device not in DEVICES:
            raise InputError(f"device {self.device!r}: choose {', '.join(DEVICES)}")
        if self.threads < 0:
            raise InputError(f"threads {self.threads}: give 0 (chosen for you) or more")


class OnnxNet:
    """A graph whose first input is the view; the further inputs are its state, in the order of the further outputs.

    `parameters` is the file of safetensors from which the graph takes those that it does not hold itself. A `frugal`
    net gives back after every answer the memory that it worked with, which costs 3 ms for every 100 MB.

    Raises
    ------
    CardError
        When the file is no ONNX graph, or has not that shape.
    InputError
        When the device asked for is not there.
    """

    def __init__(self, graph: Path, machine: Machine, parameters: Path | None = None, *, frugal: bool = False) -> None:
        import onnxruntime  # noqa: PLC0415  (0.1 s to import: only who runs a net pays)

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = machine.threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Threads that spin while they wait take the processor from decoding and from other jobs.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        failures = self._failures = _failures(onnxruntime)
        try:
            if parameters is not None:
                # Handed over by name: by path, the runtime would refuse the links that some installers put in packages.
                tables = load_file(parameters)
                values = [onnxruntime.OrtValue.ortvalue_from_numpy(table) for table in tables.values()]
                options.add_external_initializers(list(tables), values)
            self._session = onnxruntime.InferenceSession(
                graph.read_bytes(), options, providers=_providers(machine.device, onnxruntime)
            )
        except OSError as problem:
            raise CardError(f"{problem.filename or graph}: cannot be read ({problem.strerror})") from None
        except SafetensorError as problem:
            raise CardError(f"{parameters}: no file of safetensors ({problem})") from None
        except failures as problem:
            raise CardError(f"{graph}: not a graph that ONNX Runtime can run ({_first_line(problem)})") from None
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        if len(inputs) != len(outputs):
            raise CardError(
                f"{graph}: {len(inputs)} inputs and {len(outputs)} outputs; a net has one of each and its state in both"
            )
        self._inputs = [node.name for node in inputs]
        self._states = [tuple(node.shape) for node in inputs[1:]]
        self.providers: tuple[str, ...] = tuple(self._session.get_providers())
        self._run = onnxruntime.RunOptions()
        if frugal:
            self._run.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")

    def initial_state(self, batch: int) -> State:
        """Zeros, the batch first."""
        return tuple(np.zeros((batch, *(int(size) for size in shape[1:])), np.float32) for shape in self._states)

    def __call__(self, x: Samples, state: State) -> tuple[Samples, State]:
        """Run the graph.

        Raises
        ------
        NetError
            When ONNX Runtime fails, or a number in the output is not finite.
        """
        feed: Mapping[str, NDArray[Any]] = dict(zip(self._inputs, (x, *state), strict=True))
        try:
            output, *states = self._session.run(None, feed, self._run)
        except self._failures as problem:
            raise NetError(f"the net failed on an input of shape {x.shape}: {_first_line(problem)}") from problem
        if not np.isfinite(output).all():
            raise NetError("the net gave NaN or infinity: check the card with `voxlift models verify`")
        return output, tuple(states)


def available_devices() -> tuple[str, ...]:
    """Name the devices that ONNX Runtime can use here."""
    import onnxruntime  # noqa: PLC0415

    there = onnxruntime.get_available_providers()
    return tuple(device for device, provider in PROVIDERS.items() if provider in there)


def _providers(device: str, onnxruntime: Any) -> list[str]:
    there = onnxruntime.get_available_providers()
    if device == "cuda" and PROVIDERS["cuda"] not in there:
        raise InputError(
            "no CUDA in this ONNX Runtime: use --device cpu, or "
            "`pip uninstall onnxruntime && pip install onnxruntime-gpu` on a machine with an NVIDIA GPU"
        )
    wanted = ["cuda", "cpu"] if device in ("auto", "cuda") else ["cpu"]
    return [PROVIDERS[name] for name in wanted if PROVIDERS[name] in there]


def _failures(onnxruntime: Any) -> tuple[type[Exception], ...]:
    """All that ONNX Runtime raises: its own errors have no common root but Exception."""
    state = onnxruntime.capi.onnxruntime_pybind11_state
    found = (getattr(state, name) for name in dir(state))
    own = (item for item in found if isinstance(item, type) and issubclass(item, Exception))
    return (RuntimeError, ValueError, TypeError, *own)


def _first_line(problem: Exception) -> str:
    return (str(problem).strip().splitlines() or ["no reason given"])[0][:200]
