"""Batch normalisation over the batches of all processes: PyTorch's own on GPUs, and one for CPUs, where it has none."""

import torch
import torch.distributed as dist
from torch import Tensor, nn

from blendgan.training.parallel.distributed import World, sum_of_all


class JoinedBatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation over the batches of all processes on a CPU."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  (the name that PyTorch gives it)
        """Normalise by the mean and variance of the joined batch."""
        if not self.training:
            return super().forward(input)
        mean = sum_of_all(input.mean(dim=(0, 2, 3))) / dist.get_world_size()
        centred = input - mean[:, None, None]
        variance = sum_of_all(centred.square().mean(dim=(0, 2, 3))) / dist.get_world_size()
        self._remember(mean, variance, input.numel() // input.shape[1] * dist.get_world_size())
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return centred * scale[:, None, None] + self.bias[:, None, None]

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor, count: int) -> None:
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        assert self.momentum is not None
        self.num_batches_tracked += 1
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance * count / (count - 1), self.momentum)


def join_batch_norms(network: nn.Module, world: World) -> None:
    """Let every batch normalisation within `network` see the batches of all processes."""
    if world.ranks == 1:
        return
    if world.device.type == "cuda":
        nn.SyncBatchNorm.convert_sync_batchnorm(network)  # type: ignore[no-untyped-call]
        return
    for name, child in network.named_children():
        if type(child) is nn.BatchNorm2d:
            joined = JoinedBatchNorm2d(child.num_features, child.eps, child.momentum)
            joined.load_state_dict(child.state_dict())
            setattr(network, name, joined)
        else:
            join_batch_norms(child, world)
