"""date, datetime and timedelta are kept to the microsecond, naive or in UTC."""

import datetime as dt
import zoneinfo

import pytest
from support import one_field, raises

from cslots import Struct

UTC = dt.timezone.utc
EAST = dt.timezone(dt.timedelta(hours=2))


class MyDate(dt.date):
    pass


class MyDatetime(dt.datetime):
    pass


class MyDelta(dt.timedelta):
    pass


DATES = [
    dt.date.min,
    dt.date(1, 1, 2),
    dt.date(1969, 12, 31),
    dt.date(1970, 1, 1),
    dt.date(2000, 2, 29),
    dt.date.max,
]
TIMES = [
    dt.datetime.min,
    dt.datetime(1, 1, 1, 0, 0, 0, 1),
    dt.datetime(1969, 12, 31, 23, 59, 59, 999999),
    dt.datetime(1970, 1, 1),
    dt.datetime(2024, 2, 29, 12, 30, 15, 123456),
    dt.datetime(2024, 10, 27, 2, 30, fold=1),
    dt.datetime.max,
]
DELTAS = [
    dt.timedelta(0),
    dt.timedelta(microseconds=1),
    dt.timedelta(microseconds=-1),
    dt.timedelta(days=1, seconds=86399, microseconds=999999),
    dt.timedelta(days=-100_000_000),
    dt.timedelta(days=100_000_000, microseconds=1),
    dt.timedelta.resolution,
]


@pytest.mark.parametrize("nullable", [False, True])
def test_a_date_comes_back_as_it_was(nullable):
    Box = one_field(dt.date | None if nullable else dt.date)
    box = Box(DATES[0])
    for value in DATES:
        assert Box(value).x == value
        box.x = value
        assert box.x == value
        assert type(box.x) is dt.date


def test_a_date_refuses_a_datetime():
    class Log(Struct):
        day: dt.date

    log = Log(dt.date(2024, 1, 2))
    with raises(
        TypeError, "Log.day: expected date (a datetime.date without time), got str '2024-01-02'"
    ):
        Log("2024-01-02")
    for value in (dt.datetime(2024, 1, 2), 5, None, dt.time(1)):
        with pytest.raises(
            TypeError, match=r"\ALog\.day: expected date \(a datetime\.date without time\), got "
        ):
            log.day = value
        assert log.day == dt.date(2024, 1, 2)


@pytest.mark.parametrize("nullable", [False, True])
@pytest.mark.parametrize("zone", [None, UTC])
def test_a_datetime_comes_back_as_it_was(zone, nullable):
    Box = one_field(dt.datetime | None if nullable else dt.datetime)
    box = Box(TIMES[0])
    for naive in TIMES:
        value = naive.replace(tzinfo=zone)
        box.x = value
        for read in (box.x, Box(value).x):
            assert read == value
            assert read.tzinfo is zone
            assert read.fold == value.fold
            assert type(read) is dt.datetime


def test_a_datetime_in_another_zone_is_refused_with_advice():
    class Log(Struct):
        at: dt.datetime

    log = Log(dt.datetime(2024, 1, 2))
    value = dt.datetime(2024, 1, 2, tzinfo=EAST)
    text = (
        f"Log.at: datetime with zone {EAST!r} cannot be kept; use .astimezone(timezone.utc), "
        "or a naive datetime"
    )
    with raises(ValueError, text):
        Log(value)
    with raises(ValueError, text):
        log.at = value
    assert log.at == dt.datetime(2024, 1, 2)
    log.at = value.astimezone(UTC)
    assert log.at == value


def test_a_datetime_refuses_what_is_none():
    Box = one_field(dt.datetime)
    for value in (dt.date(2024, 1, 2), "2024", 0, None):
        with pytest.raises(TypeError, match=r"\ABox\.x: expected datetime "):
            Box(value)


@pytest.mark.parametrize("nullable", [False, True])
def test_a_timedelta_comes_back_as_it_was(nullable):
    Box = one_field(dt.timedelta | None if nullable else dt.timedelta)
    box = Box(DELTAS[0])
    for value in DELTAS:
        assert Box(value).x == value
        box.x = value
        assert box.x == value
        assert type(box.x) is dt.timedelta


@pytest.mark.parametrize("value", [dt.timedelta.max, dt.timedelta.min])
def test_a_timedelta_beyond_eight_bytes_is_kept_or_refused_but_never_altered(value):
    Box = one_field(dt.timedelta)
    box = Box(dt.timedelta(1))
    try:
        box.x = value
    except OverflowError as error:
        assert str(error).startswith("Box.x: ")
        assert box.x == dt.timedelta(1)
    else:
        assert box.x == value


def test_the_edges_of_a_timedelta_are_exact():
    Box = one_field(dt.timedelta)
    step = dt.timedelta(microseconds=1)
    for edge in (2**63 - 1, -(2**63)):
        for distance in range(-2, 3):
            value = (edge + distance) * step
            try:
                read = Box(value).x
            except OverflowError:
                assert not -(2**63) <= edge + distance < 2**63
            else:
                assert read == value


def test_a_timedelta_refuses_what_is_none():
    Box = one_field(dt.timedelta)
    for value in (5, 1.5, "1 day", None, dt.time(1)):
        with pytest.raises(TypeError, match=r"\ABox\.x: expected timedelta "):
            Box(value)


def test_subclasses_become_the_plain_type():
    for annotation, value in (
        (dt.date, MyDate(2024, 1, 2)),
        (dt.datetime, MyDatetime(2024, 1, 2, 3, tzinfo=UTC)),
        (dt.timedelta, MyDelta(days=5)),
    ):
        read = one_field(annotation)(value).x
        assert read == value
        assert type(read) is annotation


def test_none_and_the_first_moment_are_told_apart():
    for annotation, zero in (
        (dt.date, dt.date.min),
        (dt.datetime, dt.datetime.min),
        (dt.timedelta, dt.timedelta(0)),
    ):
        Box = one_field(annotation | None)
        box = Box(zero)
        assert box.x == zero
        box.x = None
        assert box.x is None
        box.x = zero
        assert box.x == zero
        assert Box(None) != Box(zero)


class Odd(dt.tzinfo):
    def utcoffset(self, moment):
        return moment.utcoffset  # it knows moments only: None has none


def test_utc_is_utc_in_every_spelling():
    Event = one_field(dt.datetime)
    zones = [
        zoneinfo.ZoneInfo("UTC"),
        dt.timezone(dt.timedelta(0)),
        dt.timezone(dt.timedelta(0), "Z"),
    ]
    for zone in zones:
        moment = dt.datetime(2024, 1, 1, 13, 56, tzinfo=zone)
        kept = Event(moment).x
        assert (kept, kept.utcoffset(), kept.tzinfo) == (moment, dt.timedelta(0), dt.timezone.utc)


def test_a_zone_that_is_utc_at_times_is_refused():
    Event = one_field(dt.datetime)
    for zone in (zoneinfo.ZoneInfo("Europe/London"), dt.timezone(dt.timedelta(hours=1)), Odd()):
        with pytest.raises(
            ValueError,
            match=r"cannot be kept; use .astimezone\(timezone.utc\), or a naive datetime",
        ):
            Event(dt.datetime(2024, 1, 1, tzinfo=zone))
