import { Component } from "@odoo/owl";

/**
 * KSeF's availability as a dot: a colour, a sign in it for those who see no colours, and words.
 *
 * States: available, unavailable, own_line, unknown, maintenance, failure, total_failure.
 */
export class Light extends Component {
    static template = "l10n_pl_ksef.Light";
    static props = {
        state: { type: String },
        words: { type: String },
        // The words stand beside it already.
        silent: { type: Boolean, optional: true },
    };
}
