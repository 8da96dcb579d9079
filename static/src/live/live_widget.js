import { evaluateBooleanExpr } from "@web/core/py_js/py";
import { ConnectionLostError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { Component, onMounted, onWillUnmount } from "@odoo/owl";

const SECONDS = 2;

/**
 * Carries on with work at KSeF while somebody looks at it.
 *
 * As long as `active` holds, `method` of the record is called every few seconds; each call is one
 * short request to KSeF, so no worker is kept waiting. It is told what the page shows in `fields`;
 * when it says that this is no longer so, the record is read again. Without a browser the crons do
 * the same, only less often.
 */
export class LiveWidget extends Component {
    static template = "l10n_pl_ksef.LiveWidget";
    static props = {
        ...standardWidgetProps,
        method: { type: String },
        active: { type: String },
        fields: { type: String },
    };

    setup() {
        // Without its notification of waiting: the page must not blink every two seconds.
        this.orm = useService("orm").silent;
        onMounted(() => this.plan());
        onWillUnmount(() => {
            this.gone = true;
            clearTimeout(this.timer);
        });
    }

    get isActive() {
        const record = this.props.record;
        return evaluateBooleanExpr(this.props.active, record.evalContextWithVirtualIds);
    }

    /** What stands on the page; it may be older than what the server knows. */
    get shown() {
        const data = this.props.record.data;
        return Object.fromEntries(this.props.fields.split(",").map((name) => [name, data[name]]));
    }

    plan() {
        this.timer = setTimeout(() => this.tick(), SECONDS * 1000);
    }

    async tick() {
        const record = this.props.record;
        if (this.isActive && record.resId && !document.hidden && !(await record.isDirty())) {
            try {
                const changed = await this.orm.call(record.resModel, this.props.method, [
                    [record.resId],
                    this.shown,
                ]);
                if (changed && !this.gone) {
                    await record.model.load();
                }
            } catch (error) {
                // The server is away for a moment; the next tick finds it again.
                if (!(error instanceof ConnectionLostError)) {
                    throw error;
                }
            }
        }
        if (!this.gone) {
            this.plan();
        }
    }
}

registry.category("view_widgets").add("l10n_pl_ksef_live", {
    component: LiveWidget,
    extractProps: ({ attrs }) => ({
        method: attrs.method,
        active: attrs.active,
        fields: attrs.fields,
    }),
});
