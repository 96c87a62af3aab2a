"""NT-Xent: two views of one picture attract, all other pictures repel (Chen et al. 2020, SimCLR)."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize


def nt_xent(
    first: Float[Tensor, "n dim"],
    second: Float[Tensor, "n dim"],
    temperature: float,
    everyone: tuple[Float[Tensor, "total dim"], Float[Tensor, "total dim"]] | None = None,
    offset: int = 0,
) -> Float[Tensor, ""]:
    """Mean over the 2n local views of -log softmax of the positive among all other views; log(2N - 1) by chance.

    `first[k]` and `second[k]` are projections of two views of picture k. With several processes, `everyone` holds the
    views of all of them and the local ones begin at row `offset` there; averaging the processes' losses then equals
    the loss of one process with the joined batch.
    """
    logits, positives = similarities(first, second, temperature, everyone, offset)
    return cross_entropy(logits, positives)


def positive_retrieval(first: Float[Tensor, "n dim"], second: Float[Tensor, "n dim"]) -> Float[Tensor, ""]:
    """How often the nearest other view is the other view of the same picture."""
    logits, positives = similarities(first, second, 1.0, None, 0)
    return (logits.argmax(dim=1) == positives).float().mean()


def similarities(
    first: Float[Tensor, "n dim"],
    second: Float[Tensor, "n dim"],
    temperature: float,
    everyone: tuple[Float[Tensor, "total dim"], Float[Tensor, "total dim"]] | None,
    offset: int,
) -> tuple[Float[Tensor, "views all_views"], Tensor]:
    """Cosines over the temperature, each view's own column masked, and the column of each view's positive."""
    all_first, all_second = (first, second) if everyone is None else everyone
    total = len(all_first)
    rows = normalize(torch.cat([first, second]).float(), dim=1)
    columns = normalize(torch.cat([all_first, all_second]).float(), dim=1)
    own = torch.arange(offset, offset + len(first), device=first.device)
    itself, positives = torch.cat([own, own + total]), torch.cat([own + total, own])
    logits = rows @ columns.T / temperature
    return logits.scatter(1, itself[:, None], float("-inf")), positives
