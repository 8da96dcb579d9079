"""By when an invoice must be sent: the examples of the law's sources, one by one, and rules that
hold for all days."""

import datetime
from datetime import date, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksef import deadlines
from ksef.deadlines import Acceptance, Mode, Outage, OutageKind

WARSAW = ZoneInfo("Europe/Warsaw")
ONLINE, OFFLINE24, OFFLINE, EMERGENCY, TOTAL = Mode
WEEKEND = (5, 6)


def day(text: str) -> date:
    return date.fromisoformat(text)


def at(text: str) -> datetime.datetime:
    """A moment by Warsaw's clocks."""
    return datetime.datetime.fromisoformat(text).replace(tzinfo=WARSAW)


def when(text: str | None) -> date | None:
    """A day or a moment, by how it is written."""
    return None if text is None else at(text) if " " in text else day(text)


def outage(kind: str, start: str, end: str | None = None, announced: str | None = None) -> Outage:
    return Outage(OutageKind(kind), when(start), when(end), when(announced), f"K/{kind}/{start}")


def failure(*when: str | None) -> Outage:
    return outage("FAILURE", *when)


def maintenance(*when: str | None) -> Outage:
    return outage("MAINTENANCE", *when)


def total(*when: str | None) -> Outage:
    return outage("TOTAL_FAILURE", *when)


def observed(*when: str | None) -> Outage:
    return outage("OBSERVED", *when)


# --- business days


@pytest.mark.parametrize(
    ("year", "sunday"),
    [
        (1954, "04-18"),  # the two corrections of the epact
        (1981, "04-19"),
        (2008, "03-23"),
        (2011, "04-24"),
        (2024, "03-31"),
        (2025, "04-20"),
        (2026, "04-05"),
        (2027, "03-28"),
        (2030, "04-21"),
        (2038, "04-25"),
        (2049, "04-18"),
        (2285, "03-22"),
    ],
)
def test_easter(year, sunday):
    assert deadlines.easter(year) == day(f"{year}-{sunday}")


@given(st.integers(1583, 9998))
def test_easter_is_a_sunday_between_22_march_and_25_april(year):
    easter = deadlines.easter(year)
    assert easter.weekday() == 6
    assert date(year, 3, 22) <= easter <= date(year, 4, 25)


def test_the_holidays_of_2026():
    found = " ".join(f"{one:%m-%d}" for one in sorted(deadlines.holidays(2026)))
    assert found == (
        "01-01 01-06 04-05 04-06 05-01 05-03 05-24 06-04 08-15 11-01 11-11 12-24 12-25 12-26"
    )


def test_christmas_eve_is_free_since_2025():
    assert date(2024, 12, 24) not in deadlines.holidays(2024)
    assert date(2025, 12, 24) in deadlines.holidays(2025)
    assert len(deadlines.holidays(2024)) == 13


@pytest.mark.parametrize(
    ("after", "following"),
    [
        ("2025-07-08", "2025-07-09"),  # the Ministry's example begins so
        ("2026-12-23", "2026-12-28"),  # Christmas Eve, Christmas, Saturday, Sunday
        ("2026-12-31", "2027-01-04"),
        ("2026-04-03", "2026-04-07"),  # Good Friday is a business day, Easter Monday none
        ("2026-04-02", "2026-04-03"),
        ("2026-11-20", "2026-11-23"),  # Friday
        ("2026-11-21", "2026-11-23"),
        ("2026-11-22", "2026-11-23"),
        ("2026-06-03", "2026-06-05"),  # Corpus Christi
        ("2026-01-05", "2026-01-07"),  # Epiphany
        ("2026-04-30", "2026-05-04"),  # 1 May is a Friday, 3 May a Sunday
        ("2026-11-10", "2026-11-12"),
        ("2026-08-14", "2026-08-17"),  # 15 August is a Saturday
        ("2024-12-23", "2024-12-24"),
        ("2025-12-23", "2025-12-29"),
        ("2027-12-31", "2028-01-03"),
        ("2028-02-28", "2028-02-29"),
    ],
)
def test_the_next_business_day(after, following):
    assert deadlines.next_business_day(day(after)) == day(following)


@pytest.mark.parametrize(
    ("after", "following"),
    [
        ("2026-11-20", "2026-11-21"),
        ("2026-11-21", "2026-11-23"),
        ("2026-08-14", "2026-08-17"),  # a Saturday that is a holiday
        ("2026-12-23", "2026-12-28"),
        ("2026-12-31", "2027-01-02"),
    ],
)
def test_the_next_business_day_when_saturdays_count(after, following):
    assert deadlines.next_business_day(day(after), saturday_counts=True) == day(following)


