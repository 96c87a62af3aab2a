"""The commands `blendgan-*`: tables of sub-commands. Help comes from the configs, heavy imports wait."""

import sys

from blendgan.command import Command
from blendgan.command import main as run_program
from blendgan.command import run as run_command

GENERATE = {
    "pairs": Command(
        config="blendgan.inference.config:PairsConfig",
        stage="blendgan.inference.pairs:run",
        summary="Draw faces twice, natural and in a style, side by side.",
        example="blendgan-generate pairs --model models/blendgan --styles painting.jpg --count 20 --out pairs",
    ),
    "grid": Command(
        config="blendgan.inference.config:GridConfig",
        stage="blendgan.inference.grid:run",
        summary="Draw faces (columns) in styles (rows) on one sheet.",
        example="blendgan-generate grid --model runs/gan/final --styles paintings/ --out samples",
    ),
    "picture": Command(
        config="blendgan.inference.config:PictureConfig",
        stage="blendgan.inference.picture:run",
        summary="Draw one face in one style, or in a mix of two: natural, at the indicator, and all style.",
        example="blendgan-generate picture --model models/blendgan --seed 3 --styles painting.jpg --out picture",
    ),
    "sweep": Command(
        config="blendgan.inference.config:SweepConfig",
        stage="blendgan.inference.sweep:run",
        summary="Draw one face at every indicator, from all style to natural.",
        example="blendgan-generate sweep --model models/blendgan --styles paintings/ --out sweep",
    ),
    "transfer": Command(
        config="blendgan.inference.config:TransferConfig",
        stage="blendgan.inference.transfer:run",
        summary="Put every face of a folder into every style of a folder.",
        example="blendgan-generate transfer --model models/blendgan --faces aligned/ --styles paintings/ --out out",
    ),
    "video": Command(
        config="blendgan.inference.config:VideoConfig",
        stage="blendgan.inference.video:run",
        summary="Film a face as its style changes.",
        example="blendgan-generate video --model models/blendgan --styles paintings/ --seconds 20 --out video",
    ),
}

TRAIN = {
    "style-encoder": Command(
        config="blendgan.training.style_encoder.config:TrainStyleEncoderConfig",
        stage="blendgan.training.style_encoder.command:run",
        summary="Train the style encoder by contrast on artworks.",
        example="blendgan-train style-encoder --artworks aahq/ --out runs/style --preset tiny",
        presets="blendgan.training.presets:STYLE_ENCODER",
    ),
    "gan": Command(
        config="blendgan.training.gan.config:TrainGanConfig",
        stage="blendgan.training.gan.command:run",
        summary="Train the generator against three discriminators.",
        example="blendgan-train gan --faces ffhq/ --artworks aahq/ --style-encoder runs/style/final --out runs/gan",
        presets="blendgan.training.presets:GAN",
    ),
    "inversion": Command(
        config="blendgan.training.inversion.config:TrainInversionConfig",
        stage="blendgan.training.inversion.command:run",
        summary="Train the encoder that finds a photograph's face code.",
        example="blendgan-train inversion --faces ffhq/ --model runs/gan/final --out runs/inversion",
        presets="blendgan.training.presets:INVERSION",
    ),
    "finetune": Command(
        config="blendgan.training.gan.finetune_config:TrainFinetuneConfig",
        stage="blendgan.training.gan.finetune:run",
        summary="Specialise a model in the style of one picture.",
        example="blendgan-train finetune --model model/ --faces ffhq/ --reference style.png --out runs/style",
    ),
    "push": Command(
        config="blendgan.hub.config:PushConfig",
        stage="blendgan.hub.command:run",
        summary="Upload the model of a finished training to the Hugging Face Hub, with a card.",
        example="blendgan-train push runs/gan --repo-id me/portraits --evaluation evaluation",
    ),
}


CONVERT = Command(
    config="blendgan.checkpoints.config:ConvertConfig",
    stage="blendgan.checkpoints.convert:run",
    summary="Convert official checkpoints (BlendGAN, pSp, rosinality, StyleGAN2-ADA) to model folders, and back.",
    example="blendgan-convert blendgan.pt models/blendgan",
)

EVALUATE = Command(
    config="blendgan.evaluation.config:EvalConfig",
    stage="blendgan.evaluation.command:run",
    summary="Measure trained models among real pictures: FID, KID, precision, recall, diversity, identity and style.",
    example="blendgan-eval runs/gan/final --faces ffhq/ --artworks aahq/ --out evaluation",
)


def generate() -> None:
    """Entry point of `blendgan-generate`."""
    sys.exit(run_program("blendgan-generate", GENERATE, "Generate faces in artistic styles with a trained model."))


def train() -> None:
    """Entry point of `blendgan-train`."""
    sys.exit(run_program("blendgan-train", TRAIN, "Train BlendGAN, stage by stage."))


def convert() -> None:
    """Entry point of `blendgan-convert`."""
    sys.exit(run_command("blendgan-convert", CONVERT, sys.argv[1:]))


def evaluate() -> None:
    """Entry point of `blendgan-eval`."""
    sys.exit(run_command("blendgan-eval", EVALUATE, sys.argv[1:]))
