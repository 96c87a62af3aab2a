"""The review page at 100,000 faces: time from the key to the next picture, against the goal of 100 ms on loopback.

The real command serves a build of 100,000 rows over one drawn picture; requests are those that the page makes.
Run: python -m benchmarks.review
"""

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil

from aahq_builder.journal import Journal
from aahq_builder.tsne.layout import Layout
from aahq_builder.tsne.project import Reduction
from aahq_builder.workdir import WorkDir
from tests.large_build import make_large_build
from tests.review_server import ReviewServer, review_server

FACES, REPEATS = 100_000, 50
CHOSEN, COMPONENTS = 5_000, 50
"""Faces in a lasso; components of style on the map."""
GOAL_MS = 100.0


def timed(action: Callable[[], object], repeats: int = REPEATS) -> list[float]:
    """Milliseconds of each repeat."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        action()
        times.append(1000 * (time.perf_counter() - began))
    return times


def map_of(folder: Path) -> None:
    """Random styles for all faces."""
    with Journal(folder / "aahq.sqlite") as journal:
        face_ids = [face_id for (face_id,) in journal.execute("SELECT face_id FROM faces ORDER BY face_id")]
    points = np.random.default_rng(0).normal(size=(len(face_ids), COMPONENTS))
    reduction = Reduction(np.zeros(COMPONENTS), np.ones(COMPONENTS), np.eye(COMPONENTS))
    Layout("random", face_ids, reduction, points, points[:, :2]).save(WorkDir(folder).map / "layout.npz")


def measure_map(server: ReviewServer) -> dict[str, list[float]]:
    """What a curator waits for who works from the map: faces of a style, a lasso, a decision about it, its undo."""
    client = server.session()
    read = lambda path, **parameters: client.get(server.base + path, params=parameters, timeout=60).json()  # noqa: E731
    write = lambda path, body: client.post(server.base + path, json=body, timeout=60).json()  # noqa: E731
    key = read("/api/queue", order="id")["key"]
    parts = [read(f"/api/queue/{key}", offset=start, limit=500) for start in range(0, CHOSEN, 500)]
    chosen = [card["face_id"] for part in parts for card in part]

    def lasso() -> str:
        group = write("/api/groups", {"face_ids": chosen})
        return str(read("/api/queue", among=group["key"])["key"])

    times = {
        "near_in_style": timed(lambda: read("/api/queue", order="near", near=chosen[0]), 10),
        "lasso": timed(lasso, 10),
        "reject_lassoed_cpu": [],
        "undo_lassoed_cpu": [],
    }
    for _ in range(3):
        reject = {"queue": lasso(), "decision": "reject"}
        times["reject_lassoed_cpu"].append(processor_time(server, lambda body=reject: write("/api/decisions", body)))
        times["undo_lassoed_cpu"].append(processor_time(server, lambda: write("/api/undo", {})))
    return times


def processor_time(server: ReviewServer, action: Callable[[], object]) -> float:
    """Milliseconds that the server works for it: those that pass, where no other program runs."""
    process = psutil.Process(server.process.pid)
    before = process.cpu_times()
    action()
    after = process.cpu_times()
    return 1000 * (after.user + after.system - before.user - before.system)


def measure(server: ReviewServer) -> dict[str, list[float]]:
    """What a curator waits for."""
    client = server.session()
    read = lambda path, **parameters: client.get(server.base + path, params=parameters, timeout=60)  # noqa: E731
    write = lambda path, body: client.post(server.base + path, json=body, timeout=60)  # noqa: E731
    queue = read("/api/queue", order="worst").json()
    offsets = iter(np.random.default_rng(0).integers(0, FACES - 200, 10 * REPEATS).tolist())
    cards = read(f"/api/queue/{queue['key']}", offset=0, limit=200).json()
    faces = iter(card["face_id"] for card in cards * 2)

    def next_picture() -> None:
        face_id = next(faces)
        write("/api/decisions", {"face_ids": [face_id], "decision": "keep"})
        read(f"/api/faces/{face_id}")
        read(f"/images/face/{face_id}")

    points = read(f"/api/faces/{cards[0]['face_id']}").json()["points"]
    preview = {"face_id": cards[0]["face_id"], "points": points}
    return {
        "decide_and_next_picture": timed(next_picture),
        "scroll_200_cards": timed(lambda: read(f"/api/queue/{queue['key']}", offset=next(offsets), limit=200)),
        "new_queue": timed(lambda: read("/api/queue", order="worst", text="portrait"), 10),
        "landmark_preview": timed(lambda: write("/api/preview", preview)),
    }


def main() -> None:
    """Print medians and the slowest of twenty."""
    with tempfile.TemporaryDirectory() as folder:
        make_large_build(Path(folder), FACES)
        map_of(Path(folder))
        began = time.perf_counter()
        with review_server(Path(folder)) as server:
            started_s = time.perf_counter() - began
            times = measure(server) | measure_map(server)
    for name, values in times.items():
        median, slow = np.percentile(values, [50, 95])
        print(f"{name:<26} median {median:6.1f} ms, 95 % below {slow:6.1f} ms")
    slow = float(np.percentile(times["decide_and_next_picture"], 95))
    print(
        json.dumps(
            {
                "benchmark": "review",
                "compares": f"decision, details and next picture (95th percentile) with the goal of {GOAL_MS:.0f} ms",
                "faces": FACES,
                "lassoed": CHOSEN,
                "start_s": round(started_s, 1),
                **{f"{name}_ms": round(float(np.median(values)), 1) for name, values in times.items()},
                "next_picture_p95_ms": round(slow, 1),
                "goal_over_measured": round(GOAL_MS / slow, 2),
            }
        )
    )


if __name__ == "__main__":
    main()
