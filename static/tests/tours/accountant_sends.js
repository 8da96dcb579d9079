import { registry } from "@web/core/registry";

const NUMBER = /\d{10}-\d{8}-[0-9A-F]{12}-[0-9A-F]{2}/;

/** On a posted invoice, in Polish: the button, then number and receipt. */
registry.category("web_tour.tours").add("l10n_pl_ksef_accountant_sends", {
    steps: () => [
        {
            content: "Nothing was sent yet",
            trigger: ".o_form_view:not(:has([name=l10n_pl_ksef_chip]))",
        },
        {
            content: "Send to KSeF",
            trigger: "button[name=action_l10n_pl_ksef_send]:contains(Wyślij do KSeF)",
            run: "click",
        },
        {
            content: "KSeF accepted the invoice",
            trigger: "[name=l10n_pl_ksef_chip] [name=l10n_pl_ksef_state]:contains(Przyjęto)",
        },
        {
            content: "It bears a number, and the environment stands beside it",
            trigger: "[name=l10n_pl_ksef_chip] [name=l10n_pl_ksef_number]",
            run() {
                const chip = this.anchor.closest("[name=l10n_pl_ksef_chip]").textContent;
                for (const wanted of [NUMBER, /Symulator/, /ONLINE/]) {
                    if (!wanted.test(chip)) {
                        throw new Error(`${wanted} is not in “${chip}”`);
                    }
                }
            },
        },
        {
            content: "The receipt can be downloaded",
            trigger: "button[name=action_l10n_pl_ksef_download_upo]",
        },
        {
            content: "It can neither be sent again nor go back to draft",
            trigger:
                ".o_form_statusbar:not(:has([name=action_l10n_pl_ksef_send])):not(:has([name=button_draft]))",
        },
        {
            content: "The page of the document",
            trigger: ".o_notebook_headers [name=l10n_pl_ksef]",
            run: "click",
        },
        {
            content: "The attempt stands in the list",
            trigger: "[name=l10n_pl_ksef_document_ids] .o_data_row:contains(Przyjęto)",
        },
    ],
});
