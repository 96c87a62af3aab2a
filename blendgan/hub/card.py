"""The card of a model: what it is, what it learned from and under which rights, what it reaches, and what it is not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from blendgan.checkpoints.store import Network
from blendgan.evaluation.page import Table
from blendgan.hub.run_facts import RunFacts
from blendgan.markdown import cell

TEMPLATE = "model_card.md.j2"
ABOUT = {
    "generator": "draws faces in styles",
    "style_encoder": "reads the style code of a picture",
    "inversion": "reads the face code of a photograph",
    "discriminator_face": "judged faces in training",
    "discriminator_style": "judged styled pictures in training",
    "discriminator_style_latent": "judged styled pictures together with their style code in training",
}
PASSED_ON = ("-SA-", "GPL-", "FAL-")
"""In the names of licences under which a changed work may only be passed on under the same licence."""
FEW_PICTURES = 10_000
TAGS = ["blendgan", "stylegan2", "style-transfer", "art", "faces"]


@dataclass(frozen=True)
class NetworkLine:
    """One row of the table of networks."""

    name: str
    about: str
    parameters: int
    settings: Mapping[str, Any]
    terms: str
    """What besides the licence of the weights holds for it."""


@dataclass(frozen=True, kw_only=True)
class ModelCardFacts:
    """All that a card is written from."""

    networks: Sequence[NetworkLine]
    rights: Mapping[str, int] = field(default_factory=dict)
    """Pictures behind the weights, by their rights and licence."""
    title: str = "BlendGAN"
    repo_id: str = "ORG/NAME"
    license: str = ""
    """Under which the weights are given; empty where the publisher says none."""
    run: RunFacts | None = None
    measured: Table | None = None
    samples: str = ""
    """Name of the picture beside the card."""

    @property
    def size(self) -> int | None:
        """Side in px of the pictures that the generator draws."""
        return next((line.settings["size"] for line in self.networks if line.name == "generator"), None)

    @property
    def backbone(self) -> str | None:
        """Which weights VGG-19 has in the style encoder."""
        return next((line.settings["backbone"] for line in self.networks if line.name == "style_encoder"), None)

    @property
    def passed_on(self) -> list[str]:
        """Licences of the training data that changed works keep."""
        licenses = (right.partition(" ")[2] for right in self.rights)
        return sorted({name for name in licenses if any(mark in f"{name}-" for mark in PASSED_ON)})

    @property
    def few_pictures(self) -> bool:
        """Whether so little was learned from that pictures repeat it."""
        return self.run is not None and 0 < self.run.pictures < FEW_PICTURES


def describe(networks: Mapping[str, Network], facts: Mapping[str, Mapping[str, Any]]) -> list[NetworkLine]:
    """The networks of a model, as its card lists them."""
    return [
        NetworkLine(
            name,
            ABOUT[name],
            sum(parameter.numel() for parameter in network.parameters()),
            facts[name]["settings"],
            _terms(facts[name]),
        )
        for name, network in networks.items()
    ]


def _terms(facts: Mapping[str, Any]) -> str:
    if origin := facts.get("origin"):
        return f"converted from {origin}, whose terms go with it; NVIDIA's StyleGAN2 weights are non-commercial"
    if facts["settings"].get("backbone") == "imagenet":
        return "holds VGG-19 of torchvision: code BSD-3, ImageNet's terms for the data behind the weights"
    return "holds VGG-19 with seeded random weights" if "backbone" in facts["settings"] else ""


def write_card(facts: ModelCardFacts) -> str:
    """README.md of the model: YAML for the Hub, then the text."""
    from jinja2 import Environment, StrictUndefined

    # Markdown, not HTML: the filter `cell` escapes what strangers wrote
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701
    environment.filters["cell"] = cell
    source = files("data_cards").joinpath(TEMPLATE).read_text(encoding="utf-8")
    return f"---\n{front_matter(facts)}\n---\n\n{environment.from_string(source).render(card=facts)}\n"


def front_matter(facts: ModelCardFacts) -> str:
    """What the Hub reads."""
    from huggingface_hub import ModelCardData

    data = ModelCardData(
        license=facts.license or "other",
        license_name=None if facts.license else "unstated",
        license_link=None if facts.license else f"README.md#{LICENCES}",
        library_name="aahq-blendgan",
        pipeline_tag="image-feature-extraction" if facts.size is None else "unconditional-image-generation",
        tags=TAGS,
        datasets=sorted({some.source for some in facts.run.data if some.source} if facts.run else ()) or None,
    )
    return data.to_yaml().strip()


LICENCES = "licences"
"""The heading under which the card tells them."""
