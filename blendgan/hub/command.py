"""The command `blendgan-train push`: a finished training becomes a model of the Hub, with a card."""

from pathlib import Path
from tempfile import TemporaryDirectory

from blendgan.checkpoints.store import NAMES
from blendgan.console import Console
from blendgan.errors import UserError
from blendgan.evaluation.numbers import read
from blendgan.evaluation.page import Table, table_of
from blendgan.hub.card import write_card
from blendgan.hub.config import PushConfig
from blendgan.hub.model import BlendGAN
from blendgan.hub.run_facts import read_run, write_samples

README, SAMPLES = "README.md", "samples.png"
STALE = [SAMPLES, *(f"{name}/*" for name in NAMES)]
"""What an earlier version may have left: networks of two trainings do not fit together."""


def run(config: PushConfig, console: Console) -> None:
    """Write the card and upload; running it again uploads what has changed."""
    facts = read_run(config.run)
    model = BlendGAN.load(config.run / "final")
    model.may_be_published(config.i_have_a_legal_basis)
    card = model.card_facts(
        title=config.title or config.repo_id.rpartition("/")[2],
        repo_id=config.repo_id,
        license=config.license,
        run=facts,
        measured=None if config.evaluation is None else measured(config.evaluation, model),
        samples=SAMPLES if facts.samples else "",
    )
    if config.dry_run:
        text = write_card(card)
        console.result(f"{text}\nwould upload {', '.join(model.networks)} to {config.repo_id}", card=text)
        return
    with TemporaryDirectory() as place:
        model.save_pretrained(place)
        if card.size is not None:
            write_samples(facts, Path(place, SAMPLES), card.size)
        Path(place, README).write_text(write_card(card), encoding="utf-8")
        console.info(f"uploading {', '.join(model.networks)} to {config.repo_id}")
        url = upload(Path(place), config)
    seen = "for everybody" if config.public else "as it was; a new one is private"
    console.result(f"pushed to {url} ({seen})", url=url, repo_id=config.repo_id, networks=list(model.networks))


def measured(evaluation: Path, model: BlendGAN) -> Table:
    """The numbers of this very model; those of another one would mislead."""
    numbers = read(evaluation)
    hashes = {name: facts.get("weights_sha256") for name, facts in model.facts.items()}
    for known in numbers.models:
        networks = known.get("networks")
        if isinstance(networks, dict) and networks and networks.items() <= hashes.items():
            return table_of(str(known.get("model")), numbers.readings)
    raise UserError(f"{evaluation} measured other weights than these; run blendgan-eval on the model that you push")


def upload(folder: Path, config: PushConfig) -> str:
    """Upload `folder` as the model `config.repo_id`, private until it is complete, and give its address."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import (
        HfHubHTTPError,
        HFValidationError,
        LocalTokenNotFoundError,
        OfflineModeIsEnabled,
    )

    api = HfApi(library_name="aahq-blendgan")
    try:
        repository = api.create_repo(config.repo_id, private=True, exist_ok=True)
        api.upload_folder(
            repo_id=repository.repo_id,
            folder_path=folder,
            commit_message="Upload the model with its card",
            delete_patterns=STALE,
        )
        if config.public:
            api.update_repo_settings(repository.repo_id, private=False)
    except (LocalTokenNotFoundError, OfflineModeIsEnabled) as error:
        raise UserError(f"cannot reach the Hub as you ({error}); set HF_TOKEN or run `hf auth login`") from error
    except (HfHubHTTPError, HFValidationError) as error:
        reason = str(error).partition("\n")[0]
        raise UserError(f"the Hub refused {config.repo_id} ({reason}); run the same command again to go on") from error
    return str(repository)
