"""Whole models: `from_pretrained`, `save_pretrained`, `push_to_hub` of huggingface_hub over our own format."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from huggingface_hub import ModelCard, ModelHubMixin

from blendgan.checkpoints.hub import fetched
from blendgan.checkpoints.store import (
    Network,
    load_network,
    networks_in,
    read_config,
    save_network,
    write_model_config,
)
from blendgan.data.rights import refuse_closed
from blendgan.errors import UserError
from blendgan.hub.card import ModelCardFacts, describe, write_card

OUR_FACTS = ("format", "network", "settings", "weights_sha256")


class BlendGAN(
    ModelHubMixin,
    library_name="aahq-blendgan",
    paper_url="https://arxiv.org/abs/2110.11728",
    tags=["blendgan", "stylegan2", "style-transfer"],
    pipeline_tag="unconditional-image-generation",
):
    """All networks of a model by the names of their folders: 'generator', 'style_encoder', 'inversion', ...

    BlendGAN.from_pretrained("org/model").networks["generator"]
    """

    def __init__(self, networks: Mapping[str, Network], facts: Mapping[str, Mapping[str, Any]]):
        self.networks = dict(networks)
        self.facts = {name: dict(known) for name, known in facts.items()}
        self._hub_mixin_config = None  # settings lie with each network

    @classmethod
    def load(cls, folder: Path) -> "BlendGAN":
        """The model in a folder. As strict as `load_network`: nothing missing, extra or damaged."""
        names = networks_in(folder)
        if not names:
            raise UserError(f"{folder} holds no networks; convert some with blendgan-convert")
        facts = {name: read_config(folder / name) for name in names}
        return cls({name: load_network(folder / name) for name in names}, facts)

    def rights(self) -> dict[str, int]:
        """Pictures the networks were trained on, by their rights; behind those may stand a licence: 'open CC0-1.0'."""
        total: Counter[str] = Counter()
        for facts in self.facts.values():
            total |= Counter(facts.get("rights", {}))
        return dict(total)

    def push_to_hub(self, repo_id: str, *, i_have_a_legal_basis: bool = False, **options: Any) -> str:
        """Upload; weights trained on pictures that nobody opened need a legal basis of your own."""
        self.may_be_published(i_have_a_legal_basis)
        told = {"repo_id": repo_id, "title": repo_id.rpartition("/")[2], **options.pop("model_card_kwargs", {})}
        return super().push_to_hub(repo_id, model_card_kwargs=told, **options)

    def may_be_published(self, i_have_a_legal_basis: bool) -> None:
        """An error if the weights were trained on pictures that nobody opened, unless there is a legal basis."""
        refuse_closed(self.rights(), i_have_a_legal_basis)

    def card_facts(self, **told: Any) -> ModelCardFacts:
        """What its card says: of its networks, and what else is told by the names of `ModelCardFacts`."""
        return ModelCardFacts(networks=describe(self.networks, self.facts), rights=self.rights(), **told)

    def generate_model_card(self, *args: Any, **told: Any) -> ModelCard:
        """The card that the mixin writes beside the networks."""
        return ModelCard(write_card(self.card_facts(**told)))

    def _save_pretrained(self, save_directory: Path) -> None:
        for name, network in self.networks.items():
            facts = {key: value for key, value in self.facts.get(name, {}).items() if key not in OUR_FACTS}
            save_network(network, save_directory / name, **facts)
        write_model_config(save_directory)

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | Path, **options: Any) -> "BlendGAN":
        """The model in a folder or of a repository on the Hub, from the cache where it is there and the Hub is not.

        `options` are `revision`, `cache_dir`, `force_download`, `local_files_only` and `token`. The mixin's own way
        asks for a file at the root first, which a cache may lack when there is no network.
        """
        place = Path(pretrained_model_name_or_path)
        if place.is_dir():
            return cls.load(place)
        return cls.load(fetched(str(place), **options))