@pytest.mark.parametrize(
    ("after", "count", "saturday_counts", "result"),
    [
        ("2025-07-12", 7, False, "2025-07-22"),  # guide, tryby-offline.md
        ("2025-07-12", 7, True, "2025-07-21"),
        ("2026-12-18", 7, False, "2026-12-31"),
        ("2026-12-23", 7, False, "2027-01-07"),
        ("2026-03-31", 7, False, "2026-04-10"),
        ("2026-11-20", 1, False, "2026-11-23"),
    ],
)
def test_counting_business_days(after, count, saturday_counts, result):
    counted = deadlines.add_business_days(day(after), count, saturday_counts)
    assert counted == day(result)


@pytest.mark.parametrize("count", [0, -1])
def test_days_are_counted_from_one(count):
    with pytest.raises(ValueError, match="from 1"):
        deadlines.add_business_days(day("2026-11-20"), count)


@pytest.mark.parametrize(
    ("moment", "warsaw"),
    [
        ("2026-11-19T22:59:59+00:00", "2026-11-19"),
        ("2026-11-19T23:00:00+00:00", "2026-11-20"),  # winter: UTC+1
        ("2026-07-19T21:59:59+00:00", "2026-07-19"),
        ("2026-07-19T22:00:00+00:00", "2026-07-20"),  # summer: UTC+2
        ("2026-11-20T00:30:00+14:00", "2026-11-19"),
        ("2026-03-28T23:00:00+00:00", "2026-03-29"),  # the day that lacks an hour
        ("2026-03-29T21:59:59+00:00", "2026-03-29"),
        ("2026-03-29T22:00:00+00:00", "2026-03-30"),
        ("2026-10-24T22:00:00+00:00", "2026-10-25"),  # the day with an hour twice
        ("2026-10-25T22:59:59+00:00", "2026-10-25"),
        ("2026-10-25T23:00:00+00:00", "2026-10-26"),
    ],
)
def test_days_are_those_of_warsaw(moment, warsaw):
    moment = datetime.datetime.fromisoformat(moment)
    assert deadlines.warsaw_day(moment) == day(warsaw)
    expected = deadlines.next_business_day(day(warsaw))
    assert deadlines.next_business_day(moment) == expected
    assert deadlines.deadline(OFFLINE24, moment).day == expected
    assert deadlines.is_business_day(moment) == deadlines.is_business_day(day(warsaw))


def test_a_moment_needs_a_zone():
    naive = datetime.datetime(2026, 11, 20, 12)
    for call in (
        lambda: deadlines.warsaw_day(naive),
        lambda: deadlines.next_business_day(naive),
        lambda: deadlines.deadline(OFFLINE24, naive),
        lambda: deadlines.accepted_as(naive, date(2026, 11, 20)),
        lambda: deadlines.announced_mode(naive, []),
        lambda: Outage(OutageKind.FAILURE, naive, date(2026, 11, 21)),
        lambda: Outage(OutageKind.FAILURE, date(2026, 11, 20), announced=naive),
    ):
        with pytest.raises(ValueError, match="time zone"):
            call()


def test_an_outage_does_not_end_before_it_starts():
    with pytest.raises(ValueError, match="before it starts"):
        failure("2026-11-20", "2026-11-19")
    assert failure("2026-11-20", "2026-11-20")
    # the second 2:30 of the night is later than the first, though the clocks say the same
    twice = at("2026-10-25 02:30")
    assert Outage(OutageKind.FAILURE, twice, twice.replace(fold=1))
    with pytest.raises(ValueError, match="before it starts"):
        Outage(OutageKind.FAILURE, twice.replace(fold=1), twice)


# --- deadlines

