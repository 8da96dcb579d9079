"""Legal situations, each with its source: what was issued, how, for whom and when, what KSeF
announced, and what follows.

Every situation takes three lines:

    source
    mode | buyer | issued | announcements | how it stands
    announced mode | due | rule | what may be handed over | marker of JPK_V7

``issued`` is a day or a moment by Warsaw's clocks.  An announcement is ``kind start..end``; days
without a year are of the year of issue.  Nothing after ``..``: the end is not announced.
``(told …)``: made public then, else with its beginning.  How it stands: ``numbered`` (it has its
KSeF number), ``unsigned`` (no Offline certificate yet), ``saturday`` (Saturdays count as business
days).  The announced mode is the one at the issue, of a day at noon.  Due ``never``: the duty has
ended, ``open``: not before an end is announced.  Handed over: which document, with KOD I, KOD I
and KOD II, or none; ``wait`` where nothing may be handed over yet.

Sources: the VAT Act by article (u.); the Ministry's guide by page; the regulation on JPK_VAT (JPK);
statutory holidays (ustawa o dniach wolnych od pracy, w.).
"""

import datetime
import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest

from ksef import deadlines, handing_over, jpk
from ksef.deadlines import Acceptance, Outage, OutageKind

WARSAW = ZoneInfo("Europe/Warsaw")
NUMBER = "5265877635-20261120-010080615740-E4"

