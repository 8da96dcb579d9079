import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";

/**
 * A page made of a document, in a frame that may do nothing: no script, no form, no link, no
 * window, and an origin of its own. Whatever the document says, it cannot reach Odoo.
 */
export class PageField extends Component {
    static template = "l10n_pl_ksef.PageField";
    static props = { ...standardFieldProps };

    get page() {
        return this.props.record.data[this.props.name] || "";
    }
}

registry.category("fields").add("l10n_pl_ksef_page", {
    component: PageField,
    displayName: _t("KSeF page"),
    supportedTypes: ["text"],
});
