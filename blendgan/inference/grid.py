"""`blendgan-generate grid`: every face in every style on one sheet (figures 6 and 7 of the supplementary material)."""

from blendgan.console import Console
from blendgan.inference.config import GridConfig
from blendgan.inference.results import Results, results_in
from blendgan.inference.session import Session
from blendgan.inference.sheet import Sheet, tile_side


def run(config: GridConfig, console: Console) -> None:
    """Rows are styles, their references at the left; columns are faces, natural ones on top."""
    session = Session(config, console)
    if config.dry_run:
        console.result(f"would draw up to {config.num_styles} x {config.num_faces} pictures into {config.out}")
        return
    with results_in(config.out, "grid", console) as results:
        draw(session, config, results)


def draw(session: Session, config: GridConfig, results: Results) -> None:
    """Draw the sheet and say so."""
    faces = session.some(session.faces(config.num_faces))
    styles = session.some(session.styles(config.num_styles))
    sheet = Sheet(len(styles) + 1, len(faces) + 1, config.tile or tile_side(session.size))
    cells = [(row, column) for row in range(len(styles) + 1) for column in range(len(faces))]
    latents = (session.blend(faces[column], styles[row - 1]) if row else faces[column].latent for row, column in cells)
    with session.console.progress(len(cells), "picture") as progress:
        for (row, column), image in zip(cells, session.images(latents), strict=True):
            sheet.paste(row, column + 1, image)
            progress.advance()
    for row, style in enumerate(styles, start=1):
        sheet.paste(row, 0, session.picture(style))
    path = config.out / "grid.png"
    results.save(sheet.canvas, path.name)
    session.report(
        f"drew {len(faces)} faces in {len(styles)} styles with indicator {session.indicator}: {path}",
        path=path,
        faces=len(faces),
        styles=len(styles),
        indicator=session.indicator,
    )
