import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { Component } from "@odoo/owl";
import { Light } from "./light";
import { useLights } from "./light_service";

/** One line above a list: another mode of issue is proposed, and the way to switch to it. */
export class ProposalBanner extends Component {
    static template = "l10n_pl_ksef.ProposalBanner";
    static components = { Light };
    static props = {};

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.lights = useLights();
    }

    get proposals() {
        return this.lights.state.lights.filter((light) => light.proposed);
    }

    get light() {
        return this.proposals[0];
    }

    /** Whether it has to be said which company is meant. */
    get several() {
        return this.lights.state.lights.length > 1;
    }

    get others() {
        const count = this.proposals.length - 1;
        return count && _t("(and for %(count)s more of the chosen companies)", { count });
    }

    switchMode() {
        return this.action.doAction("l10n_pl_ksef.switch_mode_action", {
            additionalContext: {
                default_company_id: this.light.company_id,
                default_mode: this.light.proposed,
            },
            onClose: () => this.lights.load(),
        });
    }

    open() {
        return this.action.doAction("l10n_pl_ksef.status_page_action");
    }

    async decline() {
        await this.orm.call("res.company", "l10n_pl_ksef_decline", [[this.light.company_id]]);
        await this.lights.load();
    }
}
