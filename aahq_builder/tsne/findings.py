"""What the clusters tell, in sentences and on disk: `clusters.parquet`, `alike.parquet`, `far.txt` beside the map."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from aahq_builder.tsne.gaps import SourceState, Supply, alike, far_faces, is_sparse, only_artist, supplies
from aahq_builder.tsne.shown import NO_CLUSTER, Cluster, MapFace
from aahq_builder.workdir import atomic_path, write_atomic

MOST_SAID = 8
"""Clusters that are named one by one; the table has all."""


@dataclass(frozen=True)
class Findings:
    """All that follows from the clusters of a map."""

    faces: Sequence[MapFace]
    clusters: Sequence[Cluster]
    supplies: Mapping[int, Sequence[Supply]]
    """Of each sparse cluster, by number: who could bring more."""
    artists: Mapping[int, str]
    """Of each cluster whose faces are nearly all by one artist, by number."""
    alike: Sequence[tuple[int, int, float]]
    """See `gaps.alike`."""
    far: Sequence[MapFace]


def find(
    faces: Sequence[MapFace],
    clusters: Sequence[Cluster],
    near: tuple[np.ndarray, np.ndarray],
    states: Mapping[str, SourceState],
) -> Findings:
    """Look for gaps and repetitions; `near` holds indices and distances of each face's nearest in style."""
    return Findings(
        faces,
        clusters,
        {cluster.number: supplies(cluster, states) for cluster in clusters if is_sparse(cluster, clusters)},
        {cluster.number: artist for cluster in clusters if (artist := only_artist(cluster))},
        alike(faces, *near),
        far_faces(faces),
    )


def write(folder: Path, found: Findings) -> None:
    """Write the three files; those of an earlier map are replaced, also by empty ones."""
    _write_clusters(folder / "clusters.parquet", found)
    _write_alike(folder / "alike.parquet", found)
    write_atomic(folder / "far.txt", "".join(f"{face.face_id}\n" for face in found.far).encode())


def _write_clusters(path: Path, found: Findings) -> None:
    """One row a cluster, the largest first; the scores' means are columns of their own."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    members: dict[int, list[str]] = {cluster.number: [] for cluster in found.clusters}
    for face in found.faces:
        if face.cluster != NO_CLUSTER:
            members[face.cluster].append(face.face_id)
    counted = pa.list_(pa.struct([("name", pa.string()), ("faces", pa.int64())]))
    supply = [("source", pa.string()), ("faces", pa.int64()), ("waiting", pa.int64()), ("expected", pa.float64())]
    columns = {
        "cluster": pa.array([each.number for each in found.clusters], pa.int64()),
        "num_faces": pa.array([each.size for each in found.clusters], pa.int64()),
        "medoid": pa.array([each.medoid for each in found.clusters], pa.string()),
        "artists": pa.array([_counted(each.artists) for each in found.clusters], counted),
        "sources": pa.array([_counted(each.sources) for each in found.clusters], counted),
        "only_artist": pa.array([found.artists.get(each.number) for each in found.clusters], pa.string()),
        "is_sparse": pa.array([each.number in found.supplies for each in found.clusters], pa.bool_()),
        "supplies": pa.array(
            [[asdict(one) for one in found.supplies.get(each.number, ())] for each in found.clusters],
            pa.list_(pa.struct([*supply, ("goes_on", pa.bool_())])),
        ),
        "faces": pa.array([members[each.number] for each in found.clusters], pa.list_(pa.string())),
    }
    for name in sorted({name for each in found.clusters for name in each.scores}):
        columns[f"mean_{name}"] = pa.array([each.scores.get(name) for each in found.clusters], pa.float64())
    with atomic_path(path) as temporary:
        pq.write_table(pa.table(columns), temporary)


def _counted(names: Sequence[tuple[str, int]]) -> list[dict[str, object]]:
    return [{"name": name, "faces": faces} for name, faces in names]


def _write_alike(path: Path, found: Findings) -> None:
    """One row a pair, the nearest first; the distance is a share of the usual one between a face and its nearest."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pairs = [(found.faces[first], found.faces[second], share) for first, second, share in found.alike]
    columns = {
        "first": pa.array([first.face_id for first, _, _ in pairs], pa.string()),
        "second": pa.array([second.face_id for _, second, _ in pairs], pa.string()),
        "artist": pa.array([first.artist for first, _, _ in pairs], pa.string()),
        "distance": pa.array([share for _, _, share in pairs], pa.float64()),
    }
    with atomic_path(path) as temporary:
        pq.write_table(pa.table(columns), temporary)


def in_words(found: Findings, smallest: int) -> list[str]:
    """What stands out, a sentence each, for the page and the console."""
    count = len(found.faces)
    if not found.clusters:
        return [f"No clusters of style were found among {_many(count, 'face')}; one has at least {smallest}."]
    held = sum(cluster.size for cluster in found.clusters)
    said = [f"{_many(len(found.clusters), 'cluster')} of style hold {held} of {count} faces."]
    if found.supplies:
        named = [cluster for cluster in found.clusters if cluster.number in found.supplies][-MOST_SAID:]
        styles = "; ".join(_sparse_in_words(cluster, found.supplies[cluster.number]) for cluster in reversed(named))
        said.append(f"{_many(len(found.supplies), 'style')} with few faces: {styles}.")
    if found.artists:
        said.append(f"{_many(len(found.artists), 'cluster')} nearly all of one artist: {_of_artists(found.artists)}.")
    if found.alike:
        said.append(f"{_many(len(found.alike), 'pair')} of one artist's faces nearly equal in style: alike.parquet.")
    if found.far:
        said.append(f"{_many(len(found.far), 'face')} far from every cluster, to be looked at: far.txt.")
    return said


def table_in_words(clusters: Sequence[Cluster]) -> list[str]:
    """The largest clusters, a line each, and how many more there are."""
    lines = [
        f"cluster {each.number}: {_many(each.size, 'face')}, {_first(each.artists)}, {_first(each.sources)}, "
        f"medoid {each.medoid}"
        for each in clusters[:MOST_SAID]
    ]
    more = len(clusters) - MOST_SAID
    return [*lines, f"{_many(more, 'smaller cluster')} in clusters.parquet"] if more > 0 else lines


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count != 1 else ''}"


def _first(names: Sequence[tuple[str, int]]) -> str:
    """The most frequent name, with its count, and how many others there are."""
    (name, count), *others = names
    return f"{name} {count}" + (f" and {len(others)} more" if others else "")


def _sparse_in_words(cluster: Cluster, supplies: Sequence[Supply]) -> str:
    """The style by its number, and who could fill it."""
    if not supplies:
        return f"cluster {cluster.number} ({cluster.size}; its sources are exhausted)"
    best = supplies[0]
    more = f"about {best.expected:.0f} more" if best.waiting else "more, for its listing goes on"
    return f"cluster {cluster.number} ({cluster.size}; {best.source} may bring {more})"


def _of_artists(artists: Mapping[int, str]) -> str:
    """Each artist once, with the numbers of his clusters; of many artists those with the most clusters."""
    numbers: dict[str, list[int]] = {}
    for number, artist in sorted(artists.items()):
        numbers.setdefault(artist, []).append(number)
    named = sorted(numbers.items(), key=lambda item: (-len(item[1]), item[0]))
    said = "; ".join(f"{artist} ({', '.join(map(str, held))})" for artist, held in named[:MOST_SAID])
    return said + (f"; and {len(named) - MOST_SAID} more artists" if len(named) > MOST_SAID else "")
