import { _t } from "@web/core/l10n/translation";
import { Component } from "@odoo/owl";
import { day, long, moment } from "./moments";

const { Info } = luxon;

/** From how many minutes without KSeF a day counts as worse. */
const STEPS = [1, 15, 60];
/** From how many minutes without a check a day is not known well. */
const MUCH = 15;
const SIGNS = ["", "·", "–", "×"];

/** Ninety days of an environment, a column for each week: how long KSeF did not answer. */
export class Calendar extends Component {
    static template = "l10n_pl_ksef.Calendar";
    static props = { days: { type: Array }, name: { type: String } };

    get cells() {
        const first = moment(this.props.days[0].day).startOf("week");
        return this.props.days.map((one) => {
            const at = moment(one.day);
            const level = STEPS.filter((step) => one.minutes_down >= step).length;
            return {
                day: one.day,
                look: `o_ksef_level_${this.isBefore(one) ? "before" : one.probes ? level : "none"}`,
                isPartial: one.probes > 0 && one.minutes_gap >= MUCH,
                isOwnLine: !level && one.minutes_own_line > 0,
                sign: one.probes ? SIGNS[level] : "",
                style: `grid-column: ${Math.floor(at.diff(first, "weeks").weeks + 1e-6) + 2}; grid-row: ${at.weekday + 1}`,
                text: `${day(one.day)}: ${this.words(one)}`,
                isTrouble: level > 0,
            };
        });
    }

    /** Whether the day lies before the first check of all: nothing is missing there. */
    isBefore(one) {
        return !one.probes && !one.minutes_gap;
    }

    words(one) {
        if (!one.probes) {
            return this.isBefore(one) ? _t("before the first check") : _t("not checked");
        }
        const parts = [];
        if (one.minutes_down) {
            parts.push(_t("no answer for %(duration)s", { duration: long(one.minutes_down) }));
        }
        if (one.minutes_own_line) {
            const duration = long(one.minutes_own_line);
            parts.push(_t("our own line was down for %(duration)s", { duration }));
        }
        if (!parts.length) {
            parts.push(_t("no outage noticed"));
        }
        if (one.minutes_gap) {
            parts.push(_t("not checked for %(duration)s", { duration: long(one.minutes_gap) }));
        }
        return parts.join("; ");
    }

    get weekdays() {
        return Info.weekdays("narrow").map((name, index) => ({
            name,
            key: index,
            style: `grid-column: 1; grid-row: ${index + 2}`,
            isShown: index % 2 === 0,
        }));
    }

    /** Names of months above the weeks with which they begin, as far as there is room. */
    get months() {
        const first = moment(this.props.days[0].day).startOf("week");
        const last = moment(this.props.days.at(-1).day);
        const months = [];
        let at = moment(this.props.days[0].day);
        while (at <= last) {
            const column = Math.floor(at.diff(first, "weeks").weeks + 1e-6) + 2;
            const previous = months.at(-1);
            if (previous && column - previous.column < 3) {
                months.pop();
            }
            months.push({ column, name: at.toFormat("LLL"), style: `grid-column: ${column} / span 3; grid-row: 1` });
            at = at.startOf("month").plus({ months: 1 });
        }
        return months;
    }

    get summary() {
        const down = this.props.days.reduce((sum, one) => sum + one.minutes_down, 0);
        const checked = this.props.days.filter((one) => !this.isBefore(one)).length;
        if (!checked) {
            return _t("Never checked.");
        }
        return down
            ? _t("Days checked: %(days)s; no answer for %(duration)s", {
                  days: checked,
                  duration: long(down),
              })
            : _t("Days checked: %(days)s; no outage noticed", { days: checked });
    }

    get label() {
        return _t("%(name)s, calendar", { name: this.props.name });
    }
}
