"""Reports: a target is judged one way, what was not measured is said, quantiles flatter nobody."""

import msgspec
import pytest

from bench.__main__ import offered
from bench.report import Report, quantile, spread


@pytest.fixture
def report(capsys):
    return Report("evening", seed=7, quick=True)


def test_targets(report):
    assert report.add("push", "a", "p99", 100.0, "ms", at_most=100).ok is True
    assert report.add("push", "a", "p99", 100.1, "ms", at_most=100).ok is False
    assert report.add("commands", "a", "rate", 200.0, "1/s", at_least=200).ok is True
    assert report.add("commands", "a", "rate", 199.0, "1/s", at_least=200).ok is False
    assert report.add("commands", "a", "p50", 3.0, "ms").ok is None
    assert len(report.missed) == 2


def test_what_could_not_be_measured_is_a_row_and_no_miss(report):
    row = report.skip("tap", "A → B", "p95", "no Chromium", target="<= 100")
    assert (row.value, row.ok, row.note) == ("skipped", None, "no Chromium")
    assert not report.missed


def test_a_case_that_broke_off_is_a_miss(report):
    row = report.fail("tap", "the whole case", "the house closed")
    assert report.missed == [row]


def test_quantiles_are_measured_values():
    values = list(range(1, 101))
    assert [quantile(values, q) for q in (0.5, 0.95, 0.99, 1.0)] == [50, 95, 99, 100]
    assert quantile([5.0], 0.5) == 5.0
    assert quantile([1.0, 1000.0], 0.95) == 1000.0


def test_the_file_holds_what_a_reader_needs(report):
    spread(report, "push", "begun → frame", [1.0, 2.0, 300.0], "ms", p99=100)
    whole = msgspec.json.decode(report.as_json())
    assert {"bench", "seed", "commit", "quick", "machine", "rows"} <= set(whole)
    assert set(whole["rows"][0]) == {"case", "subject", "metric", "value", "unit", "target", "ok", "note"}
    assert [row["ok"] for row in whole["rows"]] == [None, None, False]


def test_only_benches_that_exist_are_offered():
    assert "evening" in offered()
