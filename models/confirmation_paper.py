import io
from datetime import datetime
from urllib.parse import urlsplit

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import split_every
from odoo.tools.pdf import PdfFileReader, PdfFileWriter
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen import canvas

from .moments import WARSAW
from .probe import LATE

#: More failed probes than this are put together where they failed alike; the file has each.
MOST_ROWS = 400
#: After so many rows the heads of the columns are printed again.
ROWS_OF_A_TABLE = 40


class Confirmation(models.Model):
    """What stands on the paper, all of it taken from the evidence file."""

    _inherit = "l10n_pl_ksef.confirmation"

    def _paper(self):
        """The values of the template, in its language."""
        self.ensure_one()
        evidence = self._evidence()
        return {
            "evidence": evidence,
            "taxpayer": f"{evidence['company']['name']}, NIP {evidence['company']['nip']}",
            "environment": self._named("environment", evidence["environment"]["code"]),
            "host": urlsplit(evidence["environment"]["api"]).netloc,
            "interval": (
                when(evidence["interval"]["start"]),
                when(evidence["interval"]["end"]),
            ),
            "made_at": when(evidence["made"]["at"]),
            "made_by": evidence["made"]["by"],
            "findings": self._findings(evidence),
            "troubles": [
                self._span(span, evidence)
                for span in evidence["spans"]
                if span["state"] not in ("available", "not_asked")
            ],
            "gaps": [
                self._span(span, evidence)
                for span in evidence["spans"]
                if span["state"] == "not_asked"
            ],
            "source": self._source(evidence),
            "announcements": [
                *(self._announcement(one) for one in evidence["announcements"]),
                *(self._entered(one) for one in evidence["outages"] if one["source"] == "by_hand"),
            ],
            "method": self._method(evidence),
            "tables": list(split_every(ROWS_OF_A_TABLE, self._rows(evidence["probes"]), list)),
            "file": self.evidence_id.name,
            "sha256": self.sha256,
        }

    # --- the summary ---------------------------------------------------------------------------

    def _findings(self, evidence):
        """What was found, in sentences, the gravest first."""
        _ = self.env._
        summary = evidence["summary"]
        lines = []
        if not summary["probes"]:
            return [_("KSeF was not asked in this interval, so nothing can be said about it.")]
        if summary["failed"]:
            lines.append(
                _(
                    "KSeF did not answer for %(time)s: %(failed)s of %(probes)s checks failed.",
                    time=self._length(summary["seconds_unavailable"]),
                    failed=summary["failed"],
                    probes=summary["probes"],
                )
            )
            if summary["neutral_answered"]:
                lines.append(
                    _(
                        "The Internet line of this server worked: beside %(asked)s failed checks a"
                        " host that has nothing to do with KSeF was asked, and it answered"
                        " %(answered)s times.",
                        asked=summary["neutral_asked"],
                        answered=summary["neutral_answered"],
                    )
                )
        else:
            lines.append(
                _("KSeF answered all %(probes)s checks.", probes=summary["probes"])
                if not summary["own_line"]
                else _("No check showed a failure of KSeF itself.")
            )
        if summary["own_line"]:
            lines.append(
                _(
                    "For %(time)s nothing on the Internet could be reached from this server: its"
                    " own line was broken. That is no failure of KSeF.",
                    time=self._length(summary["seconds_own_line"]),
                )
            )
        if summary["seconds_not_asked"]:
            lines.append(
                _(
                    "For %(time)s KSeF was not asked; nothing is claimed about that time.",
                    time=self._length(summary["seconds_not_asked"]),
                )
            )
        announced = [one for one in evidence["outages"] if one["kind"] != "OBSERVED"]
        if announced:
            lines.append(
                _(
                    "The Ministry of Finance announced: %(outages)s.",
                    outages="; ".join(self._outage_words(one) for one in announced),
                )
            )
        else:
            lines.append(
                _("No announcement of the Ministry of Finance about this interval is known here.")
            )
        return lines

    def _outage_words(self, outage):
        parts = [self._kind(outage["kind"]), outage["announcement"] or ""]
        parts.append(f"({when(outage['start'])} – {when(outage['end'])})")
        if outage["source"] == "by_hand":
            parts.append(self.env._("(entered by hand, see below)"))
        return " ".join(filter(None, parts))

    def _length(self, seconds):
        hours, rest = divmod(int(seconds), 3600)
        minutes, seconds = divmod(rest, 60)
        if hours:
            return self.env._(
                "%(hours)s h %(minutes)s min %(seconds)s s",
                hours=hours,
                minutes=minutes,
                seconds=seconds,
            )
        return self.env._("%(minutes)s min %(seconds)s s", minutes=minutes, seconds=seconds)

    # --- tables --------------------------------------------------------------------------------

    def _span(self, span, evidence):
        inside = [
            probe
            for probe in evidence["probes"]
            if span["start"] <= probe["moment"] < span["end"] and probe["failure"]
        ]
        return {
            "start": when(span["start"]),
            "end": when(span["end"]),
            "length": self._length(span["seconds"]),
            "probes": span["probes"],
            "state": self._state(span["state"]),
            "failures": ", ".join(sorted({self._failure(probe) for probe in inside})),
        }

    def _source(self, evidence):
        latarnia = evidence["environment"]["latarnia"]
        if not latarnia:
            return self.env._(
                "Latarnia, the Ministry's status service, does not speak about this environment."
            )
        return self.env._(
            "Read from Latarnia, the Ministry's status service (%(address)s).", address=latarnia
        )

    def _announcement(self, one):
        _ = self.env._
        words = f"{one['category'] or '?'} / {one['type'] or '?'}"
        lines = [
            _(
                "%(words)s, event %(event)s, version %(version)s",
                words=words,
                event=one["event"] or "?",
                version=one["version"],
            ),
            _("From %(start)s to %(end)s", start=when(one["start"]), end=when(one["end"])),
            _(
                "Published %(published)s, read here on %(read)s",
                published=when(one["published"]),
                read=when(one["first_read"]),
            ),
        ]
        if one["replaced_by_later_version"]:
            lines.append(_("Replaced by a later version."))
        return {
            "name": " ".join(filter(None, [one["number"], one["title"]])) or "?",
            "lines": lines,
            "text": one["text"] or one["raw"],
            "foot": f"SHA-256 (JSON): {one['sha256']}",
        }

    def _entered(self, one):
        """What a person copied from the Ministry's bulletin."""
        _ = self.env._
        lines = [
            _(
                "Entered by hand by %(person)s on %(moment)s",
                person=one["entered_by"],
                moment=when(one["entered_on"]),
            ),
            _("From %(start)s to %(end)s", start=when(one["start"]), end=when(one["end"])),
            _("Published %(published)s", published=when(one["announced"])),
        ]
        if one["replaced"]:
            lines.append(_("Latarnia announced it later itself."))
        parts = [one["announcement"], self._kind(one["kind"]), one["title"]]
        return {
            "name": " ".join(filter(None, parts)),
            "lines": lines,
            "text": one["text"] or "",
            "foot": one["link"] or "",
        }

    def _method(self, evidence):
        """How it was checked: what, and in which words."""
        _ = self.env._
        method = evidence["method"]
        hosts = ", ".join(method["neutral_hosts"])
        return [
            (_("Question"), method["question"]),
            (
                _("How often"),
                _(
                    "every %(minutes)s minutes, by a program, without a person",
                    minutes=method["every_seconds"] // 60,
                ),
            ),
            (
                _("Asked from"),
                _("%(names)s (name of the server)", names=", ".join(method["servers"]) or "–"),
            ),
            (
                _("Counts as answered"),
                _(
                    "the list of KSeF's public keys as its interface describes it, or the answer"
                    " that it is asked too often (HTTP 429)"
                ),
            ),
            (
                _("Counts as unavailable"),
                _(
                    "no such answer: the name not found, no connection, no secure connection, no"
                    " whole answer in time (%(connect)s s for the connection, %(read)s s for each"
                    " piece of the answer), an HTTP error, another page instead of KSeF",
                    **method["timeout_seconds"],
                ),
            ),
            (
                _("Own line or KSeF"),
                _(
                    "with each failed check a neutral host is asked (%(hosts)s); when neither KSeF"
                    " nor Latarnia nor that host can be reached, the line of this server is"
                    " broken, and KSeF is not to blame",
                    hosts=hosts or "–",
                ),
            ),
            (
                _("Clock"),
                _(
                    "that of the server; the date that KSeF's answers bear stands beside each check"
                    " in the file"
                ),
            ),
            (_("Software"), " ".join(evidence["software"].values())),
        ]

    def _rows(self, probes):
        """The checks one by one, those in a row that came out alike as one row."""
        rows = []
        for run in _runs(probes):
            first, last = run[0], run[-1]
            times = [probe["milliseconds"] for probe in run]
            latarnia = (first.get("latarnia") or {}).get("state")
            neutral = first["neutral"]
            rows.append(
                {
                    "failed": bool(first["failure"]),
                    "start": when(first["moment"]),
                    "end": when(last["moment"]) if len(run) > 1 else "",
                    "count": len(run),
                    "result": self._result(first),
                    "milliseconds": f"{min(times)} – {max(times)}" if len(run) > 1 else times[0],
                    "latarnia": self._named_of("probe", "latarnia", latarnia) if latarnia else "–",
                    "neutral": self._named_of("probe", "neutral", neutral) if neutral else "–",
                }
            )
        return rows

    def _result(self, probe):
        words = self._state(probe["state"])
        if probe["failure"]:
            words = f"{words}: {self._failure(probe)}"
        elif probe["http_status"]:
            words = f"{words}: HTTP {probe['http_status']}"
        return words

    def _failure(self, probe):
        words = self._named_of("probe", "failure", probe["failure"])
        if probe["http_status"]:
            words = f"{words} (HTTP {probe['http_status']})"
        return words

    # --- words ---------------------------------------------------------------------------------

    def _state(self, state):
        return self._named_of("probe", "state", state)

    def _kind(self, kind):
        return self._named_of("outage", "kind", kind)

    def _named(self, name, value):
        return dict(self._fields[name]._description_selection(self.env)).get(value, value)

    def _named_of(self, model, name, value):
        field = self.env[f"l10n_pl_ksef.{model}"]._fields[name]
        return dict(field._description_selection(self.env)).get(value, value)

    # --- pages ---------------------------------------------------------------------------------

    def _html(self):
        doc = self.with_context(lang=self.lang)
        html = doc.env["ir.qweb"]._render(
            "l10n_pl_ksef.confirmation_of_unavailability", {"doc": doc, "paper": doc._paper()}
        )
        return f"<!DOCTYPE html>{html}"

    def _print(self):
        """The paper as a PDF, its pages numbered here: not every PDF engine prints footers."""
        reports = self.env["ir.actions.report"]
        if reports.get_wkhtmltopdf_state() == "install":
            raise UserError(self.env._("wkhtmltopdf is missing on this server: it prints papers."))
        # Printed without a web page around it: nothing has to be fetched from this server, which
        # in many an installation cannot reach itself under its own address.
        pdf = reports._run_wkhtmltopdf(
            [self._html()], report_ref="l10n_pl_ksef.confirmation_of_unavailability_action"
        )
        reader = PdfFileReader(io.BytesIO(pdf))
        writer = PdfFileWriter()
        count = reader.getNumPages()
        for number in range(count):
            page = reader.getPage(number)
            # letters that the fonts of every PDF reader have: no Polish ones among them
            words = self.with_context(lang=self.lang).env._(
                "Page %(number)s of %(count)s", number=number + 1, count=count
            )
            stamp = PdfFileReader(_footer(words, f"SHA-256 {self.sha256}"))
            page.mergePage(stamp.getPage(0))
            writer.addPage(page)
        written = io.BytesIO()
        writer.write(written)
        return written.getvalue()


