"""Does a trained model carry a style to other faces? Judged by drawings of faces it never saw, beside what these reach.

python benchmarks/gan_styles.py [MODEL] [--drawn DRAWINGS --faces FACES --train-faces FACES --judge ENCODER]

DRAWINGS are STYLE/FACE.png of held-out FACES, ENCODER a style encoder that learned from neither them nor the drawings
that the model learned from, --train-faces what the model learned its faces from (`pipelines/judging.py` makes all of
these). Without them the demo's judge, faces and drawings serve.
Five sets of ten styles, ten faces each. Of every share the model's, its worst set's, the drawings' and chance.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from blendgan.evaluation.face_identity import identity_likeness
from blendgan.evaluation.jury import LIKENESSES
from blendgan.evaluation.style_figures import StyleFigures, judge_model
from pipelines.demo_config import DemoConfig


def words() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, nargs="?", default=DemoConfig().gan / "final")
    for name in ("--drawn", "--faces", "--train-faces", "--judge"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--identity", action=argparse.BooleanOptionalAction, default=True)
    return parser.parse_args()


def figures(given: argparse.Namespace) -> StyleFigures:
    """The model's figures by what was given, or by what the demo holds out."""
    if given.drawn is None:
        return DemoConfig().judging.figures(given.model, given.seed, given.identity)
    return judge_model(
        given.model,
        judge=given.judge,
        drawings=given.drawn,
        faces=given.faces,
        train_faces=given.train_faces,
        seed=given.seed,
        likenesses={**LIKENESSES, "identity": identity_likeness} if given.identity else LIKENESSES,
    )


def rounded(value: Any) -> Any:
    """Numbers with as many digits as they deserve."""
    if isinstance(value, dict):
        return {name: rounded(inner) for name, inner in value.items()}
    return float(f"{value:.3g}")


def main() -> None:
    """Judge and print."""
    given = words()
    found = figures(given)
    print(json.dumps({"compares": f"{given.model} with real drawings of held-out faces", **rounded(asdict(found))}))


if __name__ == "__main__":
    main()