SITUATIONS = """
guide, tryby-offline.md, the worked example, point 1
offline24 | domestic | 2025-07-08 | |
online | 2025-07-09 | art. 106nda ust. 2 | confirmation I II | DI

guide, tryby-offline.md, the worked example, point 2
offline24 | domestic | 2025-07-08 | failure 07-09.. |
online | open | art. 106nha | confirmation I II | DI

guide, tryby-offline.md, the worked example, points 3 and 4
offline24 | domestic | 2025-07-08 | failure 07-09..07-12 |
online | 2025-07-22 | art. 106nha | confirmation I II | DI

guide, tryby-offline.md, the worked example, by the hour
offline24 | domestic | 2025-07-08 16:20 | failure 07-09 09:00..07-12 15:00 (told 07-09 10:00) |
online | 2025-07-22 | art. 106nha | confirmation I II | DI

guide, tryby-offline.md, the worked example; u. art. 106gb ust. 4: a buyer without NIP
offline24 | other | 2025-07-08 | failure 07-09..07-12 |
online | 2025-07-22 | art. 106nha | invoice I II | DI

guide, tryby-offline.md, the worked example, Saturday taken for a business day
offline24 | domestic | 2025-07-08 | failure 07-09..07-12 | saturday
online | 2025-07-21 | art. 106nha | confirmation I II | DI

guide, tryby-offline.md, the worked example; kody-qr.md: sent in the end, one code is left
offline24 | domestic | 2025-07-08 | failure 07-09..07-12 | numbered
online | 2025-07-22 | art. 106nha | invoice I | NrKSeF

u. art. 106nda ust. 2; w.: Christmas Eve is free since 2025
offline24 | domestic | 2026-12-23 | |
online | 2026-12-28 | art. 106nda ust. 2 | confirmation I II | DI

u. art. 106nda ust. 2; w.: New Year is a Friday
offline24 | domestic | 2026-12-31 | |
online | 2027-01-04 | art. 106nda ust. 2 | confirmation I II | DI

u. art. 106nda ust. 2; w.: Good Friday is a business day, Easter Monday is none
offline24 | domestic | 2026-04-03 | |
online | 2026-04-07 | art. 106nda ust. 2 | confirmation I II | DI

u. art. 106nda ust. 2; w.: three days of Christmas before a weekend
offline24 | domestic | 2025-12-23 | |
online | 2025-12-29 | art. 106nda ust. 2 | confirmation I II | DI

u. art. 106nda ust. 2; w.: before 2025 Christmas Eve was a business day
offline24 | domestic | 2024-12-23 | |
online | 2024-12-24 | art. 106nda ust. 2 | confirmation I II | DI

u. art. 106nda ust. 2; w.: 11 November
offline24 | domestic | 2026-11-10 | |
online | 2026-11-12 | art. 106nda ust. 2 | confirmation I II | DI

u. art. 106nda ust. 2; w.: Corpus Christi
offline24 | other | 2026-06-03 | |
online | 2026-06-05 | art. 106nda ust. 2 | invoice I II | DI

u. art. 106nda ust. 2; w.: Epiphany
offline24 | domestic | 2026-01-05 | |
online | 2026-01-07 | art. 106nda ust. 2 | confirmation I II | DI

u. art. 106nda ust. 2; w.: 1 May is a Friday, 3 May a Sunday
offline24 | domestic | 2026-04-30 | |
online | 2026-05-04 | art. 106nda ust. 2 | confirmation I II | DI

u. art. 106nda ust. 2: Friday
offline24 | domestic | 2026-11-20 | |
online | 2026-11-23 | art. 106nda ust. 2 | confirmation I II | DI

u. art. 106nda ust. 2, which does not say what a business day is: Saturday as one
offline24 | domestic | 2026-11-20 | | saturday
online | 2026-11-21 | art. 106nda ust. 2 | confirmation I II | DI

u. art. 106nda ust. 2; w.: a Saturday that is a holiday (15 August)
offline24 | domestic | 2026-08-14 | | saturday
online | 2026-08-17 | art. 106nda ust. 2 | confirmation I II | DI

u. art. 106nda ust. 2: issued on a Sunday
offline24 | domestic | 2026-11-22 | |
online | 2026-11-23 | art. 106nda ust. 2 | confirmation I II | DI

u. art. 106nda ust. 2, 10: a minute before midnight it is this day's
offline24 | domestic | 2026-11-16 23:59 | |
online | 2026-11-17 | art. 106nda ust. 2 | confirmation I II | DI

u. art. 106nda ust. 2, 10: at midnight it is the next day's
offline24 | domestic | 2026-11-17 00:00 | |
online | 2026-11-18 | art. 106nda ust. 2 | confirmation I II | DI

u. art. 106nda ust. 2, 10: in the night with an hour twice
offline24 | domestic | 2026-10-25 02:30 | |
online | 2026-10-26 | art. 106nda ust. 2 | confirmation I II | DI

guide, kody-qr.md: KOD II needs a certificate of the type Offline
offline24 | domestic | 2026-11-16 | | unsigned
online | 2026-11-17 | art. 106nda ust. 2 | wait confirmation I | DI

guide, kody-qr.md: the same for the buyer who gets the invoice
offline24 | other | 2026-11-16 | | unsigned
online | 2026-11-17 | art. 106nda ust. 2 | wait invoice I | DI

guide, tryby-offline.md: a correction of a numbered invoice counts by its own day
offline24 | domestic | 2026-11-19 | |
online | 2026-11-20 | art. 106nda ust. 2 | confirmation I II | DI

guide, offline/korekta-techniczna.md: rejected and rendered again, the content and its day stay
offline24 | domestic | 2026-11-13 | |
online | 2026-11-16 | art. 106nda ust. 2 | confirmation I II | DI

u. art. 106na ust. 1, 3: online is this very day; nothing is issued before KSeF took it
online | domestic | 2026-11-20 | |
online | 2026-11-20 | art. 106nda ust. 16 | wait invoice I | DI

u. art. 106na; guide, kody-qr.md: the code for a buyer abroad says OFFLINE until the number is there
online | other | 2026-11-20 | |
online | 2026-11-20 | art. 106nda ust. 16 | wait invoice I | DI

u. art. 106na, on a Sunday
online | domestic | 2026-11-22 | |
online | 2026-11-22 | art. 106nda ust. 16 | wait invoice I | DI

u. art. 106na ust. 3; guide, kody-qr.md: the number under the code
online | domestic | 2026-11-20 | | numbered
online | 2026-11-20 | art. 106nda ust. 16 | invoice I | NrKSeF

u. art. 106na ust. 4, 106gb ust. 4
online | other | 2026-11-20 | | numbered
online | 2026-11-20 | art. 106nda ust. 16 | invoice I | NrKSeF

u. art. 106na: an announced failure moves nothing online, another mode has to be chosen
online | domestic | 2026-11-20 | failure 11-20.. |
emergency | 2026-11-20 | art. 106nda ust. 16 | wait invoice I | DI

u. art. 106na, 106ng: nor does a total failure
online | domestic | 2026-11-20 | total 11-20.. |
total_failure | 2026-11-20 | art. 106nda ust. 16 | wait invoice I | DI

u. art. 106nha: announced ten minutes before the last day is over
offline24 | domestic | 2026-11-16 | failure 11-17 23:50..11-18 02:00 |
online | 2026-11-27 | art. 106nha | confirmation I II | DI

u. art. 106nha: announced at the midnight after it
offline24 | domestic | 2026-11-16 | failure 11-18 00:00..11-18 02:00 |
online | 2026-11-17 | art. 106nda ust. 2 | confirmation I II | DI

u. art. 106nha: what counts is the announcement, here too late
offline24 | domestic | 2026-11-16 | failure 11-17 20:00..11-18 02:00 (told 11-18 01:00) |
online | 2026-11-17 | art. 106nda ust. 2 | confirmation I II | DI

u. art. 106nha: a failure that was over before the issue
offline24 | domestic | 2026-11-16 | failure 11-13..11-15 |
online | 2026-11-17 | art. 106nda ust. 2 | confirmation I II | DI

u. art. 106nha, 106nf ust. 5: a further failure on the last day begins the count anew
offline24 | domestic | 2026-11-16 | failure 11-17..11-17, failure 11-26..11-27 |
online | 2026-12-08 | art. 106nf ust. 5 | confirmation I II | DI

u. art. 106nha, 106nf ust. 5: a day later it does not
offline24 | domestic | 2026-11-16 | failure 11-17..11-17, failure 11-27..11-27 |
online | 2026-11-26 | art. 106nha | confirmation I II | DI

u. art. 106nha, 106nf ust. 5: the further one goes on
offline24 | other | 2026-11-16 | failure 11-17..11-17, failure 11-26.. |
online | open | art. 106nf ust. 5 | invoice I II | DI

u. art. 106nha; w.: seven business days over Christmas, New Year and Epiphany
offline24 | domestic | 2026-12-21 | failure 12-22..12-23 |
online | 2027-01-07 | art. 106nha | confirmation I II | DI

u. art. 106nha; w.: over 11 November
offline24 | domestic | 2026-11-05 | failure 11-06..11-08 |
online | 2026-11-18 | art. 106nha | confirmation I II | DI

u. art. 106nha: the window of a Friday is open on Sunday
offline24 | domestic | 2026-11-20 | failure 11-22 10:00..11-22 12:00 |
online | 2026-12-01 | art. 106nha | confirmation I II | DI

u. art. 106nha: where Saturday counts, it is closed then
offline24 | domestic | 2026-11-20 | failure 11-22 10:00..11-22 12:00 | saturday
online | 2026-11-21 | art. 106nda ust. 2 | confirmation I II | DI

u. art. 106nh ust. 1: unavailability in the window moves nothing
offline24 | domestic | 2026-11-20 | maintenance 11-22..11-24 |
online | 2026-11-23 | art. 106nda ust. 2 | confirmation I II | DI

u. art. 106ne: what only we noticed is no failure
offline24 | domestic | 2026-11-16 | observed 11-15.. |
online | 2026-11-17 | art. 106nda ust. 2 | confirmation I II | DI

u. art. 106nf ust. 4: chosen as offline24 while a failure ran
offline24 | domestic | 2026-11-16 12:00 | failure 11-13..11-17 |
emergency | 2026-11-26 | art. 106nf ust. 4 | confirmation I II | DI

u. art. 106nh ust. 2: chosen as offline24 during an unavailability
offline24 | domestic | 2026-11-16 12:00 | maintenance 11-14..11-18 |
offline | 2026-11-19 | art. 106nh ust. 2 | confirmation I II | DI

u. art. 106nh ust. 2; guide, tryby-offline.md: from the end of the unavailability
offline | domestic | 2026-11-14 | maintenance 11-14 08:00..11-15 20:00 |
offline | 2026-11-16 | art. 106nh ust. 2 | confirmation I II | DI

u. art. 106nh ust. 2: for the buyer under art. 106gb ust. 4
offline | other | 2026-11-16 12:00 | maintenance 11-16 08:00..11-17 20:00 |
offline | 2026-11-18 | art. 106nh ust. 2 | invoice I II | DI

u. art. 106nh ust. 2: what ends at midnight has ended on the day before
offline | domestic | 2026-11-16 | maintenance 11-16 08:00..11-17 00:00 |
offline | 2026-11-17 | art. 106nh ust. 2 | confirmation I II | DI

u. art. 106nh ust. 2; w.: Christmas after it
offline | domestic | 2026-12-22 | maintenance 12-22..12-23 |
offline | 2026-12-28 | art. 106nh ust. 2 | confirmation I II | DI

u. art. 106nh ust. 2: its end is not announced
offline | domestic | 2026-11-16 12:00 | maintenance 11-16 08:00.. |
offline | open | art. 106nh ust. 2 | confirmation I II | DI

u. art. 106nh ust. 2: in the night with an hour twice
offline | domestic | 2026-10-24 | maintenance 10-24..10-25 02:30 |
offline | 2026-10-26 | art. 106nh ust. 2 | confirmation I II | DI

u. art. 106ne ust. 4: nobody announced it, so it was the taxpayer's own choice
offline | domestic | 2026-11-16 | |
online | 2026-11-17 | art. 106nda ust. 2 | confirmation I II | DI

u. art. 106ne ust. 4: announced, but for another day
offline | domestic | 2026-11-16 | maintenance 11-17..11-18 |
online | 2026-11-17 | art. 106nda ust. 2 | confirmation I II | DI

u. art. 106nh ust. 2: entered two days later, it holds from its beginning
offline | domestic | 2026-11-16 | maintenance 11-16..11-17 (told 11-18 09:00) |
online | 2026-11-18 | art. 106nh ust. 2 | confirmation I II | DI

u. art. 106nh ust. 3 pkt 1: a failure announced in the window
offline | domestic | 2026-11-16 | maintenance 11-16..11-17, failure 11-18..11-19 |
offline | 2026-11-30 | art. 106nh ust. 3 pkt 1 | confirmation I II | DI

u. art. 106nh ust. 3 pkt 1: a failure announced after it
offline | domestic | 2026-11-16 | maintenance 11-16..11-17, failure 11-19..11-20 |
offline | 2026-11-18 | art. 106nh ust. 2 | confirmation I II | DI

u. art. 106nf ust. 4: called unavailability, but it was a failure
offline | domestic | 2026-11-16 12:00 | failure 11-16 08:00..11-17 |
emergency | 2026-11-26 | art. 106nf ust. 4 | confirmation I II | DI

guide, kody-qr.md: without a certificate nothing in an unavailability either
offline | domestic | 2026-11-16 | maintenance 11-16..11-17 | unsigned
offline | 2026-11-18 | art. 106nh ust. 2 | wait confirmation I | DI

u. art. 106nh ust. 4, 106nda ust. 11: with the number
offline | domestic | 2026-11-16 | maintenance 11-16..11-17 | numbered
offline | 2026-11-18 | art. 106nh ust. 2 | invoice I | NrKSeF

u. art. 106nf ust. 1, 4; JPK: OFF; the domestic buyer gets the invoice itself
emergency | domestic | 2026-11-16 | failure 11-16..11-16 |
emergency | 2026-11-25 | art. 106nf ust. 4 | invoice I II | OFF

u. art. 106nf ust. 1, 4: any other buyer too
emergency | other | 2026-11-16 | failure 11-14..11-17 |
emergency | 2026-11-26 | art. 106nf ust. 4 | invoice I II | OFF

u. art. 106nf ust. 4: it goes on
emergency | domestic | 2026-11-16 | failure 11-16.. |
emergency | open | art. 106nf ust. 4 | invoice I II | OFF

u. art. 106nf ust. 4; w.: seven business days over the turn of the year
emergency | domestic | 2026-12-22 | failure 12-22..12-23 |
emergency | 2027-01-07 | art. 106nf ust. 4 | invoice I II | OFF

u. art. 106nf ust. 4; w.: over Easter, from the night that lacks an hour
emergency | domestic | 2026-03-27 | failure 03-27..03-29 03:30 |
emergency | 2026-04-08 | art. 106nf ust. 4 | invoice I II | OFF

u. art. 106nf ust. 4: from the night with an hour twice
emergency | domestic | 2026-10-24 | failure 10-24..10-25 02:30 |
emergency | 2026-11-03 | art. 106nf ust. 4 | invoice I II | OFF

u. art. 106nf ust. 4, Saturday taken for a business day
emergency | domestic | 2026-11-16 | failure 11-16..11-16 | saturday
emergency | 2026-11-24 | art. 106nf ust. 4 | invoice I II | OFF

u. art. 106nf ust. 5; guide, tryby-offline.md: a further failure on the evening of the last day
emergency | domestic | 2026-11-16 | failure 11-16..11-16, failure 11-25 22:00..11-26 03:00 |
emergency | 2026-12-07 | art. 106nf ust. 5 | invoice I II | OFF

u. art. 106nf ust. 5: a further failure on the day after it
emergency | domestic | 2026-11-16 | failure 11-16..11-16, failure 11-26..11-26 |
emergency | 2026-11-25 | art. 106nf ust. 4 | invoice I II | OFF

u. art. 106nf ust. 4: unavailability does not lengthen it
emergency | domestic | 2026-11-16 | failure 11-16..11-16, maintenance 11-25..11-26 |
emergency | 2026-11-25 | art. 106nf ust. 4 | invoice I II | OFF

u. art. 106ne ust. 1: the announcement came after the issue, of a failure that already ran
emergency | domestic | 2026-11-16 10:00 | failure 11-16 09:00..11-16 11:00 (told 11-16 12:00) |
online | 2026-11-25 | art. 106nf ust. 4 | invoice I II | OFF

u. art. 106nha: issued half an hour before the failure began; JPK: not OFF then
emergency | domestic | 2026-11-16 09:00 | failure 11-16 09:30..11-16 11:00 |
online | 2026-11-25 | art. 106nha | invoice I II | DI

u. art. 106ne ust. 1: nobody announced it; JPK: not OFF then
emergency | domestic | 2026-11-16 | |
online | 2026-11-17 | art. 106nda ust. 2 | invoice I II | DI

u. art. 106nh ust. 2: it was an unavailability; JPK: not OFF then
emergency | domestic | 2026-11-16 | maintenance 11-14..11-18 |
offline | 2026-11-19 | art. 106nh ust. 2 | invoice I II | DI

guide, kody-qr.md: without a certificate nothing in a failure either
emergency | domestic | 2026-11-16 | failure 11-16..11-16 | unsigned
emergency | 2026-11-25 | art. 106nf ust. 4 | wait invoice I | OFF

u. art. 106nf; JPK: with the number, whatever the mode
emergency | other | 2026-11-16 | failure 11-16..11-16 | numbered
emergency | 2026-11-25 | art. 106nf ust. 4 | invoice I | NrKSeF

u. art. 106ng; guide, tryby-offline.md: no sending, no codes; JPK: BFK
total_failure | domestic | 2026-11-16 | total 11-16.. |
total_failure | never | art. 106ng | invoice | BFK

u. art. 106ng, any other buyer, after its end
total_failure | other | 2026-11-16 | total 11-15..11-18 |
total_failure | never | art. 106ng | invoice | BFK

guide, tryby-offline.md: a correction during it stays outside likewise
total_failure | domestic | 2026-11-17 | total 11-16..11-18 |
total_failure | never | art. 106ng | invoice | BFK

u. art. 106ne ust. 3: told in the mass media, where programs do not read
total_failure | domestic | 2026-11-16 | | unsigned
online | never | art. 106ng | invoice | BFK

u. art. 106nha; guide, tryby-offline.md: a total failure in the window ends the duty
offline24 | domestic | 2026-11-16 | total 11-17.. |
online | never | art. 106nha | invoice I II | BFK

u. art. 106nha: announced on the last evening, over in the night
offline24 | other | 2026-11-16 | total 11-17 23:59..11-18 03:00 |
online | never | art. 106nha | invoice I II | BFK

u. art. 106nha: announced a day later
offline24 | domestic | 2026-11-16 | total 11-18.. |
online | 2026-11-17 | art. 106nda ust. 2 | confirmation I II | DI

u. art. 106nha: over before the issue
offline24 | domestic | 2026-11-16 | total 11-13..11-15 |
online | 2026-11-17 | art. 106nda ust. 2 | confirmation I II | DI

u. art. 106nha: in the window that a failure made longer
offline24 | domestic | 2026-11-16 | failure 11-17..11-18, total 11-27.. |
online | never | art. 106nha | invoice I II | BFK

u. art. 106nh ust. 3 pkt 2
offline | domestic | 2026-11-16 | maintenance 11-16..11-18, total 11-19.. |
offline | never | art. 106nh ust. 3 pkt 2 | invoice I II | BFK

u. art. 106nf ust. 7; JPK: OFF asks for art. 106nf ust. 1 only
emergency | domestic | 2026-11-16 | failure 11-16..11-16, total 11-25..11-25 |
emergency | never | art. 106nf ust. 7 | invoice I II | OFF

u. art. 106nf ust. 7: the failure itself became a total one
emergency | other | 2026-11-16 | failure 11-16 08:00.., total 11-18 12:00..11-20 |
emergency | never | art. 106nf ust. 7 | invoice I II | OFF

u. art. 106nf ust. 7: after the window
emergency | domestic | 2026-11-16 | failure 11-16..11-16, total 11-26.. |
emergency | 2026-11-25 | art. 106nf ust. 4 | invoice I II | OFF
"""