def _runs(probes):
    """Good answers in a row that are alike are one run, and so are failures when there are very
    many; else each failure stands alone. A gap ends a run."""
    many = sum(1 for probe in probes if probe["failure"]) > MOST_ROWS
    runs = []
    for probe in probes:
        before = runs[-1][-1] if runs else None
        if before and _alike(before, probe) and (many or not probe["failure"]):
            runs[-1].append(probe)
        else:
            runs.append([probe])
    return runs


def _alike(before, probe):
    names = ("state", "failure", "http_status", "asked_from", "neutral")
    pause = datetime.fromisoformat(probe["moment"]) - datetime.fromisoformat(before["moment"])
    said = [(one.get("latarnia") or {}).get("state") for one in (before, probe)]
    return (
        pause <= LATE and said[0] == said[1] and all(before[name] == probe[name] for name in names)
    )


def _footer(left, right):
    """A page with nothing but its foot."""
    written = io.BytesIO()
    page = canvas.Canvas(written, pagesize=A4)
    width, _height = A4
    page.setFont("Helvetica", 7.5)
    page.setFillGray(0.3)
    page.drawString(15 * mm, 8 * mm, left)
    page.drawRightString(width - 15 * mm, 8 * mm, right)
    page.save()
    written.seek(0)
    return written


def when(moment):
    """A moment of the evidence by the clock of Warsaw, with its offset: that is clear in October
    too, when an hour comes twice."""
    if not moment:
        return "…"
    here = datetime.fromisoformat(moment).astimezone(WARSAW)
    clock, offset = here.isoformat(" ", "seconds")[:-6], here.isoformat()[-6:]
    return f"{clock} {offset}"
