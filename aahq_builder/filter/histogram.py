"""A histogram with a bound in it, as an SVG picture that stands in a page."""

import numpy as np

WIDTH, HEIGHT, MARGIN = 640, 120, 18
BINS = 64
LABEL_ROOM = 90
TAIL_PERCENT = 0.5
"""Beyond these percentiles values are counted in the outermost bars, or one outlier would flatten all others."""


def histogram_svg(values: np.ndarray, bound: float, keeps_upper: bool) -> str:
    """Bars of finite values, those beyond the bound in the colour of rejection, and the bound as a line."""
    if not len(values):
        return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="no values"></svg>'
    low, high = limits(values, bound)
    counts, edges = np.histogram(np.clip(values, low, high), bins=BINS, range=(low, high))
    plot_height = HEIGHT - MARGIN
    scale = plot_height / max(1.0, float(np.sqrt(counts.max())))  # square roots: a bar of one face stays visible
    bars = []
    for count, left, right in zip(counts, edges[:-1], edges[1:], strict=True):
        height = scale * float(np.sqrt(count))
        kept = right > bound if keeps_upper else left <= bound  # the bound itself is within
        x, width = WIDTH * (left - low) / (high - low), WIDTH / BINS - 1
        bars.append(
            f'<rect class="{"kept" if kept else "cut"}" x="{x:.1f}" y="{plot_height - height:.1f}" '
            f'width="{width:.1f}" height="{height:.1f}"/>'
        )
    at = WIDTH * (bound - low) / (high - low)
    line = f'<line class="bound" x1="{at:.1f}" x2="{at:.1f}" y1="0" y2="{plot_height}"/>'
    texts = [_text(min(max(at, 20), WIDTH - 20), "middle", bound)]
    texts += [_text(2, "start", low)] if at > LABEL_ROOM else []
    texts += [_text(WIDTH - 2, "end", high)] if at < WIDTH - LABEL_ROOM else []
    label = f"histogram of {len(values)} values from {low:.3g} to {high:.3g}, bound {bound:.3g}"
    drawing = "".join([*bars, line, *texts])
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">{drawing}</svg>'


def limits(values: np.ndarray, bound: float) -> tuple[float, float]:
    """Ends of the axis: all but the tails of the values, and the bound."""
    low, high = np.percentile(values, (TAIL_PERCENT, 100 - TAIL_PERCENT))
    low, high = min(float(low), bound), max(float(high), bound)
    room = 0.02 * (high - low) or 0.5
    return low - room, high + room


def _text(x: float, anchor: str, value: float) -> str:
    return f'<text x="{x:.1f}" y="{HEIGHT - 4}" text-anchor="{anchor}">{value:.3g}</text>'
