import { _t } from "@web/core/l10n/translation";
import { Component } from "@odoo/owl";
import { clock, long, minutesBetween, moment } from "./moments";

/** The plot's steps of its highest value, in milliseconds. */
const TOPS = [250, 500, 1000, 2000, 5000, 10000, 20000, 30000, 60000];
/** A pause between two answers longer than this is no line in the plot, in minutes. */
const PAUSE = 8;

/**
 * The last 24 hours of an environment: a slot for each check, and how long the answers took.
 *
 * Each state has a silhouette of its own beside its colour: available fills the strip, no answer
 * stands out above it, our own line is half as high, and where nothing was checked there is nothing.
 */
export class DayChart extends Component {
    static template = "l10n_pl_ksef.DayChart";
    static props = {
        slots: { type: Array },
        latency: { type: Array },
        outages: { type: Array },
        name: { type: String },
    };

    get start() {
        return this.props.slots[0].start;
    }

    get end() {
        return this.props.slots.at(-1).end;
    }

    /** Where a moment is, in slots from the left. */
    place(iso) {
        const { slots } = this.props;
        const width = minutesBetween(slots[0].start, slots[0].end);
        return Math.min(Math.max(minutesBetween(this.start, iso) / width, 0), slots.length);
    }

    get words() {
        return {
            available: _t("available"),
            unavailable: _t("no answer"),
            own_line: _t("our own line was down"),
            gap: _t("not checked"),
        };
    }

    get failures() {
        return {
            dns: _t("name resolution failed"),
            connect: _t("no connection"),
            tls: _t("no secure connection (TLS)"),
            timeout: _t("no answer in time"),
            reset: _t("the connection broke"),
            http: _t("HTTP error"),
            not_ksef: _t("something else than KSeF answered"),
        };
    }

    get slots() {
        const latency = this.points;
        return this.props.slots.map((slot, index) => {
            const [from, to] = [clock(slot.start), clock(slot.end)];
            const state = this.words[slot.state];
            const parts = [_t("%(from)s–%(to)s: %(state)s", { from, to, state })];
            const point = latency.find(
                ({ x, milliseconds }) => milliseconds !== null && x >= index && x < index + 1
            );
            if (point && slot.state === "available") {
                parts.push(_t("%(count)s ms", { count: point.milliseconds }));
            }
            if (slot.failure) {
                parts.push(this.failures[slot.failure] || slot.failure);
            }
            return { ...slot, index, text: parts.join(" · ") };
        });
    }

    /** What is not as it should be, in one sentence each: for those who cannot see the strip. */
    get troubles() {
        const runs = [];
        for (const slot of this.props.slots) {
            const last = runs.at(-1);
            if (last && last.state === slot.state) {
                last.end = slot.end;
            } else {
                runs.push({ ...slot });
            }
        }
        return runs
            .filter((run) => run.state !== "available")
            .map((run) => ({
                key: run.start,
                text: _t("%(from)s–%(to)s: %(state)s", {
                    from: clock(run.start),
                    to: clock(run.end),
                    state: this.words[run.state],
                }),
            }));
    }

    get summary() {
        const minutes = {};
        for (const slot of this.props.slots) {
            minutes[slot.state] =
                (minutes[slot.state] || 0) + minutesBetween(slot.start, slot.end);
        }
        return Object.entries(this.words)
            .filter(([state]) => minutes[state])
            .map(([state, words]) => `${words} ${long(minutes[state])}`)
            .join(", ");
    }

    get label() {
        const { name } = this.props;
        return _t("%(name)s, last 24 hours: %(summary)s", { name, summary: this.summary });
    }

    /** Announced and observed outages of these hours, as lines above the strip. */
    get bars() {
        return this.props.outages
            .filter(
                (outage) => outage.start < this.end && (!outage.end || outage.end > this.start)
            )
            .filter((outage) => outage.kind !== "OBSERVED")
            .map((outage) => {
                const from = this.place(outage.start);
                const to = outage.end ? this.place(outage.end) : this.props.slots.length;
                return {
                    id: outage.id,
                    state: outage.kind.toLowerCase(),
                    style: this.across(from, Math.max(to - from, 2)),
                    text: [outage.kind_words, outage.title].filter(Boolean).join(" · "),
                };
            });
    }

    /** A place and a width as shares of the strip; time runs from left to right in all languages. */
    across(from, width = 0) {
        const whole = this.props.slots.length;
        return `left: ${(100 * from) / whole}%; width: ${(100 * width) / whole}%`;
    }

    get hours() {
        const hours = [];
        let at = moment(this.start).startOf("hour");
        for (; at <= moment(this.end); at = at.plus({ hours: 1 })) {
            if (at.hour % 3 === 0 && at >= moment(this.start)) {
                hours.push({
                    key: at.toISO(),
                    style: this.across(this.place(at.toISO())),
                    text: at.toFormat("H:mm"),
                });
            }
        }
        return hours;
    }

    // --- latency -------------------------------------------------------------------------------

    get points() {
        return this.props.latency.map((one) => ({ ...one, x: this.place(one.moment) }));
    }

    get measured() {
        return this.props.latency.map((one) => one.milliseconds).filter((one) => one !== null);
    }

    get top() {
        const highest = Math.max(0, ...this.measured);
        return TOPS.find((top) => top >= highest) || highest;
    }

    get topWords() {
        return _t("%(count)s ms", { count: this.top });
    }

    get usual() {
        const sorted = [...this.measured].sort((a, b) => a - b);
        if (!sorted.length) {
            return this.props.latency.length
                ? _t("No answer in the last 24 hours")
                : _t("Not checked in the last 24 hours");
        }
        return _t("Answers usually took %(usual)s ms, at most %(most)s ms", {
            usual: sorted[Math.floor(sorted.length / 2)],
            most: sorted.at(-1),
        });
    }

    /** The plot's lines: one for each stretch of answers, so that a gap is seen as a gap. */
    get lines() {
        const lines = [];
        let before = null;
        for (const point of this.points) {
            if (point.milliseconds === null) {
                before = null;
                continue;
            }
            if (!before || minutesBetween(before.moment, point.moment) > PAUSE) {
                lines.push([]);
            }
            lines.at(-1).push([point.x, 100 - (100 * point.milliseconds) / this.top]);
            before = point;
        }
        return lines.map((line, key) => {
            // A single answer is a short stroke, else it would not be seen.
            const dots = line.length > 1 ? line : [line[0], [line[0][0] + 0.9, line[0][1]]];
            return { key, points: dots.map((dot) => dot.map((n) => n.toFixed(2)).join()).join(" ") };
        });
    }
}