CASES = [
    # guide, tryby-offline.md: the worked example, step by step
    ("offline24", "2025-07-08", [], "2025-07-09"),
    ("offline24", "2025-07-08", [failure("2025-07-09")], None),
    ("offline24", "2025-07-08", [failure("2025-07-09", "2025-07-12")], "2025-07-22"),
    (
        "offline24",
        "2025-07-08",
        [failure("2025-07-09 09:00", "2025-07-12 15:00", "2025-07-09 10:00")],
        "2025-07-22",
    ),
    # art. 106nda ust. 2
    ("offline24", "2026-12-23", [], "2026-12-28"),
    ("offline24", "2026-12-31", [], "2027-01-04"),
    ("offline24", "2026-04-03", [], "2026-04-07"),
    ("offline24", "2026-11-21", [], "2026-11-23"),
    ("offline24", "2026-11-20 23:59", [], "2026-11-23"),
    # art. 106nda ust. 16: online is the day itself, holiday or not, whatever is announced
    ("online", "2026-11-20", [], "2026-11-20"),
    ("online", "2026-11-22", [], "2026-11-22"),
    ("online", "2026-11-20", [failure("2026-11-20"), total("2026-11-20")], "2026-11-20"),
    # art. 106nha: a failure announced in the window, on its last day too
    ("offline24", "2026-11-16", [failure("2026-11-17 23:50", "2026-11-18 02:00")], "2026-11-27"),
    ("offline24", "2026-11-16", [failure("2026-11-18 00:00", "2026-11-18 02:00")], "2026-11-17"),
    ("offline24", "2026-11-20", [failure("2026-11-22 10:00", "2026-11-22 12:00")], "2026-12-01"),
    # … that was over in the moment it began
    ("offline24", "2026-11-16", [failure("2026-11-17 00:00", "2026-11-17 00:00")], "2026-11-26"),
    # … by its announcement, not by its beginning
    (
        "offline24",
        "2026-11-16",
        [failure("2026-11-17 20:00", "2026-11-18 02:00", "2026-11-18 01:00")],
        "2026-11-17",
    ),
    (
        "offline24",
        "2026-11-16 12:00",
        [failure("2026-11-16 08:00", "2026-11-16 11:00", "2026-11-16 13:00")],
        "2026-11-25",
    ),
    # … not one that was over before the invoice was issued
    ("offline24", "2026-11-16", [failure("2026-11-13", "2026-11-15")], "2026-11-17"),
    (
        "offline24",
        "2026-11-16 12:00",
        [failure("2026-11-16 08:00", "2026-11-16 11:00")],
        "2026-11-17",
    ),
    (
        "offline24",
        "2026-11-16 10:00",
        [failure("2026-11-16 10:30", "2026-11-16 11:00")],
        "2026-11-25",
    ),
    # … of a day alone one does not know which came first: the earlier day is safe
    ("offline24", "2026-11-16", [failure("2026-11-16 10:00", "2026-11-16 11:00")], "2026-11-17"),
    ("offline24", "2026-11-16", [failure("2026-11-16 10:00", "2026-11-17 01:00")], "2026-11-26"),
    # issued offline24 while a failure ran is art. 106nf in truth
    ("offline24", "2026-11-16", [failure("2026-11-13", "2026-11-17")], "2026-11-26"),
    ("offline24", "2026-11-16", [failure("2026-11-13")], None),
    # art. 106nf ust. 5: every further failure announced in time counts anew
    (
        "offline24",
        "2026-11-16",
        [failure("2026-11-17", "2026-11-17"), failure("2026-11-26", "2026-11-27")],
        "2026-12-08",
    ),
    (
        "offline24",
        "2026-11-16",
        [failure("2026-11-17", "2026-11-17"), failure("2026-11-27", "2026-11-27")],
        "2026-11-26",
    ),
    (
        "offline24",
        "2026-11-16",
        [failure("2026-11-17", "2026-11-17"), failure("2026-11-26")],
        None,
    ),
    (  # given in any order, and one twice
        "offline24",
        "2026-11-16",
        [
            failure("2026-12-08", "2026-12-08"),
            failure("2026-11-26", "2026-11-27"),
            failure("2026-11-17", "2026-11-17"),
            failure("2026-11-26", "2026-11-27"),
        ],
        "2026-12-17",
    ),
    (  # one inside another changes nothing
        "offline24",
        "2026-11-16",
        [failure("2026-11-17", "2026-11-20"), failure("2026-11-18", "2026-11-19")],
        "2026-12-01",
    ),
    (  # while the first goes on, the end of another gives no day
        "offline24",
        "2026-11-16",
        [failure("2026-11-17"), failure("2026-11-18", "2026-11-19")],
        None,
    ),
    # unavailability counts for what was issued during it, and moves nothing else
    ("offline24", "2026-11-20", [maintenance("2026-11-22", "2026-11-24")], "2026-11-23"),
    ("offline24", "2026-11-16", [maintenance("2026-11-14", "2026-11-18")], "2026-11-19"),
    (
        "offline24",
        "2026-11-16 12:00",
        [maintenance("2026-11-16 08:00", "2026-11-17 20:00")],
        "2026-11-18",
    ),
    # … of the day alone it is not known
    (
        "offline24",
        "2026-11-16",
        [maintenance("2026-11-16 08:00", "2026-11-17 20:00")],
        "2026-11-17",
    ),
    # art. 106nh ust. 2
    ("offline", "2026-11-14", [maintenance("2026-11-14 08:00", "2026-11-15 20:00")], "2026-11-16"),
    ("offline", "2026-11-16", [maintenance("2026-11-16 08:00", "2026-11-17 20:00")], "2026-11-18"),
    ("offline", "2026-11-19", [maintenance("2026-11-19", "2026-11-20")], "2026-11-23"),
    ("offline", "2026-12-22", [maintenance("2026-12-22", "2026-12-23")], "2026-12-28"),
    ("offline", "2026-11-16", [maintenance("2026-11-16 08:00")], None),
    # … what ends at midnight has ended the day before
    ("offline", "2026-11-16", [maintenance("2026-11-16 08:00", "2026-11-17 00:00")], "2026-11-17"),
    # … of two on one day, the one that ended first
    (
        "offline",
        "2026-11-16",
        [
            maintenance("2026-11-16 22:00", "2026-11-17 04:00"),
            maintenance("2026-11-16 06:00", "2026-11-16 08:00"),
        ],
        "2026-11-17",
    ),
    (
        "offline",
        "2026-11-16 23:00",
        [
            maintenance("2026-11-16 22:00", "2026-11-17 04:00"),
            maintenance("2026-11-16 06:00", "2026-11-16 08:00"),
        ],
        "2026-11-18",
    ),
    # … without an announcement it is the taxpayer's own choice
    ("offline", "2026-11-16", [], "2026-11-17"),
    ("offline", "2026-11-16", [maintenance("2026-11-17", "2026-11-18")], "2026-11-17"),
    ("offline", "2026-11-16", [maintenance("2026-11-14", "2026-11-15")], "2026-11-17"),
    # art. 106nh ust. 3 pkt 1
    (
        "offline",
        "2026-11-16",
        [maintenance("2026-11-16", "2026-11-17"), failure("2026-11-18", "2026-11-19")],
        "2026-11-30",
    ),
    (
        "offline",
        "2026-11-16",
        [maintenance("2026-11-16", "2026-11-17"), failure("2026-11-19", "2026-11-20")],
        "2026-11-18",
    ),
    (
        "offline",
        "2026-11-16",
        [
            maintenance("2026-11-16", "2026-11-17"),
            failure("2026-11-18", "2026-11-19"),
            failure("2026-11-30", "2026-12-01"),
        ],
        "2026-12-10",
    ),
    # art. 106nf ust. 4
    ("emergency", "2026-11-16", [failure("2026-11-16", "2026-11-16")], "2026-11-25"),
    ("emergency", "2026-11-16", [failure("2026-11-14", "2026-11-17")], "2026-11-26"),
    (
        "emergency",
        "2026-11-16 10:00",
        [failure("2026-11-16 09:00", "2026-11-16 11:00")],
        "2026-11-25",
    ),
    ("emergency", "2026-12-18", [failure("2026-12-18", "2026-12-20")], "2026-12-31"),
    ("emergency", "2026-12-22", [failure("2026-12-22", "2026-12-23")], "2027-01-07"),
    ("emergency", "2026-11-16", [failure("2026-11-16")], None),
    ("emergency", "2026-11-16", [], "2026-11-17"),
    ("emergency", "2026-11-16", [failure("2026-11-10", "2026-11-15")], "2026-11-17"),
    # … without a failure it is what it would be as offline24, an unavailability included
    ("emergency", "2026-11-16", [maintenance("2026-11-14", "2026-11-18")], "2026-11-19"),
    ("emergency", "2026-11-16", [maintenance("2026-11-14")], None),
    (
        "emergency",
        "2026-11-16",
        [maintenance("2026-11-16 08:00", "2026-11-17 20:00")],
        "2026-11-17",
    ),
    (
        "emergency",
        "2026-11-16",
        [maintenance("2026-11-14", "2026-11-18"), failure("2026-11-19", "2026-11-19")],
        "2026-11-30",
    ),
    # … issued a moment before the failure that was announced afterwards: art. 106nha
    (
        "emergency",
        "2026-11-16 09:00",
        [failure("2026-11-16 09:30", "2026-11-16 11:00")],
        "2026-11-25",
    ),
    # art. 106nf ust. 5
    (
        "emergency",
        "2026-11-16",
        [failure("2026-11-16", "2026-11-16"), failure("2026-11-25 22:00", "2026-11-26 03:00")],
        "2026-12-07",
    ),
    (
        "emergency",
        "2026-11-16",
        [failure("2026-11-16", "2026-11-16"), failure("2026-11-26", "2026-11-26")],
        "2026-11-25",
    ),
    # unavailability does not move a failure's count
    (
        "emergency",
        "2026-11-16",
        [failure("2026-11-16", "2026-11-16"), maintenance("2026-11-25", "2026-11-26")],
        "2026-11-25",
    ),
    # what nobody announced moves nothing
    ("offline24", "2026-11-16", [observed("2026-11-15", "2026-11-30")], "2026-11-17"),
    ("offline", "2026-11-16", [observed("2026-11-16", "2026-11-30")], "2026-11-17"),
    ("emergency", "2026-11-16", [observed("2026-11-16")], "2026-11-17"),
    # a day of 25 hours and one of 23
    ("offline24", "2026-10-25", [], "2026-10-26"),
    ("offline24", "2026-10-25 23:30", [failure("2026-10-26 23:59", "2026-10-27")], "2026-11-05"),
    ("offline", "2026-10-24", [maintenance("2026-10-24", "2026-10-25 00:30")], "2026-10-26"),
    ("offline", "2026-03-28", [maintenance("2026-03-28", "2026-03-29 03:30")], "2026-03-30"),
    ("offline24", "2026-03-27", [failure("2026-03-29 03:00", "2026-03-29 23:59")], "2026-04-08"),
]