KINDS = {
    "observed": OutageKind.OBSERVED,
    "maintenance": OutageKind.MAINTENANCE,
    "failure": OutageKind.FAILURE,
    "total": OutageKind.TOTAL_FAILURE,
}
ANNOUNCEMENT = re.compile(r"(\w+) ([\d :-]+)\.\.([\d :-]*?)(?: \(told ([\d :-]+)\))?")
STANDINGS = {"", "numbered", "unsigned", "saturday"}


def when(text: str, year: int = 0) -> datetime.date:
    """A day, or a moment by Warsaw's clocks, by how it is written."""
    text = text if len(text.split()[0]) == 10 else f"{year}-{text}"
    if " " in text:
        return datetime.datetime.fromisoformat(text).replace(tzinfo=WARSAW)
    return datetime.date.fromisoformat(text)


def announced(text: str, year: int) -> Outage:
    kind, start, end, told = ANNOUNCEMENT.fullmatch(text).groups()
    return Outage(
        KINDS[kind],
        when(start, year),
        when(end, year) if end else None,
        when(told, year) if told else None,
        text,
    )


@dataclass(frozen=True)
class Situation:
    source: str
    mode: str
    buyer: str
    issued: datetime.date
    outages: tuple[Outage, ...]
    standing: str
    expected: tuple[str, ...]

    @classmethod
    def read(cls, block: str) -> "Situation":
        source, given, expected = block.splitlines()
        mode, buyer, issued, announcements, standing = (it.strip() for it in given.split("|"))
        assert standing in STANDINGS
        moment = when(issued)
        told = [it.strip() for it in announcements.split(", ") if it.strip()]
        return cls(
            source=source,
            mode=mode,
            buyer=buyer,
            issued=moment,
            outages=tuple(announced(it, moment.year) for it in told),
            standing=standing,
            expected=tuple(it.strip() for it in expected.split("|")),
        )

    @property
    def noon(self) -> datetime.datetime:
        if isinstance(self.issued, datetime.datetime):
            return self.issued
        return datetime.datetime.combine(self.issued, datetime.time(12), WARSAW)


