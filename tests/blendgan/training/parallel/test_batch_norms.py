import torch
from torch import nn

from blendgan.training.parallel.batch_norms import JoinedBatchNorm2d, join_batch_norms
from blendgan.training.parallel.distributed import World


def network() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, 4, 1), nn.Sequential(nn.BatchNorm2d(4), nn.PReLU(4)))


def test_several_gpus_take_pytorchs_own_and_several_cpus_ours_with_the_same_weights():
    for device, expected in (("cuda", nn.SyncBatchNorm), ("cpu", JoinedBatchNorm2d)):
        net = network()
        before = net.state_dict()
        join_batch_norms(net, World(torch.device(device), 0, 2))
        assert type(net[1][0]) is expected
        assert net.state_dict().keys() == before.keys()


def test_one_process_keeps_the_plain_one():
    net = network()
    join_batch_norms(net, World(torch.device("cuda")))
    assert type(net[1][0]) is nn.BatchNorm2d
