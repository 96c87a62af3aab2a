import torch

from blendgan.data.folder import ImageFolder
from blendgan.training.parallel.distributed import World
from tests.blendgan.training.small import make_inversion


def test_half_precision_gives_nearly_the_losses_of_full_precision(heads: ImageFolder):
    full, half = make_inversion(heads, World(torch.device("cpu"))), make_inversion(heads, World(torch.device("cpu")))
    half.precision = "bf16"
    batch = next(iter(full.stream(0, 1)))
    expected, found = full.step(0, batch, (0, 0)), half.step(0, batch, (0, 0))
    assert not torch.equal(found["inversion/l2"], expected["inversion/l2"])
    torch.testing.assert_close(found, expected, atol=0.05, rtol=0.05)
