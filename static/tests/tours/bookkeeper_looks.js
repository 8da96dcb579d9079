import { registry } from "@web/core/registry";

/** Somebody without the right sees what KSeF said, and no button. */
registry.category("web_tour.tours").add("l10n_pl_ksef_bookkeeper_looks", {
    steps: () => [
        {
            content: "The invoice is open",
            trigger: ".o_form_view .o_form_statusbar:has([name=action_invoice_sent])",
        },
        {
            content: "No button of KSeF is offered",
            trigger: ".o_form_statusbar:not(:has([name^=action_l10n_pl_ksef]))",
        },
        {
            content: "No page of KSeF",
            trigger: ".o_notebook_headers:not(:has([name=l10n_pl_ksef]))",
        },
    ],
});
