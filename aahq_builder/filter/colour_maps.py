"""Maps of colours that recolour a picture as a whole: white balance, grey, sepia, negative, gamma, another hue.

Two families: an affine map of the three channels, and a turn of the hue (as image editors do it, in HSV) after which
each channel is a weighted sum of itself and of the strongest and the weakest channel (saturation, strength). Both end
in a power (gamma). A drawing of a few flat colours could be taken to any other by some map, so only such maps are
admitted as keep neutral colours nearly neutral: the map that exchanged hair, skin and clothes ask for seldom does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

GAMMAS = (0.5, 0.7, 1.0, 1.4, 2.0)
COARSE_TURNS, COARSE_GAMMAS = (-16.0, -8.0, 0.0, 8.0, 16.0), (0.65, 1.0, 1.5)
FINE_TURNS, FINE_GAMMAS = (-4.0, 0.0, 4.0), (0.8, 1.0, 1.25)
"""Turns in degrees around the better of the two commonest differences of hue, then around the best of these; fine
gammas are factors."""
STEPS, TOLERANCE, DAMPING = 4, 3.0 / 255.0, 1e-3
MAX_ROUGH_ERROR = 0.05
"""Mean error of a map with the likely gamma, or none, above which no better one is sought."""
LARGEST_ERROR = 0.15
"""Beyond this an error counts no more: a region that was painted over has no say in which map is best."""
LOWEST, HIGHEST = 0.015, 0.98
"""Values beyond may have been cut off, so a map may lead further out."""
CLIPPED_WEIGHT = 0.05
MAX_TONED_SPREAD = 0.25
"""Of the colours of a toned picture, see `colour_spread`: 0 in grey, up to 0.24 in a sepia that cut bright ones off."""
HUE_BIN_DEGREES, APART_DEGREES = 5, 30
MIN_GAIN_RATIO, MIN_GAIN, MAX_GAIN = 0.5, 0.4, 2.0
"""Bounds of how steeply each channel follows the grey axis; a white balance changes them by a third at most."""
MAX_TINT_OF_BLACK, MAX_TINT_OF_WHITE = 0.25, 0.6
MAX_EXPANSION, MAX_SATURATION = 1.6, 2.2
MIN_WEIGHT, MAX_WEIGHT_OF_BLUE = -0.1, 0.55
"""Shares of a channel in the lightness of the result: greys are sums, no differences, and not of blue alone."""


Tried = tuple[float | None, float]
"""Turn and gamma of a map that is tried."""


@dataclass(frozen=True)
class ColourMap:
    """One map; values of channels are in [0, 1] inside."""

    turn: float | None
    """Degrees of hue; None in the affine family."""
    gamma: float
    coefficients: np.ndarray
    """[3, 4], a row per channel of the result: weights of red, green, blue (affine) or of the turned channel, the
    strongest and the weakest (turn), and a constant."""
    error: float
    """Mean of the largest error of a channel, of 1, over the colours that the map was fitted to."""

    def apply(self, colours: np.ndarray) -> np.ndarray:
        """Colours uint8 [..., 3] after the map."""
        terms = _terms(colours.reshape(-1, 3).astype(np.float32) / 255.0, self.turn)
        weights = self.coefficients.astype(np.float32)
        mapped = np.clip((terms @ weights[..., None])[..., 0].T, 0.0, 1.0) ** np.float32(self.gamma)
        return np.asarray(np.rint(255.0 * mapped.reshape(colours.shape)), dtype=np.uint8)

    def keeps_neutral(self) -> bool:
        """Whether black, grey and white stay nearly neutral, and colours do not spread wildly."""
        gains, blacks = self.coefficients[:, :3].sum(axis=1), self.coefficients[:, 3]
        steepness, sign = np.abs(gains), np.sign(gains[0])
        if (sign * gains <= 0).any() or steepness.min() < MIN_GAIN_RATIO * steepness.max():
            return False
        if not MIN_GAIN <= steepness.max() <= MAX_GAIN:
            return False
        if np.ptp(blacks) > MAX_TINT_OF_BLACK or np.ptp(blacks + gains) > MAX_TINT_OF_WHITE:
            return False
        if self.turn is not None:
            own = sign * self.coefficients[:, 0]
            return bool((own >= 0).all() and own.max() <= MAX_SATURATION)
        weights = sign * self.coefficients[:, :3].mean(axis=0)
        tame = np.linalg.norm(self.coefficients[:, :3], 2) <= MAX_EXPANSION
        plain = weights.min() >= MIN_WEIGHT * weights.sum() and weights[2] <= MAX_WEIGHT_OF_BLUE * weights.sum()
        return bool(tame and plain)


def fit_affine(source: np.ndarray, target: np.ndarray, share: np.ndarray) -> ColourMap | None:
    """The best affine map of colours [N, 3] in [0, 1] to others, by weights `share` [N]; None if none is plausible."""
    likely = likely_gamma(source, target, share)
    if _fits_roughly(_fitted(source, target, share, [(None, gamma) for gamma in {1.0, likely}])):
        return _fitted(source, target, share, [(None, gamma) for gamma in GAMMAS])
    return None


def fit_turn(source: np.ndarray, target: np.ndarray, share: np.ndarray) -> ColourMap | None:
    """The same among turns of hue."""
    gammas = {1.0, likely_gamma(source, target, share)}
    rough: list[Tried] = [(turn, gamma) for turn in commonest_turns(source, target, share) for gamma in gammas]
    found = _fitted(source, target, share, rough)
    if found is None or not _fits_roughly(found):
        return None
    found = _fitted(source, target, share, _around(found, COARSE_TURNS, COARSE_GAMMAS)) or found
    return _fitted(source, target, share, _around(found, FINE_TURNS, [found.gamma * by for by in FINE_GAMMAS]))


def _around(found: ColourMap, turns: Sequence[float], gammas: Sequence[float]) -> list[Tried]:
    """Turns further than that found by each of `turns`, with each of `gammas`."""
    return [((found.turn or 0.0) + turn, gamma) for turn in turns for gamma in gammas]


def fit_toned(source: np.ndarray, target: np.ndarray, share: np.ndarray) -> ColourMap | None:
    """The same among affine maps after which every channel follows one lightness: grey, sepia and other toning.

    The lightness is that of the channel which is cut off least: a sepia leaves little of the others to fit a map to.
    """
    if colour_spread(target) > MAX_TONED_SPREAD:
        return None
    terms, wanted = _terms(source, None)[None], target.T[None]
    channel = int(((target < LOWEST) | (target > HIGHEST)).sum(axis=0).argmin())
    weights = _solve(terms[:, :1], wanted[:, channel : channel + 1], share)
    lightness = np.ones((1, 3, len(source), 2))
    lightness[..., 0] = (terms[0, 0] @ weights[..., None])[..., 0]
    tone = _solve(lightness, wanted, share)
    coefficients = tone[..., :1] * weights
    coefficients[..., 3] += tone[..., 1]
    return _best(terms, coefficients, target, share, [(None, 1.0)])


def colour_spread(colours: np.ndarray) -> float:
    """Standard deviation of colours [N, 3] across the line that fits them best, relative to that along it."""
    across, along = np.linalg.eigvalsh(np.cov(colours.T))[1:]
    return float(np.sqrt(max(across, 0.0) / max(along, 1e-9)))


def _fits_roughly(found: ColourMap | None) -> bool:
    """Whether a first map comes so near that a search for a better one is worth its time."""
    return found is not None and found.error <= MAX_ROUGH_ERROR


def likely_gamma(source: np.ndarray, target: np.ndarray, share: np.ndarray) -> float:
    """The gamma of `GAMMAS` that comes nearest to the slope of the strongest channels' logarithms; 1 if it falls."""
    one, other = (np.log(np.maximum(colours.max(axis=1), LOWEST)) for colours in (source, target))
    one, other = (values - (values * share).sum() / share.sum() for values in (one, other))
    slope = (one * other * share).sum() / max((one * one * share).sum(), 1e-6)
    return min(GAMMAS, key=lambda gamma: abs(np.log(gamma / slope))) if slope > 0 else 1.0