@pytest.mark.parametrize(("mode", "issued", "outages", "due"), CASES)
def test_the_day(mode, issued, outages, due):
    found = deadlines.deadline(mode, when(issued), outages)
    assert found.day == when(due)
    assert not found.lifted
    assert found.waiting == (due is None)
    assert found.reason.values.get("day") == found.day
    assert [text for text in map(str, found.reasons) if "%" in text] == []


LIFTED = [
    # guide, tryby-offline.md: in whichever mode, the duty ends
    ("offline24", "2026-11-16", [total("2026-11-17")], "art. 106nha"),
    ("offline24", "2026-11-16", [total("2026-11-17 23:59", "2026-11-18 03:00")], "art. 106nha"),
    ("offline24", "2026-11-16", [total("2026-11-15", "2026-11-17")], "art. 106nha"),
    ("offline", "2026-11-16", [total("2026-11-17")], "art. 106nh ust. 3 pkt 2"),
    (
        "offline",
        "2026-11-16",
        [maintenance("2026-11-16", "2026-11-18"), total("2026-11-19")],
        "art. 106nh ust. 3 pkt 2",
    ),
    (
        "emergency",
        "2026-11-16",
        [failure("2026-11-16", "2026-11-16"), total("2026-11-25", "2026-11-25")],
        "art. 106nf ust. 7",
    ),
    ("emergency", "2026-11-16", [failure("2026-11-16"), total("2027-01-16")], "art. 106nf ust. 7"),
    # in a window that a failure has made longer
    (
        "offline24",
        "2026-11-16",
        [failure("2026-11-17", "2026-11-18"), total("2026-11-27")],
        "art. 106nha",
    ),
    ("total_failure", "2026-11-16", [total("2026-11-16")], "art. 106ng"),
    ("total_failure", "2026-11-16", [], "art. 106ng"),
]


