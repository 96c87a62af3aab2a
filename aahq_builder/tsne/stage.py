"""`aahq-build tsne`: measure the style of every kept face, lay the faces out, write the map in three forms."""

from dataclasses import replace
from math import isnan
from pathlib import Path

import numpy as np

from aahq_builder.build import Build, config_hash, open_build
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Face, MapPoint
from aahq_builder.thumbnails import thumbnail
from aahq_builder.tsne import findings, outputs, quality
from aahq_builder.tsne.cluster_table import describe_clusters
from aahq_builder.tsne.clusters import find_clusters, smallest_cluster
from aahq_builder.tsne.config import TsneConfig
from aahq_builder.tsne.features import StyleFeatures, open_style_features
from aahq_builder.tsne.gaps import SourceState
from aahq_builder.tsne.layout import Layout, LayoutSettings, continue_layout, lay_out_anew, load_layout
from aahq_builder.tsne.measure import measure_all
from aahq_builder.tsne.numbering import keep_numbers
from aahq_builder.tsne.project import (
    FEWEST_FOR_TSNE,
    PROJECT_VERSION,
    are_equal,
    nearest_neighbours,
    usable_perplexity,
)
from aahq_builder.tsne.shown import MapFace
from aahq_builder.tsne.store import FeatureStore
from blendgan.console import Console

NOTHING_TO_MAP = "the build has no kept faces; run aahq-build align, and aahq-build filter --report to see why"
KEPT = "rejected = '' AND path IS NOT NULL ORDER BY face_id"
OF_PRESENT_WORK = "artwork_id IN (SELECT artwork_id FROM artworks WHERE status = 'fetched') AND "


def run(config: TsneConfig, console: Console) -> None:
    """Map the kept faces of a build."""
    with open_build(config, console) as build:
        faces = list(build.journal.select(Face, OF_PRESENT_WORK + KEPT))[: config.limit]
        if config.dry_run:
            console.result(f"would map {len(faces)} faces", faces=len(faces))
            return
        measure = open_style_features(config.style_encoder, config.device, config.workers)
        console.info(measure.remark)
        store = FeatureStore(build.workdir, measure.name, measure.size, console.warn)
        measured = measure_all(build, faces, measure, store, config)
        if measured:
            _map(build, config, measured, measure, store)
        else:
            console.warn("no map was made: " + ("no face could be measured" if faces else NOTHING_TO_MAP))
        build.counts["mapped"] = len(measured)
        build.finish("mapped", len(faces), "face")


def _map(build: Build, config: TsneConfig, faces: list[Face], measure: StyleFeatures, store: FeatureStore) -> None:
    layout, how = _lay_out(build.workdir.map / "layout.npz", config, faces, measure, store)
    of_faces = "artwork_id IN (SELECT artwork_id FROM faces WHERE rejected = '')"
    artworks = {work.artwork_id: work for work in build.journal.select(Artwork, of_faces, columns=outputs.CREDITS)}
    pictures = [thumbnail(build.workdir, face.face_id, str(face.path)) for face in faces]
    shown = outputs.describe(build.journal, faces, artworks, layout.positions, pictures)
    near = nearest_neighbours(layout.points, quality.MANY)
    shown, medoids, numbers_given = _in_clusters(build.workdir.map / "map.parquet", shown, layout.points, near)
    found = findings.find(shown, describe_clusters(shown, medoids), near, _source_states(build.journal))
    judged = quality.judge(layout.points, layout.positions, near[0], layout.kl_divergence, config.seed)
    remarks = [
        measure.remark,
        how,
        *quality.in_words(judged, len(faces), config.perplexity),
        *findings.in_words(found, smallest_cluster(len(faces))),
    ]
    for sentence in [*remarks[1:], *findings.table_in_words(found.clusters)]:
        build.console.info(sentence)
    # the table first and the page last: one of them names whatever a killed run has written in between
    outputs.write_table(
        build.workdir.map / "map.parquet", shown, near, remarks, quality=judged, numbers_given=numbers_given
    )
    findings.write(build.workdir.map, found)
    outputs.write_picture(build.workdir.map / "map.png", shown, remarks, config.seed)
    outputs.write_page(build.workdir.map / "map.html", shown, remarks, found.clusters)
    layout.save(build.workdir.map / "layout.npz")
    version = f"{PROJECT_VERSION}-{layout.key}"
    points = [MapPoint(face_id=face.face_id, x=face.x, y=face.y, version=version) for face in shown]
    with build.journal.transaction():
        build.journal.execute(f"DELETE FROM {MapPoint.table}")
        build.journal.insert(points)


def _in_clusters(
    earlier_table: Path, faces: list[MapFace], points: np.ndarray, near: tuple[np.ndarray, np.ndarray]
) -> tuple[list[MapFace], dict[int, str], int]:
    """The faces with their clusters, the medoid of each number, and how many numbers have been given by now."""
    clusters = find_clusters(points, *near)
    earlier, given = outputs.read_numbers(earlier_table)
    numbers, given = keep_numbers(clusters.labels, [face.face_id for face in faces], earlier, given)
    medoids = {int(numbers[index]): faces[index].face_id for index in clusters.medoids}
    each = zip(faces, numbers.tolist(), clusters.distances.tolist(), strict=True)
    shown = [replace(face, cluster=number, distance=None if isnan(far) else far) for face, number, far in each]
    return shown, medoids, given


def _source_states(journal: Journal) -> dict[str, SourceState]:
    """What every source of the build has given and may still give."""
    sql = "SELECT source, sum(status = 'fetched'), sum(status = 'found') FROM artworks GROUP BY source"
    unread = journal.execute("SELECT listing FROM cursors WHERE NOT finished")
    going_on = {listing.partition(":")[0] for (listing,) in unread}
    return {name: SourceState(got, waits, name in going_on) for name, got, waits in journal.execute(sql)}


def _lay_out(
    path: Path, config: TsneConfig, faces: list[Face], measure: StyleFeatures, store: FeatureStore
) -> tuple[Layout, str]:
    """The map, and in one sentence how it came about."""
    face_ids = [face.face_id for face in faces]
    shaping = {"features": measure.name, "components": config.components, "perplexity": config.perplexity}
    key = config_hash(version=PROJECT_VERSION, seed=config.seed, **shaping)
    how = config.components, config.perplexity, config.seed, config.workers
    settings = LayoutSettings(key, measure.block_sizes, *how)
    old = None if config.fresh else load_layout(path)
    continued = continue_layout(old, face_ids, store.read, settings) if old else None
    shaped = f" Settings: perplexity {config.perplexity:g}, {{}} principal components, seed {config.seed}."
    if old and continued:
        new = len(set(face_ids) - set(old.face_ids))
        kept = f"{len(faces) - new} faces keep their place on the earlier map, {new} were added to it."
        return continued, kept + shaped.format(continued.points.shape[1])
    layout = lay_out_anew(face_ids, store.read, settings)
    return layout, _in_words(config.perplexity, layout.points) + shaped.format(layout.points.shape[1])


def _in_words(perplexity: float, points: np.ndarray) -> str:
    count = len(points)
    if count == 1:
        return "The map shows one face."
    if are_equal(points):
        return f"{count} faces have the same style features, so they share one place on the map."
    if count < FEWEST_FOR_TSNE:
        return f"{count} faces are too few for t-SNE: the map shows their first two principal components."
    used = usable_perplexity(perplexity, count)
    lowered = f", lowered from {perplexity:g} because there are few faces" if used < perplexity else ""
    return f"{count} faces were laid out by t-SNE with perplexity {used:.3g}{lowered}."