def commonest_turns(source: np.ndarray, target: np.ndarray, share: np.ndarray) -> tuple[float, float]:
    """The differences of hue, degrees, that most and second most of the colours with a hue have in common."""
    (one, one_chroma), (other, other_chroma) = _hue(source), _hue(target)
    bins = 360 // HUE_BIN_DEGREES
    at = ((other - one) % 360.0 / HUE_BIN_DEGREES).astype(int) % bins
    votes = np.bincount(at, share * np.minimum(one_chroma, other_chroma), bins)
    smooth = sum(weight * np.roll(votes, by) for by, weight in zip(range(-3, 4), (1, 2, 3, 4, 3, 2, 1), strict=True))
    first = int(np.argmax(smooth))
    apart = np.roll(np.abs((np.arange(bins) + bins // 2) % bins - bins // 2), first) * HUE_BIN_DEGREES
    second = int(np.argmax(np.where(apart >= APART_DEGREES, smooth, -1.0)))
    return HUE_BIN_DEGREES * (first + 0.5), HUE_BIN_DEGREES * (second + 0.5)


def turned(colours: np.ndarray, degrees: float) -> np.ndarray:
    """Colours [N, 3] in another hue of HSV; the strongest and the weakest channel keep their values."""
    hue, chroma = _hue(colours)
    sixth = (np.array([5, 3, 1], colours.dtype) + (hue[:, None] + colours.dtype.type(degrees)) / 60) % 6
    off = np.clip(np.minimum(sixth, 4.0 - sixth), 0.0, 1.0)
    return np.asarray(colours.max(axis=1, keepdims=True) - chroma[:, None] * off)


def _hue(colours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hue in degrees and chroma (the strongest channel less the weakest) of colours [N, 3] (HSV, Smith 1978)."""
    red, green, blue = colours.T
    strongest, chroma = colours.max(axis=1), np.ptp(colours, axis=1)
    unit = np.maximum(chroma, 1e-6)
    sixth = np.where(
        strongest == red,
        (green - blue) / unit,
        np.where(strongest == green, (blue - red) / unit + 2.0, (red - green) / unit + 4.0),
    )
    return 60.0 * sixth, chroma


def _terms(colours: np.ndarray, turn: float | None) -> np.ndarray:
    """What the coefficients weigh: [3, N, 4] by channel of the result."""
    terms = np.ones((3, len(colours), 4), colours.dtype)
    if turn is None:
        terms[..., :3] = colours
    else:
        terms[..., 0] = turned(colours, turn).T
        terms[..., 1], terms[..., 2] = colours.max(axis=1), colours.min(axis=1)
    return terms


def _fitted(source: np.ndarray, target: np.ndarray, share: np.ndarray, tried: Sequence[Tried]) -> ColourMap | None:
    """The best map among those with these turns and gammas."""
    terms_of = {turn: _terms(source, turn) for turn, _ in tried}
    terms = np.stack([terms_of[turn] for turn, _ in tried])
    return _best(terms, _solve(terms, _before_gamma(target, tried), share), target, share, tried)


def _before_gamma(target: np.ndarray, tried: Sequence[Tried]) -> np.ndarray:
    """[H, 3, N]: what the sums must be for their powers to be the target [N, 3]."""
    return np.asarray(target.T[None] ** (1.0 / _gammas(tried)))


def _gammas(tried: Sequence[Tried]) -> np.ndarray:
    return np.array([gamma for _, gamma in tried])[:, None, None]


def _best(
    terms: np.ndarray, coefficients: np.ndarray, target: np.ndarray, share: np.ndarray, tried: Sequence[Tried]
) -> ColourMap | None:
    """The plausible map with the least error."""
    mapped = np.clip((terms @ coefficients[..., None])[..., 0], 0.0, 1.0) ** _gammas(tried)
    error = np.minimum(np.abs(mapped - target.T).max(axis=1), LARGEST_ERROR) @ share / share.sum()
    for row in np.argsort(error):
        turn, gamma = tried[row]
        found = ColourMap(turn, gamma, coefficients[row], float(error[row]))
        if found.keeps_neutral():
            return found
    return None


def _solve(terms: np.ndarray, target: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Coefficients [H, 3, 4] of the least absolute differences from `terms` [H, 3, N, 4] to `target` [H, 3, N].

    By reweighting, so that a region that was painted over does not bend the map. Where the target was cut off at black
    or white, a result further out is no error.
    """
    dark, light = target < LOWEST, target > HIGHEST
    weight, wanted = np.where(dark | light, CLIPPED_WEIGHT, 1.0) * share, target
    for _ in range(STEPS):
        weighted = (terms * weight[..., None]).swapaxes(2, 3)
        normal = weighted @ terms + DAMPING * np.eye(terms.shape[3])
        coefficients = np.linalg.solve(normal, weighted @ wanted[..., None])
        mapped = (terms @ coefficients)[..., 0]
        wanted = np.where(light & (mapped > target) | dark & (mapped < target), mapped, target)
        weight = (share / np.maximum(np.abs(mapped - wanted).max(axis=1), TOLERANCE))[:, None, :]
    return np.asarray(coefficients[..., 0])
