"""The order of pictures, with a clock that the test turns and rows that lie in a dictionary."""

from collections import Counter, deque

from aahq_builder.crawl.scheduler import MAX_PAUSED, HostPlan, Scheduler
from aahq_builder.records import Artwork


class Rows:
    """What waits, and when each host may be asked: what the journal and the client answer in a crawl."""

    def __init__(self, **counts: int) -> None:
        self.rows = {host: deque(artwork(number, host) for number in range(count)) for host, count in counts.items()}
        self.starts: dict[str, float | None] = {}
        self.questions = 0

    def draw(self, host: str) -> Artwork | None:
        self.questions += 1
        return self.rows[host].popleft() if self.rows[host] else None

    def next_start(self, host: str, now: float) -> float | None:
        self.questions += 1
        start = self.starts.get(host, now)
        return None if start is None else max(start, now)

    def scheduler(self, plan: HostPlan | None = None) -> Scheduler[str]:
        scheduler: Scheduler[str] = Scheduler(self.draw, self.next_start)
        for host in self.rows:
            scheduler.wake(host, plan or HostPlan(max_in_flight=9), 0.0)
        return scheduler


def artwork(number: int, host: str) -> Artwork:
    return Artwork(artwork_id=f"met-{host}-{number}", source="met", host=host)


def begun(scheduler: Scheduler[str], now: float) -> list[str]:
    """The hosts of all pictures that may be begun now, in order."""
    return [each.host or "" for each in iter(lambda: scheduler.begin(now), None)]


def test_hosts_take_turns() -> None:
    assert begun(Rows(a=3, b=3).scheduler(), 0.0) == ["a", "b"] * 3


def test_a_slow_host_does_not_hold_up_the_others() -> None:
    scheduler = Rows(slow=5, other=1).scheduler(HostPlan(9, interval_s=1.0))
    assert sorted(begun(scheduler, 0.0)) == ["other", "slow"]
    assert begun(scheduler, 0.5) == []
    assert begun(scheduler, 1.0) == ["slow"]


def test_a_host_is_begun_when_the_client_lets_it_and_not_before() -> None:
    rows = Rows(a=2, b=1)
    rows.starts["a"] = 5.0
    scheduler = rows.scheduler()
    assert begun(scheduler, 0.0) == ["b"]
    assert scheduler.wait_s(4.9) < 0.11
    assert begun(scheduler, 4.9) == []
    assert begun(scheduler, 5.0) == ["a", "a"]


def test_no_host_has_more_in_flight_than_its_plan_allows() -> None:
    scheduler = Rows(a=5).scheduler(HostPlan(max_in_flight=2))
    assert begun(scheduler, 0.0) == ["a", "a"]
    scheduler.finished("a", 1.0)
    assert begun(scheduler, 1.0) == ["a"]


def test_a_paused_picture_goes_on_at_its_time_and_counts_as_in_flight() -> None:
    scheduler = Rows(a=2).scheduler(HostPlan(max_in_flight=1))
    assert begun(scheduler, 0.0) == ["a"]
    scheduler.pause("work", until=3.0)
    assert scheduler.resume(2.9) is None
    assert begun(scheduler, 2.9) == []
    assert scheduler.resume(3.0) == "work"
    assert not scheduler.is_idle()


def test_a_host_that_is_given_up_is_not_drawn_from_and_leaves_the_scheduler_idle() -> None:
    rows = Rows(a=3)
    rows.starts["a"] = None
    scheduler = rows.scheduler()
    assert begun(scheduler, 0.0) == []
    assert scheduler.is_idle()
    assert len(rows.rows["a"]) == 3


def test_rows_that_come_later_wake_their_host_again() -> None:
    rows = Rows(a=1)
    scheduler = rows.scheduler()
    assert begun(scheduler, 0.0) == ["a"]
    scheduler.finished("a", 1.0)
    assert begun(scheduler, 1.0) == []
    assert scheduler.is_idle()
    rows.rows["a"].append(artwork(9, "a"))
    scheduler.wake("a", HostPlan(9), 2.0)
    assert begun(scheduler, 2.0) == ["a"]


def test_memory_is_bounded_where_everything_has_to_wait() -> None:
    rows = Rows(a=2 * MAX_PAUSED)
    scheduler = rows.scheduler(HostPlan(max_in_flight=10 * MAX_PAUSED))
    while (each := scheduler.begin(0.0)) is not None:
        scheduler.pause(each.artwork_id, until=9.0)
    assert scheduler.in_flight == MAX_PAUSED
    assert len(rows.rows["a"]) == MAX_PAUSED


def test_a_picture_costs_the_same_few_questions_whatever_the_number_of_hosts() -> None:
    for num_hosts in (10, 1000):
        rows = Rows(**{f"host{number}": 3 for number in range(num_hosts)})
        scheduler = rows.scheduler(HostPlan(9, interval_s=1.0))
        started = Counter(host for now in range(3) for host in begun(scheduler, float(now)))
        assert set(started.values()) == {3}
        assert rows.questions <= 2 * 3 * num_hosts
