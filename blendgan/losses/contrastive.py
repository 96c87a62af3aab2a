"""Contrast: what belongs together attracts, everything else repels.

NT-Xent holds together two views of one picture (Chen et al. 2020, SimCLR), supervised contrast all rows of one label
(Khosla et al. 2020).
"""

import torch
from jaxtyping import Float, Int
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


def supervised_contrast(
    rows: Float[Tensor, "n dim"],
    labels: Int[Tensor, " n"],
    temperature: float,
    everyone: tuple[Float[Tensor, "total dim"], Int[Tensor, " total"]] | None = None,
    offset: int = 0,
) -> Float[Tensor, ""]:
    """Mean over the rows of the mean, over all others of a row's label, of -log softmax of that one among all others.

    This is the form with the sum over positives outside the logarithm (Khosla et al. 2020, eq. 2). A row whose label
    no other has counts only among the negatives; the loss is 0 where this is true of all. With two rows of every label
    it is NT-Xent. `everyone` and `offset` are as there: the processes' losses average to that of the joined batch.
    """
    all_rows, all_labels = (rows, labels) if everyone is None else everyone
    own = torch.arange(offset, offset + len(rows), device=rows.device)[:, None]
    logits = cosines(rows, all_rows).div(temperature).scatter(1, own, float("-inf"))
    positive = (labels[:, None] == all_labels[None, :]).scatter(1, own, False)
    log_shares = logits.log_softmax(dim=1).masked_fill(~positive, 0.0)
    losses = -log_shares.sum(dim=1) / positive.sum(dim=1).clamp_min(1)
    companions = (all_labels[:, None] == all_labels[None, :]).sum(dim=1) - 1
    # each process has its share of the rows, not of those with positives
    counted = (companions > 0).sum().clamp_min(1) * len(rows) / len(all_rows)
    return losses.sum() / counted


def positive_retrieval(first: Float[Tensor, "n dim"], second: Float[Tensor, "n dim"]) -> Float[Tensor, ""]:
    """How often the nearest other view is the other view of the same picture."""
    logits, positives = similarities(first, second, 1.0, None, 0)
    return (logits.argmax(dim=1) == positives).float().mean()


def label_retrieval(rows: Float[Tensor, "n dim"], labels: Int[Tensor, " n"]) -> Float[Tensor, ""]:
    """How often the nearest other row has the same label."""
    nearest = cosines(rows, rows).fill_diagonal_(float("-inf")).argmax(dim=1)
    return (labels[nearest] == labels).float().mean()


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
    own = torch.arange(offset, offset + len(first), device=first.device)
    itself, positives = torch.cat([own, own + total]), torch.cat([own + total, own])
    logits = cosines(torch.cat([first, second]), torch.cat([all_first, all_second])) / temperature
    return logits.scatter(1, itself[:, None], float("-inf")), positives


def cosines(rows: Float[Tensor, "n dim"], columns: Float[Tensor, "m dim"]) -> Float[Tensor, "n m"]:
    """Of every row with every column, in single precision."""
    return normalize(rows.float(), dim=1) @ normalize(columns.float(), dim=1).T