TABLE = [Situation.read(block) for block in SITUATIONS.strip().split("\n\n")]


def due(found: deadlines.Deadline) -> str:
    if found.lifted:
        return "never"
    return "open" if found.waiting else found.day.isoformat()


def paper(found: handing_over.HandingOver) -> str:
    words = (
        ["wait"] * found.waits + [found.paper.value] + ["I"] * found.kod_1 + ["II"] * found.kod_2
    )
    return " ".join(words)


@pytest.mark.parametrize("row", TABLE, ids=[f"{row.mode}: {row.source}" for row in TABLE])
def test_a_situation(row):
    number = NUMBER if row.standing == "numbered" else None
    signed = row.standing != "unsigned"
    limit = deadlines.deadline(row.mode, row.issued, row.outages, row.standing == "saturday")
    over = handing_over.handing_over(row.mode, row.buyer, number, signed, limit.lifted)
    counted = deadlines.counts_as(row.mode, row.issued, row.outages)
    found = (
        deadlines.announced_mode(row.noon, row.outages).value,
        due(limit),
        limit.article,
        paper(over),
        jpk.sale_marker(number, counted, limit.lifted).value,
    )
    assert found == row.expected, "\n".join(map(str, limit.reasons))


def test_the_table_is_large_and_names_its_sources():
    assert len(TABLE) >= 60
    assert len(set(map(repr, TABLE))) == len(TABLE)
    for row in TABLE:
        assert re.search(r"u\. art\. 106n|guide, [\w/-]+\.md", row.source), row.source
    assert {row.mode for row in TABLE} == {mode.value for mode in deadlines.Mode}
    for mode in deadlines.Mode:
        buyers = {row.buyer for row in TABLE if row.mode == mode.value}
        assert buyers == {"domestic", "other"}
    rules = {row.expected[2] for row in TABLE}
    assert rules == {
        "art. 106nda ust. 2",
        "art. 106nda ust. 16",
        "art. 106nf ust. 4",
        "art. 106nf ust. 5",
        "art. 106nf ust. 7",
        "art. 106ng",
        "art. 106nh ust. 2",
        "art. 106nh ust. 3 pkt 1",
        "art. 106nh ust. 3 pkt 2",
        "art. 106nha",
    }


