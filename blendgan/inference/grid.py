"""`blendgan-generate grid`: every face in every style on one sheet."""

from blendgan.config import GridConfig
from blendgan.console import Console
from blendgan.errors import UserError
from blendgan.inference.session import Session
from blendgan.inference.sheet import Sheet, tile_side


def run(config: GridConfig, console: Console) -> None:
    """Rows are styles, their references at the left; columns are faces, natural ones on top."""
    session = Session(config, console)
    if config.dry_run:
        console.result(f"would draw up to {config.num_styles} x {config.num_faces} pictures into {config.out}")
        return
    faces, styles = list(session.faces(config.num_faces)), list(session.styles(config.num_styles))
    if not faces or not styles:
        raise UserError("none of the pictures could be used; see the reasons above")
    sheet = Sheet(len(styles) + 1, len(faces) + 1, config.tile or tile_side(session.size))
    cells = [(row, column) for row in range(len(styles) + 1) for column in range(len(faces))]
    latents = (session.blend(faces[column], styles[row - 1]) if row else faces[column].latent for row, column in cells)
    with console.progress(len(cells), "picture") as progress:
        for (row, column), image in zip(cells, session.images(latents), strict=True):
            sheet.paste(row, column + 1, image)
            progress.advance()
    for row, style in enumerate(styles, start=1):
        if style.picture is not None:
            sheet.paste(row, 0, style.picture)
    path = config.out / "grid.png"
    sheet.save(path)
    console.result(
        f"drew {len(faces)} faces in {len(styles)} styles with indicator {session.indicator}: {path}"
        + (f" ({session.left_out} files left out)" if session.left_out else ""),
        path=path,
        faces=len(faces),
        styles=len(styles),
        indicator=session.indicator,
        left_out=session.left_out,
    )
