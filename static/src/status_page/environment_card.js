import { _t } from "@web/core/l10n/translation";
import { Component } from "@odoo/owl";
import { Light } from "../light/light";
import { Calendar } from "./calendar";
import { DayChart } from "./day_chart";
import { long, minutesBetween, when } from "./moments";

/** One environment: how it is now, its last day and its last ninety days. */
export class EnvironmentCard extends Component {
    static template = "l10n_pl_ksef.EnvironmentCard";
    static components = { Light, Calendar, DayChart };
    static props = {
        environment: { type: Object },
        outages: { type: Array },
        now: { type: String },
        isOurs: { type: Boolean },
    };

    get since() {
        const { since } = this.props.environment;
        const duration = long(minutesBetween(since, this.props.now));
        return _t("since %(moment)s (%(duration)s)", { moment: when(since), duration });
    }

    /** The state in words; one that was never asked about has no old check either. */
    get words() {
        const { last, state, words } = this.props.environment;
        return state === "unknown" && !last ? _t("Not checked yet.") : words;
    }

    get last() {
        const { last } = this.props.environment;
        const values = { moment: when(last.moment), count: last.milliseconds, words: last.words };
        return last.failure
            ? _t("Last check %(moment)s: %(words)s", values)
            : _t("Last check %(moment)s: answered in %(count)s ms", values);
    }

    get latarnia() {
        const { latarnia } = this.props.environment;
        if (!latarnia) {
            return this.props.environment.last
                ? _t("Latarnia does not speak about this environment.")
                : "";
        }
        return latarnia.fetched
            ? _t("Latarnia: %(words)s (%(moment)s)", {
                  words: latarnia.words,
                  moment: when(latarnia.fetched),
              })
            : _t("Latarnia: %(words)s", { words: latarnia.words });
    }
}