@pytest.mark.parametrize(("mode", "issued", "outages", "article"), LIFTED)
def test_a_total_failure_ends_the_duty(mode, issued, outages, article):
    found = deadlines.deadline(mode, when(issued), outages)
    assert (found.day, found.lifted, found.waiting, found.ends) == (None, True, False, None)
    assert found.article == article
    assert found.reason.outage in [*outages, None]


@pytest.mark.parametrize(
    ("issued", "announced"),
    [
        ("2026-11-16", total("2026-11-18")),
        ("2026-11-16", total("2026-11-13", "2026-11-15")),
        ("2026-11-16", total("2026-11-16 08:00", "2026-11-16 09:00")),
        ("2026-11-16 12:00", total("2026-11-16 08:00", "2026-11-16 09:00")),
    ],
)
def test_a_total_failure_at_another_time_does_not(issued, announced):
    found = deadlines.deadline(OFFLINE24, when(issued), [announced])
    assert (found.day, found.lifted) == (day("2026-11-17"), False)


def test_what_comes_after_a_total_failure_is_no_reason():
    outages = [
        failure("2026-11-17", "2026-11-17"),
        total("2026-11-18", "2026-11-18"),
        failure("2026-11-19", "2026-11-20"),
    ]
    found = deadlines.deadline(OFFLINE24, day("2026-11-16"), outages)
    assert [reason.outage for reason in found.reasons] == [None, outages[0], outages[1]]


