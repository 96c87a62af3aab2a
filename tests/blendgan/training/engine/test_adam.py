import torch
from torch import nn

from blendgan.training.engine.adam import adam, separate_rate


def test_lazy_penalties_shrink_rate_and_memory_together():
    (group,) = adam([nn.Parameter(torch.ones(1))], 0.002, interval=16).param_groups
    assert group["lr"] == 0.002 * 16 / 17
    assert group["betas"] == (0.0, 0.99 ** (16 / 17))


def test_without_penalties_it_is_plain_adam():
    parameter, twin = nn.Parameter(torch.ones(4)), nn.Parameter(torch.ones(4))
    mine, reference = adam([parameter], 0.01), torch.optim.Adam([twin], lr=0.01, betas=(0.0, 0.99))
    for _ in range(3):
        for weights, optimizer in ((parameter, mine), (twin, reference)):
            optimizer.zero_grad()
            (weights**3).sum().backward()
            optimizer.step()
    torch.testing.assert_close(parameter, twin)


def test_one_parameter_can_learn_at_a_rate_of_its_own():
    quick, slow = nn.Parameter(torch.ones(1)), nn.Parameter(torch.ones(1))
    optimizer = adam([quick, slow], 0.01)
    separate_rate(optimizer, [quick], 5.0)
    (quick + slow).sum().backward()
    optimizer.step()
    # the first step of Adam is the rate itself, against the sign of the gradient
    torch.testing.assert_close(quick.detach(), torch.tensor([0.95]))
    torch.testing.assert_close(slow.detach(), torch.tensor([0.99]))
