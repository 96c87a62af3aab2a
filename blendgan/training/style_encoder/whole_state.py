"""Checkpoints of versions that trained the first layer on whole Gram vectors, in the form of today."""

from blendgan.checkpoints.torch_file import State
from blendgan.networks.symmetric_gram import DistinctEntries

FIRST_LAYER = "mlp.0.weight"


def of_distinct_entries(state: State, entries: DistinctEntries) -> State:
    """The trainer's state with the first layer on distinct entries; any other state as it is.

    The weights of two equal inputs become their mean, which is all that ever counted of them. The gradient by this
    mean is the sum of theirs, so that its square is `counts`^2 times the square of one of theirs.
    """
    learner = state["learner"]
    network, optimizer = learner["network"], learner["optimizer"]
    weight = network[FIRST_LAYER]
    if weight.shape[-1] != len(entries.places):
        return state
    entries = entries.to(weight.device)
    memory = {number: dict(values) for number, values in optimizer["state"].items()}
    first = list(network).index(FIRST_LAYER)
    if first in memory:
        squares = entries.averaged(memory[first]["exp_avg_sq"]) * entries.counts.square()
        memory[first] = {"step": memory[first]["step"], "exp_avg_sq": squares}
    return {
        "learner": {
            "network": {**network, FIRST_LAYER: entries.averaged(weight)},
            "optimizer": {**optimizer, "state": memory},
        },
        "gram_mean": entries.averaged(state["gram_mean"]),
        "gram_deviation": entries.averaged(state["gram_deviation"]),
    }