@pytest.mark.parametrize("row", TABLE, ids=[f"{row.mode}: {row.source}" for row in TABLE])
def test_knowing_of_the_announcements_in_another_order_changes_nothing(row):
    limits = [
        deadlines.deadline(row.mode, row.issued, known, row.standing == "saturday")
        for known in (row.outages, row.outages[::-1], row.outages * 2)
    ]
    assert {(limit.day, limit.lifted) for limit in limits} == {(limits[0].day, limits[0].lifted)}


# --- how KSeF takes what is sent: (source, P_1, received, declared offline, taken as)

RECEIVED = [
    (
        "guide, offline/automatyczne-okreslanie-trybu-offline.md: sent after midnight",
        ("2025-10-03", "2025-10-04 00:00:01", False, Acceptance.OFFLINE),
    ),
    (
        "guide, offline/automatyczne-okreslanie-trybu-offline.md: batch session opened before it",
        ("2025-10-03", "2025-10-03 23:59:59", False, Acceptance.ONLINE),
    ),
    (
        "guide, tryby-offline.md: offlineMode declared on the day itself",
        ("2026-11-16", "2026-11-16 12:00", True, Acceptance.OFFLINE),
    ),
    (
        "guide, tryby-offline.md: the backlog after a failure",
        ("2025-07-08", "2025-07-22 23:59", True, Acceptance.OFFLINE),
    ),
    (
        "u. art. 106nda ust. 16: the last second of a winter day",
        ("2026-11-16", "2026-11-16 23:59:59", False, Acceptance.ONLINE),
    ),
    (
        "u. art. 106nda ust. 16: the last second of the day with an hour twice",
        ("2026-10-25", "2026-10-25 23:59:59", False, Acceptance.ONLINE),
    ),
    (
        "u. art. 106nda ust. 16: the first second after the day that lacks an hour",
        ("2026-03-29", "2026-03-30 00:00", False, Acceptance.OFFLINE),
    ),
    (
        "guide, offline/automatyczne-okreslanie-trybu-offline.md: P_1 must not lie in the future",
        ("2026-11-17", "2026-11-16 23:59:59", True, Acceptance.REFUSED),
    ),
]


