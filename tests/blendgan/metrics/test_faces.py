import math

import pytest
import torch
from torch import Tensor

from blendgan.metrics.faces import GRADES, centred_cosines, faces_kept, shading_likeness, shared_information

LIKENESSES = [shading_likeness, shared_information]


def pictures(count: int = 10, seed: int = 0) -> Tensor:
    return torch.rand(count, 3, 32, 32, generator=torch.Generator().manual_seed(seed)) * 2 - 1


@pytest.mark.parametrize("likeness", LIKENESSES)
def test_a_picture_is_most_like_itself_also_as_its_negative_and_in_other_light(likeness) -> None:
    natural = pictures()
    for styled in (natural, -natural, 0.2 * natural + 0.5, natural * torch.tensor([0.5, 2.0, 0.5])[:, None, None]):
        assert faces_kept(likeness(styled, natural)) == 1


@pytest.mark.parametrize("likeness", LIKENESSES)
def test_pictures_of_others_are_kept_by_chance_and_never_where_all_have_changed_places(likeness) -> None:
    shares = [faces_kept(likeness(pictures(seed=2 * k), pictures(seed=2 * k + 1))) for k in range(40)]
    # 400 pictures, one in ten: the deviation of the mean is 0.015
    assert 0.055 < sum(shares) / 40 < 0.145
    assert faces_kept(likeness(pictures().roll(1, dims=0), pictures())) == 0


@pytest.mark.parametrize("likeness", LIKENESSES)
def test_the_same_head_for_every_face_is_kept_once_in_ten(likeness) -> None:
    assert faces_kept(likeness(pictures()[3:4].expand(10, -1, -1, -1), pictures())) == pytest.approx(0.1)


def test_shading_is_a_cosine_of_what_differs_from_the_others() -> None:
    natural, styled = pictures(3), pictures(3, seed=1)
    blocks = [images.mean(dim=1).view(3, 16, 2, 16, 2).mean(dim=(2, 4)).flatten(1) for images in (styled, natural)]
    for i in range(3):
        for k in range(3):
            first, second = (values[at] - values.sum(dim=0) / 3 for values, at in zip(blocks, (i, k), strict=True))
            expected = abs(float(first @ second) / float(first.norm() * second.norm()))
            assert float(shading_likeness(styled, natural)[i, k]) == pytest.approx(expected, abs=1e-5)


def test_shared_information_equals_a_count_of_pairs_of_grades() -> None:
    styled, natural = pictures(2, seed=1), pictures(2)

    def quarters(image: Tensor) -> list[int]:
        grey = image.mean(dim=0).view(16, 2, 16, 2).mean(dim=(1, 3)).flatten().tolist()
        ranks = {place: rank for rank, place in enumerate(sorted(range(256), key=grey.__getitem__))}
        return [ranks[place] // 64 for place in range(256)]

    for i in range(2):
        for k in range(2):
            pairs = list(zip(quarters(styled[i]), quarters(natural[k]), strict=True))
            joint = {pair: pairs.count(pair) / 256 for pair in set(pairs)}
            expected = sum(share * math.log(share * GRADES**2) for share in joint.values())
            assert float(shared_information(styled, natural)[i, k]) == pytest.approx(expected, abs=1e-5)


def test_shared_information_is_all_for_any_exchange_of_greys_and_nothing_for_stripes_across() -> None:
    stripes = (torch.arange(16.0) / 8 - 1).expand(1, 3, 16, 16)
    exchanged = (stripes * 40).sin()  # in the grades of 0, 1, 2, 3 quarters another light, one to one or not
    across = stripes.mT
    assert float(shared_information(stripes, -stripes)) == pytest.approx(math.log(GRADES), abs=1e-6)
    assert float(shared_information(stripes, across)) == pytest.approx(0, abs=1e-6)
    assert 0 < float(shared_information(exchanged, stripes)) <= math.log(GRADES)


def test_what_all_descriptors_have_in_common_does_not_count() -> None:
    first, second = torch.randn(2, 5, 8)
    torch.testing.assert_close(centred_cosines(first + 3, second - 7), centred_cosines(first, second))
    torch.testing.assert_close(centred_cosines(first, first).diagonal(), torch.ones(5))


@pytest.mark.parametrize("likeness", LIKENESSES)
def test_each_style_is_compared_as_if_it_were_alone(likeness) -> None:
    natural, styled = pictures(), torch.stack([pictures(seed=1), pictures().flip(3), pictures().sqrt().nan_to_num(0)])
    together = likeness(styled, natural)
    for number in range(3):
        torch.testing.assert_close(together[number], likeness(styled[number], natural))
    assert faces_kept(together) == pytest.approx(sum(faces_kept(one) for one in together) / 3)
