import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";

/**
 * The KSeF environment as a word in a colour of its own, the same everywhere: nobody may mistake
 * practice for production or the other way round.
 */
export class EnvironmentField extends Component {
    static template = "l10n_pl_ksef.EnvironmentField";
    static props = { ...standardFieldProps };

    get value() {
        return this.props.record.data[this.props.name];
    }

    get label() {
        const selection = this.props.record.fields[this.props.name].selection;
        const found = selection.find(([value]) => value === this.value);
        return found ? found[1] : "";
    }
}

registry.category("fields").add("l10n_pl_ksef_environment", {
    component: EnvironmentField,
    displayName: _t("KSeF environment"),
    supportedTypes: ["selection"],
    // A word that is cut off could be taken for another one.
    listViewWidth: 140,
});
