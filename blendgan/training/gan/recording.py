"""Updates recorded as CUDA graphs and replayed: a step launches thousands of kernels, which a GPU outruns.

A recorded update does what it did when it was recorded, with other inputs and other random numbers. So whatever the
host decides from step to step is an input, and random numbers come from generators whose seeds the host sets anew.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from blendgan.training.engine.loop import Numbers
from blendgan.training.parallel.distributed import World
from blendgan.training.parallel.micro_batches import Share
from blendgan.training.parallel.randomness import Draws

WARM_UP = 3
"""Times that an update runs as it is before it is recorded: libraries choose and make their things then."""
Inputs = tuple[Tensor, ...]
Parts = Sequence[tuple[Share, Inputs]]
"""Shares of a batch with what the host has chosen for each."""
Work = Callable[[Parts], Numbers]
"""An update of some network from these parts: weights change in place, numbers for the log come out."""


class Recorder:
    """Runs updates by name: the first times as they are, then from the recording. All recordings share their memory."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self.pool = torch.cuda.graph_pool_handle()
        self.updates: dict[str, RecordedUpdate] = {}

    def run(
        self, name: str, seed: tuple[int, ...], count: int, choose: Callable[[Share], Inputs], work: Work
    ) -> Numbers:
        """The update `name` of `count` samples: `choose` draws its inputs, `work` computes."""
        if name not in self.updates:
            self.updates[name] = RecordedUpdate(self, count)
        return self.updates[name](seed, choose, work)


class RecordedUpdate:
    """One update: its recording, and the memory that its inputs are copied to."""

    def __init__(self, recorder: Recorder, count: int) -> None:
        self.recorder = recorder
        self.share = Share(0, 1, count, Draws((0,), device=recorder.device))
        self.runs = 0
        self.graph: torch.cuda.CUDAGraph | None = None
        self.inputs: Inputs = ()
        self.numbers: Numbers = {}

    def __call__(self, seed: tuple[int, ...], choose: Callable[[Share], Inputs], work: Work) -> Numbers:
        """Seed, choose and compute."""
        self.share.draws.reseed(seed)
        inputs = choose(self.share)
        self.runs += 1
        if self.runs <= WARM_UP:
            return self._as_it_is(inputs, work)
        if self.graph is None:
            self._record(inputs, work)
        for mine, theirs in zip(self.inputs, inputs, strict=True):
            mine.copy_(theirs)
        assert self.graph is not None
        self.graph.replay()
        return {name: number.clone() for name, number in self.numbers.items()}

    def _as_it_is(self, inputs: Inputs, work: Work) -> Numbers:
        stream, current = self.recorder.stream, torch.cuda.current_stream(self.recorder.device)
        stream.wait_stream(current)
        with torch.cuda.stream(stream):
            numbers = work([(self.share, inputs)])
        current.wait_stream(stream)
        return numbers

    def _record(self, inputs: Inputs, work: Work) -> None:
        """Nothing is computed yet."""
        self.inputs = tuple(tensor.clone() for tensor in inputs)
        self.graph = torch.cuda.CUDAGraph()
        for generator in (self.share.draws.generator, self.share.draws.noise_generator):
            self.graph.register_generator_state(generator)
        with torch.cuda.graph(self.graph, pool=self.recorder.pool, stream=self.recorder.stream):
            self.numbers = work([(self.share, self.inputs)])


def can_record(world: World, micro_batch: int) -> bool:
    """One GPU that holds its whole batch: messages between processes are not for recording."""
    return world.device.type == "cuda" and world.ranks == 1 and not micro_batch