@pytest.mark.parametrize(
    ("mode", "outages", "articles"),
    [
        ("online", [], ["art. 106nda ust. 16"]),
        ("offline24", [], ["art. 106nda ust. 2"]),
        (
            "offline24",
            [failure("2026-11-17", "2026-11-17"), failure("2026-11-18", "2026-11-18")],
            ["art. 106nda ust. 2", "art. 106nha", "art. 106nf ust. 5"],
        ),
        (
            "offline24",
            [failure("2026-11-15", "2026-11-17")],
            ["art. 106nda ust. 2", "art. 106nf ust. 4"],
        ),
        ("offline24", [maintenance("2026-11-15", "2026-11-17")], ["art. 106nh ust. 2"]),
        (
            "offline",
            [maintenance("2026-11-16", "2026-11-16"), failure("2026-11-17")],
            ["art. 106nh ust. 2", "art. 106nh ust. 3 pkt 1"],
        ),
        (
            "emergency",
            [failure("2026-11-16", "2026-11-17"), failure("2026-11-18", "2026-11-18")],
            ["art. 106nf ust. 4", "art. 106nf ust. 5"],
        ),
        ("emergency", [], ["art. 106nda ust. 2"]),
        ("emergency", [maintenance("2026-11-15", "2026-11-17")], ["art. 106nh ust. 2"]),
        (
            "emergency",
            [maintenance("2026-11-15", "2026-11-17"), failure("2026-11-18", "2026-11-18")],
            ["art. 106nh ust. 2", "art. 106nha"],
        ),
        ("emergency", [failure("2026-11-17")], ["art. 106nda ust. 2", "art. 106nha"]),
        (
            "offline24",
            [failure("2026-11-16 10:00", "2026-11-17")],
            ["art. 106nda ust. 2", "art. 106nha"],
        ),
        (
            "emergency",
            [failure("2026-11-16", "2026-11-17"), failure("2026-11-16", "2026-11-17")],
            ["art. 106nf ust. 4"],
        ),
    ],
)
def test_the_rules_that_led_there(mode, outages, articles):
    found = deadlines.deadline(mode, day("2026-11-16"), outages)
    assert [reason.article for reason in found.reasons] == articles
    assert found.article == articles[-1]


def test_the_reasons_in_words():
    outages = [
        Outage(
            OutageKind.FAILURE,
            at("2025-07-09 08:00"),
            at("2025-07-12 15:00"),
            at("2025-07-09 10:00"),
            "K/2025/AWR/01",
        )
    ]
    found = deadlines.deadline(OFFLINE24, day("2025-07-08"), outages)
    assert [str(reason) for reason in found.reasons] == [
        "Issued offline24 on 2025-07-08: due on the next business day, 2025-07-09."
        " (art. 106nda ust. 2)",
        "The failure K/2025/AWR/01 was announced on 2025-07-09, when the invoice could still be"
        " sent in time, and ended on 2025-07-12: due on the 7th business day after it, 2025-07-22."
        " (art. 106nha)",
    ]
    assert found.reason.values["day"] == date(2025, 7, 22)


def test_saturdays_as_business_days():
    friday = day("2026-11-20")
    assert deadlines.deadline(OFFLINE24, friday, saturday_counts=True).day == day("2026-11-21")
    outages = [failure("2025-07-09", "2025-07-12")]
    found = deadlines.deadline(OFFLINE24, day("2025-07-08"), outages, saturday_counts=True)
    assert found.day == day("2025-07-21")
    # the window is shorter, so a failure of the Sunday comes too late
    sunday = [failure("2026-11-22", "2026-11-22")]
    assert deadlines.deadline(OFFLINE24, friday, sunday).day == day("2026-12-01")
    assert deadlines.deadline(OFFLINE24, friday, sunday, True).day == day("2026-11-21")


