"""The YAML at the head of a card, which the Hub reads: licence, sizes, configurations, types of columns."""

from collections.abc import Sequence
from typing import Any

from aahq_builder.publish.card.summary import SummedRow
from aahq_builder.publish.config import PublishConfig
from aahq_builder.publish.formats.layout import FEATURES, configurations
from aahq_builder.publish.inventory import Inventory

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
GATE = (
    "The rows carry their own licences and attributions. By asking for access you agree to keep them, "
    "and to delete a work when its artist asks for it."
)


def front_matter(rows: Sequence[SummedRow], config: PublishConfig, inventory: Inventory, reviewed: bool) -> str:
    """The block without its `---` lines; `reviewed` tells whether people decided about faces."""
    from datasets.info import DatasetInfo, DatasetInfosDict
    from huggingface_hub import DatasetCardData

    one_license = {row.license for row in rows} == {"CC0-1.0"}
    configs = configurations(config.format, inventory.splits_of_configurations())
    # without configurations the viewer would guess, and take the card's own pictures for the data
    extra: dict[str, Any] = {"configs": configs} if configs else {"viewer": False}
    if config.gate:
        extra["extra_gated_prompt"] = GATE
    data = DatasetCardData(
        pretty_name=config.title,
        license="cc0-1.0" if one_license else "other",
        license_name=None if one_license else "per-row",
        license_link=None if one_license else "README.md#licences",
        annotations_creators=["machine-generated", "expert-generated"] if reviewed else ["machine-generated"],
        size_categories=[_size_category(len(rows))],
        task_categories=["unconditional-image-generation", "image-feature-extraction"],
        tags=["art", "faces", "portraits"],
        **extra,
    )
    if config.format in FEATURES:
        DatasetInfosDict({"pixels": DatasetInfo(features=FEATURES[config.format]())}).to_dataset_card_data(data)
    return data.to_yaml().strip()


def _size_category(count: int) -> str:
    return next((name for limit, name in SIZES if count < limit), "n>1M")