@pytest.mark.parametrize(("source", "row"), RECEIVED, ids=[source for source, _row in RECEIVED])
def test_what_ksef_makes_of_it(source, row):
    issued, received, offline, taken = row
    assert deadlines.accepted_as(when(issued), when(received), offline) is taken


# --- JPK_V7 of what needs no deadline: (source, how it is told, marker)

OUTSIDE_OR_BOUGHT = [
    ("JPK: a consumer's invoice not in KSeF", jpk.sale_marker(None, None, True), "BFK"),
    ("JPK: an invoice posted but not yet issued", jpk.sale_marker(None, None), "DI"),
    ("u. art. 145n; JPK: cash register", jpk.purchase_marker(None, True), "BFK"),
    ("u. art. 106ga ust. 2; JPK: seller abroad", jpk.purchase_marker(None, False), "BFK"),
    ("u. art. 106nf; JPK: bought in a failure", jpk.purchase_marker(None, True, True), "OFF"),
    (
        "u. art. 106nda; JPK: bought, the code says OFFLINE",
        jpk.purchase_marker(None, True, awaiting=True),
        "DI",
    ),
    ("JPK: bought, in KSeF", jpk.purchase_marker(NUMBER, True), "NrKSeF"),
]


@pytest.mark.parametrize(("source", "found", "marker"), OUTSIDE_OR_BOUGHT)
def test_the_marker_of_what_needs_no_deadline(source, found, marker):
    assert found.value == marker


@pytest.mark.parametrize(
    ("mode", "outages", "counted"),
    [
        ("online", ["failure 11-16.."], "online"),
        ("offline24", ["failure 11-16..", "maintenance 11-16.."], "offline24"),
        ("offline", ["maintenance 11-16..11-16"], "offline"),
        ("offline", ["maintenance 11-17..", "failure 11-16.."], "offline24"),
        ("emergency", ["failure 11-16..11-16"], "emergency"),
        ("emergency", ["maintenance 11-15..11-17", "failure 11-18.."], "offline"),
        ("emergency", ["maintenance 11-16 08:00..11-16 09:00"], "offline24"),
        ("emergency", ["observed 11-16..", "total 11-16.."], "offline24"),
        ("total_failure", [], "total_failure"),
    ],
)
def test_what_it_counts_as(mode, outages, counted):
    known = [announced(it, 2026) for it in outages]
    assert deadlines.counts_as(mode, when("2026-11-16"), known).value == counted