@pytest.mark.parametrize(
    ("due", "ends"),
    [
        ("2026-11-17", "2026-11-17T23:00:00+00:00"),
        ("2026-07-17", "2026-07-17T22:00:00+00:00"),
        ("2026-10-25", "2026-10-25T23:00:00+00:00"),
        ("2026-03-29", "2026-03-29T22:00:00+00:00"),
    ],
)
def test_a_day_ends_at_midnight_in_warsaw(due, ends):
    found = deadlines.deadline(ONLINE, day(due))
    assert found.ends == datetime.datetime.fromisoformat(ends)
    assert found.ends.utcoffset() == timedelta(0)


def test_an_unknown_mode():
    with pytest.raises(ValueError, match="offline48"):
        deadlines.deadline("offline48", day("2026-11-16"))


def test_modes_and_kinds_have_names():
    names = [item.words for item in (*Mode, *OutageKind)]
    assert len(set(names)) == len(names)
    assert all(names)


# --- which mode holds


@pytest.mark.parametrize(
    ("moment", "outages", "mode"),
    [
        ("2026-11-16 12:00", [], ONLINE),
        ("2026-11-16 12:00", [observed("2026-11-16")], ONLINE),
        ("2026-11-16 12:00", [maintenance("2026-11-16 12:00", "2026-11-16 14:00")], OFFLINE),
        ("2026-11-16 14:00", [maintenance("2026-11-16 12:00", "2026-11-16 14:00")], ONLINE),
        ("2026-11-16 11:59", [maintenance("2026-11-16 12:00", "2026-11-16 14:00")], ONLINE),
        ("2026-11-16 12:00", [failure("2026-11-16 11:00")], EMERGENCY),
        ("2026-11-16 12:00", [failure("2026-11-16 11:00", None, "2026-11-16 12:30")], ONLINE),
        ("2026-11-16 12:00", [failure("2026-11-16"), maintenance("2026-11-16")], EMERGENCY),
        ("2026-11-16 12:00", [total("2026-11-16", "2026-11-16"), failure("2026-11-16")], TOTAL),
        ("2026-11-17", [total("2026-11-16", "2026-11-16")], ONLINE),
    ],
)
def test_the_mode_that_announcements_give(moment, outages, mode):
    assert deadlines.announced_mode(when(moment), outages) is mode


@pytest.mark.parametrize(
    ("issued", "received", "offline", "taken"),
    [
        # guide, offline/automatyczne-okreslanie-trybu-offline.md
        ("2025-10-03", "2025-10-04 00:00:01", False, Acceptance.OFFLINE),
        ("2025-10-03", "2025-10-03 23:59:59", False, Acceptance.ONLINE),
        ("2025-10-03", "2025-10-03 00:00", False, Acceptance.ONLINE),
        ("2025-10-03", "2025-10-03 12:00", True, Acceptance.OFFLINE),
        ("2025-10-04", "2025-10-03 23:59:59", False, Acceptance.REFUSED),
        ("2025-10-04", "2025-10-03 23:59:59", True, Acceptance.REFUSED),
        ("2026-10-25", "2026-10-25 23:59:59", False, Acceptance.ONLINE),
        ("2026-03-29", "2026-03-30 00:00", False, Acceptance.OFFLINE),
    ],
)
def test_how_ksef_takes_an_invoice(issued, received, offline, taken):
    received = at(received)
    assert deadlines.accepted_as(day(issued), received, offline) is taken
    utc = received.astimezone(timezone.utc)
    assert deadlines.accepted_as(day(issued), utc, offline) is taken


# --- for all days

days = st.dates(date(2022, 1, 1), date(2060, 12, 31))
moments = st.datetimes(
    datetime.datetime(2026, 1, 1),
    datetime.datetime(2027, 3, 1),
    timezones=st.sampled_from([timezone.utc, WARSAW, timezone(timedelta(hours=-11))]),
)
offline_modes = st.sampled_from([OFFLINE24, OFFLINE, EMERGENCY])


@st.composite
def outages(draw, kinds=tuple(OutageKind)):
    start = draw(st.datetimes(datetime.datetime(2026, 1, 1), datetime.datetime(2027, 3, 1)))
    start = start.replace(tzinfo=timezone.utc)
    lasts = draw(st.none() | st.timedeltas(timedelta(0), timedelta(days=20)))
    end = None if lasts is None else start + lasts
    told = draw(st.timedeltas(timedelta(0), timedelta(hours=6)))
    announced = start + told if lasts is None else start + min(told, lasts)
    return Outage(draw(st.sampled_from(kinds)), start, end, announced)


