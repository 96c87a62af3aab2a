"""A model remembers the rights of its pictures, of those of the models it was built upon, and of exchanged ones."""

from blendgan.training.engine.data_rights import rights_of_run


def test_pictures_of_a_run_and_of_its_style_encoder_are_counted_together():
    encoder = {"sha256": "ab", "rights": {"research none": 7, "open CC0-1.0": 9}}
    description = {
        "data": {"faces": {"open CC0-1.0": 3}, "artworks": {"open CC0-1.0": 2, "open GPL-2.0-or-later": 5}},
        "inputs": {"faces": {"sha256": "cd"}, "style_encoder": encoder},
    }
    # the pictures behind a model may be those of this run too: the larger number of each right is kept
    expected = {"open CC0-1.0": 9, "open GPL-2.0-or-later": 5, "research none": 7}
    assert rights_of_run(description) == expected


def test_what_was_exchanged_in_mid_run_has_been_learned_from_too():
    description = {
        "data": {"faces": {"open CC0-1.0": 3}},
        "inputs": {"faces": {"sha256": "ab"}},
        "changes": [{"data": {"faces": {"research none": 4}}, "inputs": {"model": {"rights": {"open CC0-1.0": 8}}}}],
    }
    assert rights_of_run(description) == {"open CC0-1.0": 8, "research none": 4}
