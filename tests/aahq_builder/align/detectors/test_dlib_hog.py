"""dlib's detector at several thresholds."""

import numpy as np

from aahq_builder.align.detectors.dlib_hog import DlibHog
from tests.drawn_faces import draw_portrait


def test_another_threshold_is_that_of_a_detector_of_its_own_and_leaves_the_first_as_it_was() -> None:
    picture = draw_portrait(0)
    strict = DlibHog(0.5)
    lax = strict.at(-1.5)
    for shared, own in ((strict, DlibHog(0.5)), (lax, DlibHog(-1.5)), (strict, DlibHog(0.5))):
        ours, theirs = ([(tuple(face.centre), face.score) for face in each.detect(picture)] for each in (shared, own))
        np.testing.assert_array_equal(np.array(ours, dtype=object), np.array(theirs, dtype=object))
    assert len(lax.detect(picture)) > len(strict.detect(picture))
