"""`blendgan-generate sweep`: one face at every indicator i, from all style to natural."""

from blendgan.console import Console
from blendgan.inference.config import SweepConfig
from blendgan.inference.results import Results, results_in
from blendgan.inference.session import Session
from blendgan.inference.sheet import Sheet, tile_side


def run(config: SweepConfig, console: Console) -> None:
    """Rows are styles, their references at the left; column i keeps the first i layers natural."""
    session = Session(config, console)
    if config.dry_run:
        shape = f"{config.num_styles} x {session.settings.num_layers + 1}"
        console.result(f"would draw up to {shape} pictures into {config.out}")
        return
    with results_in(config.out, "sweep", console) as results:
        draw(session, config, results)


def draw(session: Session, config: SweepConfig, results: Results) -> None:
    """Draw the sheet and say so."""
    indicators = range(session.settings.num_layers + 1)
    face = session.some(session.faces(1))[0]
    styles = session.some(session.styles(config.num_styles))
    sheet = Sheet(len(styles), len(indicators) + 1, config.tile or tile_side(session.size))
    cells = [(row, i) for row in range(len(styles)) for i in indicators]
    latents = (session.blend(face, styles[row], indicator=i) for row, i in cells)
    with session.console.progress(len(cells), "picture") as progress:
        for (row, i), image in zip(cells, session.images(latents), strict=True):
            sheet.paste(row, i + 1, image)
            progress.advance()
    for row, style in enumerate(styles):
        sheet.paste(row, 0, session.picture(style))
    path = config.out / "sweep.png"
    results.save(sheet.canvas, path.name)
    session.report(
        f"drew {face.name} in {len(styles)} styles at indicators 0 to {indicators[-1]}: {path}",
        path=path,
        styles=len(styles),
        indicators=len(indicators),
    )
