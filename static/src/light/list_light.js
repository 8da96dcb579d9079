import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { Component } from "@odoo/owl";
import { Light } from "./light";
import { useLights } from "./light_service";

/** The light of the company in the control panel of a list; the status page is behind it. */
export class ListLight extends Component {
    static template = "l10n_pl_ksef.ListLight";
    static components = { Light };
    static props = {};

    setup() {
        this.action = useService("action");
        this.lights = useLights();
    }

    get light() {
        return this.lights.state.lights[0];
    }

    get words() {
        const { company, words, mode_words: mode } = this.light;
        return _t("%(company)s: %(words)s Mode of issue: %(mode)s. Click for details.", {
            company,
            words,
            mode,
        });
    }

    open() {
        return this.action.doAction("l10n_pl_ksef.status_page_action");
    }
}
