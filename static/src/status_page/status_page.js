import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { useSetupAction } from "@web/search/action_hook";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import {
    Component,
    onMounted,
    onWillStart,
    onWillUnmount,
    useExternalListener,
    useRef,
    useState,
} from "@odoo/owl";
import { EnvironmentCard } from "./environment_card";
import {
    clock,
    clockWithSeconds,
    day,
    isElsewhere,
    long,
    minutesBetween,
    when,
} from "./moments";

/** KSeF's availability: now, today, in ninety days, what follows from it, and what can be done. */
export class StatusPage extends Component {
    static template = "l10n_pl_ksef.StatusPage";
    static components = { Layout, EnvironmentCard };
    static props = { ...standardActionServiceProps };
    /** How often the page refreshes itself. */
    static SECONDS = 60;

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.root = useRef("root");
        this.display = { controlPanel: {} };
        this.state = useState({ data: null, loaded: null, now: null, isAway: false, isBusy: false });
        this.isElsewhere = isElsewhere();
        useSetupAction({ rootRef: this.root });
        useExternalListener(document, "visibilitychange", () => this.refreshIfOld());
        onWillStart(async () => {
            const [isManager] = await Promise.all([
                user.hasGroup("l10n_pl_ksef.group_manager"),
                this.load(),
            ]);
            this.isManager = isManager;
        });
        onMounted(() => this.plan());
        onWillUnmount(() => {
            this.gone = true;
            clearTimeout(this.timer);
        });
    }

    // --- keeping fresh -------------------------------------------------------------------------

    plan() {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.refreshIfOld(), this.constructor.SECONDS * 1000);
    }

    async refreshIfOld() {
        const age = this.asked ? Date.now() - this.asked : Infinity;
        // The clock of the timer is not the clock of the day: a little early is not young.
        if (!document.hidden && age >= this.constructor.SECONDS * 1000 - 500) {
            await this.refresh();
        }
        if (!this.gone) {
            this.plan();
        }
    }

    /** Read again what stands on the page, without the page's blinking. */
    async refresh() {
        try {
            await this.load();
        } catch (error) {
            if (this.gone) {
                return;
            }
            this.state.isAway = true;
            this.state.now = new Date().toISOString();
            if (!(error instanceof ConnectionLostError)) {
                this.gone = true; // it will say the same again each time
                throw error;
            }
        }
    }

    async load() {
        this.asked = Date.now();
        const data = await this.orm.silent.call("l10n_pl_ksef.probe", "status_page", []);
        const loaded = new Date().toISOString();
        Object.assign(this.state, { data, loaded, now: loaded, isAway: false });
    }

    // --- what is shown -------------------------------------------------------------------------

    get data() {
        return this.state.data;
    }

    /** The company's own environment first. */
    get environments() {
        const ours = this.data.company.environment;
        const rank = (environment) => (environment.code === ours ? 0 : 1);
        return [...this.data.environments].sort((a, b) => rank(a) - rank(b));
    }

    outagesOf(environment) {
        return this.data.outages.filter((outage) => outage.environment === environment.code);
    }

    get isEmpty() {
        return this.data.environments.every(
            (one) => !one.last && !one.calendar.some((cell) => cell.probes)
        );
    }

    get freshness() {
        return _t("As of %(moment)s", { moment: clockWithSeconds(this.state.loaded) });
    }

    get awayWords() {
        const age = long(minutesBetween(this.state.loaded, this.state.now));
        return _t(
            "Odoo does not answer. This page shows what was known at %(moment)s, %(age)s ago; KSeF may be in another state now.",
            { moment: clock(this.state.loaded), age }
        );
    }

    get ownLineWords() {
        return _t(
            "Neither KSeF nor %(host)s can be reached from this server, so nothing is known about KSeF itself.",
            { host: this.data.neutral_host }
        );
    }

    get modeSince() {
        return _t("since %(moment)s", { moment: when(this.data.company.since) });
    }

    get outages() {
        const names = Object.fromEntries(
            this.data.environments.map((environment) => [environment.code, environment.name])
        );
        return this.data.outages.map((outage) => ({
            ...outage,
            environmentName: names[outage.environment] || outage.environment,
            state: outage.kind === "OBSERVED" ? "unavailable" : outage.kind.toLowerCase(),
            from: this.dayAndClock(outage.start),
            to: outage.end ? this.dayAndClock(outage.end) : _t("not over yet"),
            duration: this.duration(outage),
            isSafe: /^https?:\/\//i.test(outage.link || ""),
        }));
    }

    dayAndClock(iso) {
        return `${day(iso)} ${clock(iso)}`;
    }

    /** How long it lasted so far; nothing for one that has not begun. */
    duration({ start, end }) {
        const until = end && end < this.data.now ? end : this.data.now;
        return start < until ? long(minutesBetween(start, until)) : "";
    }

    // --- what can be done ----------------------------------------------------------------------

    async checkNow() {
        this.state.isBusy = true;
        try {
            await this.orm.call("l10n_pl_ksef.probe", "action_check_now", []);
            await this.refresh();
        } finally {
            this.state.isBusy = false;
        }
    }

    switchMode(mode) {
        const additionalContext = { default_company_id: user.activeCompany.id };
        if (mode) {
            additionalContext.default_mode = mode;
        }
        return this.open("l10n_pl_ksef.switch_mode_action", { additionalContext });
    }

    async decline() {
        await this.orm.call("res.company", "l10n_pl_ksef_decline", [[user.activeCompany.id]]);
        await this.refresh();
    }

    /** A new confirmation: for an outage, or for what the person chooses. */
    confirm(outage) {
        const additionalContext = outage && {
            default_environment: outage.environment,
            default_outage_id: outage.id,
        };
        return this.open("l10n_pl_ksef.confirmation_action", {
            additionalContext,
            viewType: "form",
        });
    }

    open(action, options) {
        const onClose = () => this.gone || this.refresh();
        return this.action.doAction(action, { ...options, onClose });
    }
}

registry.category("actions").add("l10n_pl_ksef.status_page", StatusPage);