issues = moments | st.dates(date(2026, 1, 1), date(2027, 3, 1))
announced_failures = st.lists(outages((OutageKind.FAILURE,)), max_size=4)
all_sorts = st.lists(outages(), max_size=6)


@given(days, st.integers(1, 20), st.booleans())
def test_a_counted_day_is_a_business_day(start, count, saturday_counts):
    found = deadlines.add_business_days(start, count, saturday_counts)
    between = [start + timedelta(n) for n in range(1, (found - start).days + 1)]
    business = [one for one in between if deadlines.is_business_day(one, saturday_counts)]
    assert found == business[-1]
    assert len(business) == count
    assert found.weekday() not in (WEEKEND[1:] if saturday_counts else WEEKEND)


@given(days, days, st.integers(1, 10), st.booleans())
def test_counting_keeps_the_order(one, other, count, saturday_counts):
    first, last = sorted((one, other))
    counted = [
        deadlines.add_business_days(start, count, saturday_counts) for start in (first, last)
    ]
    assert counted == sorted(counted)


@given(days, st.integers(1, 10))
def test_saturdays_that_count_only_shorten(start, count):
    conservative = deadlines.add_business_days(start, count, saturday_counts=True)
    assert conservative <= deadlines.add_business_days(start, count)


@given(offline_modes, issues, all_sorts, st.booleans())
def test_a_deadline_is_a_business_day_after_the_issue(mode, issue, known, saturday_counts):
    found = deadlines.deadline(mode, issue, known, saturday_counts)
    assert found.reasons
    assert all(reason.message and reason.article for reason in found.reasons)
    if found.day is None:
        assert found.lifted == (found.reason.outage.kind is OutageKind.TOTAL_FAILURE)
        assert found.lifted or found.reason.outage.end is None
    else:
        assert not found.lifted
        assert found.day > deadlines.warsaw_day(issue)
        assert deadlines.is_business_day(found.day, saturday_counts)
        assert found.reason.values["day"] == found.day


@given(offline_modes, issues, all_sorts, st.randoms(use_true_random=False))
def test_the_order_of_outages_does_not_matter(mode, issue, known, random):
    shuffled = list(known)
    random.shuffle(shuffled)
    found = deadlines.deadline(mode, issue, shuffled)
    expected = deadlines.deadline(mode, issue, known)
    assert (found.day, found.lifted) == (expected.day, expected.lifted)


@given(issues, issues, offline_modes)
def test_without_outages_later_issues_are_due_later(one, other, mode):
    first, last = sorted(map(deadlines.warsaw_day, (one, other)))
    assert deadlines.deadline(mode, first).day <= deadlines.deadline(mode, last).day


def _later_or_equal(before, after):
    return after.day is None or (before.day is not None and before.day <= after.day)


@given(offline_modes, issues, announced_failures, outages((OutageKind.FAILURE,)))
def test_one_more_failure_never_brings_the_day_nearer(mode, issue, known, further):
    before = deadlines.deadline(mode, issue, known)
    after = deadlines.deadline(mode, issue, [*known, further])
    assert _later_or_equal(before, after)


@given(offline_modes, issues, all_sorts, outages((OutageKind.TOTAL_FAILURE,)))
def test_one_more_total_failure_changes_nothing_or_ends_the_duty(mode, issue, known, further):
    before = deadlines.deadline(mode, issue, known)
    after = deadlines.deadline(mode, issue, [*known, further])
    assert after.lifted or (after.day, after.lifted) == (before.day, before.lifted)
    assert after.lifted or not before.lifted


@given(offline_modes, issues, all_sorts, outages((OutageKind.OBSERVED,)))
def test_what_we_alone_observed_changes_nothing(mode, issue, known, further):
    before = deadlines.deadline(mode, issue, known)
    assert deadlines.deadline(mode, issue, [*known, further]) == before


@given(st.just(OFFLINE24), moments, announced_failures)
def test_knowing_the_day_only_never_gives_a_later_day(mode, issue, known):
    exact = deadlines.deadline(mode, issue, known)
    by_day = deadlines.deadline(mode, deadlines.warsaw_day(issue), known)
    assert _later_or_equal(by_day, exact)
