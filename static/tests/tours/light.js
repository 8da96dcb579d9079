import { registry } from "@web/core/registry";

const OPEN_INVOICES = [
    {
        content: "The dashboard has loaded all that it needs",
        trigger: ".o_account_kanban canvas",
    },
    {
        content: "Menu Customers",
        trigger: "button[data-menu-xmlid='account.menu_finance_receivables']",
        run: "click",
    },
    {
        content: "Invoices",
        trigger: "a[data-menu-xmlid='account.menu_action_move_out_invoice_type']",
        run: "click",
    },
    {
        content: "The list of invoices",
        trigger: ".o_list_view .o_data_row",
    },
];
const LIGHT = ".o_list_view .o_control_panel .o_l10n_pl_ksef_list_light";

registry.category("web_tour.tours").add("l10n_pl_ksef_light", {
    steps: () => [
        {
            content: "The dashboard's card has the light",
            trigger: ".o_kanban_record [name=l10n_pl_ksef] .o_l10n_pl_ksef_light_unavailable",
        },
        {
            content: "The proposal stands above the cards",
            trigger: ".o_l10n_pl_ksef_banner:contains(KSeF did not answer twice in a row)",
        },
        ...OPEN_INVOICES,
        {
            content: "The list has the light, with words",
            trigger: `${LIGHT}[data-tooltip*='KSeF does not answer'] .o_l10n_pl_ksef_light_unavailable`,
        },
        {
            content: "The wizard proposes the same",
            trigger: ".o_list_view .o_l10n_pl_ksef_banner button[name=l10n_pl_ksef_switch]",
            run: "click",
        },
        {
            content: "Close it",
            trigger: ".modal .o_form_view [name=mode]:contains(OFFLINE24)",
            run() {
                document.querySelector(".modal button.btn-close").click();
            },
        },
        {
            content: "Click on the light",
            trigger: `body:not(:has(.modal)) ${LIGHT}`,
            run: "click",
        },
        {
            content: "The status page with the same proposal",
            trigger: ".o_ksef_page [name=proposal] button[name=switch_proposed]",
        },
        {
            content: "Back to the list",
            trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a:contains(Invoices)",
            run: "click",
        },
        {
            content: "Not now",
            trigger: ".o_list_view .o_l10n_pl_ksef_banner button[name=l10n_pl_ksef_not_now]",
            run: "click",
        },
        {
            content: "The line is gone, the light is not",
            trigger: `.o_list_view:not(:has(.o_l10n_pl_ksef_banner)) .o_l10n_pl_ksef_list_light .o_l10n_pl_ksef_light_unavailable`,
        },
    ],
});

const SHOWN =
    ".o_l10n_pl_ksef_light, .o_l10n_pl_ksef_list_light, .o_l10n_pl_ksef_banner, .o_l10n_pl_ksef_environment";

/** The answer has come before it is looked at whether something is shown. */
function nothing(where) {
    return {
        content: `Nothing of KSeF on ${where}`,
        trigger: where,
        async run() {
            const { l10n_pl_ksef_light: service } = odoo.__WOWL_DEBUG__.root.env.services;
            await service.load();
            if (service.state.lights.length) {
                throw new Error("There is a light.");
            }
            await new Promise((resolve) => requestAnimationFrame(resolve));
            const found = document.querySelector(SHOWN);
            if (found) {
                throw new Error(`${found.className} is shown.`);
            }
        },
    };
}

registry.category("web_tour.tours").add("l10n_pl_ksef_no_light", {
    steps: () => [
        nothing(".o_account_kanban .o_kanban_record"),
        ...OPEN_INVOICES,
        nothing(".o_list_view .o_data_row"),
    ],
});
