import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { Component, onMounted, onWillUnmount, useState } from "@odoo/owl";

const { DateTime } = luxon;

/** Minutes and seconds until the moment in a field; says what to do when it has passed. */
export class CountdownWidget extends Component {
    static template = "l10n_pl_ksef.CountdownWidget";
    static props = { ...standardWidgetProps, field: { type: String } };

    setup() {
        this.state = useState({ seconds: this.remaining() });
        onMounted(() => {
            this.timer = setInterval(() => (this.state.seconds = this.remaining()), 1000);
        });
        onWillUnmount(() => clearInterval(this.timer));
    }

    remaining() {
        const end = this.props.record.data[this.props.field];
        return end ? Math.max(0, Math.floor(end.diff(DateTime.now(), "seconds").seconds)) : null;
    }

    get isOver() {
        return this.state.seconds === 0;
    }

    get isShort() {
        return this.state.seconds !== null && this.state.seconds < 120;
    }

    get text() {
        if (this.isOver) {
            return _t("The file has expired. Press “Get a new file”.");
        }
        const minutes = Math.floor(this.state.seconds / 60);
        const seconds = String(this.state.seconds % 60).padStart(2, "0");
        return _t("The file is good for another %(minutes)s:%(seconds)s", { minutes, seconds });
    }
}

registry.category("view_widgets").add("l10n_pl_ksef_countdown", {
    component: CountdownWidget,
    extractProps: ({ attrs }) => ({ field: attrs.field }),
});
