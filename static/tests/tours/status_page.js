import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { StatusPage } from "@l10n_pl_ksef/status_page/status_page";

const { DateTime } = luxon;
const CARD = ".o_ksef_card[data-environment=simulator]";

function equal(found, wanted, what) {
    if (found !== wanted) {
        throw new Error(`${what}: ${found} instead of ${wanted}`);
    }
}

function daysAgo(days) {
    return DateTime.now().setZone("Europe/Warsaw").minus({ days }).toISODate();
}

function texts(root, selector) {
    return [...root.querySelectorAll(selector)].map((element) => element.textContent.trim());
}

/** What was put into the database stands on the page. */
registry.category("web_tour.tours").add("l10n_pl_ksef_status_page", {
    steps: () => [
        {
            content: "The company's environment comes first",
            trigger: ".o_ksef_cards .o_ksef_card:first-child[data-environment=simulator]",
        },
        {
            content: "How it is now",
            trigger: `${CARD}[data-state=available] .o_ksef_words:contains(KSeF answers.)`,
        },
        {
            content: "When it was last asked, and how long that took",
            trigger: `${CARD} .o_ksef_last:contains(answered in 120 ms)`,
        },
        {
            content: "Each slot of 24 hours",
            trigger: `${CARD} .o_ksef_strip`,
            run() {
                const strip = this.anchor;
                const count = (state) =>
                    strip.querySelectorAll(`.o_ksef_slot_${state}`).length;
                equal(strip.querySelectorAll(".o_ksef_slot").length, 288, "slots");
                equal(count("unavailable"), 4, "without an answer");
                equal(count("own_line"), 3, "own line");
                equal(count("gap"), 6, "gaps");
                equal(count("available"), 275, "available");
            },
        },
        {
            content: "Gaps and failures are no line in the plot",
            trigger: `${CARD} .o_ksef_latency`,
            run() {
                equal(this.anchor.querySelectorAll(".o_ksef_line").length, 4, "lines");
            },
        },
        {
            content: "Each slot has its words",
            trigger: `${CARD} .o_ksef_hover`,
            run() {
                const words = [...this.anchor.querySelectorAll("rect")].map(
                    (rect) => rect.dataset.tooltip
                );
                const count = (pattern) => words.filter((text) => pattern.test(text)).length;
                equal(count(/: no answer · no answer in time$/), 4, "words of no answer");
                equal(count(/: not checked$/), 6, "words of gaps");
                equal(count(/: available · 120 ms$/) >= 274, true, "words of answers");
            },
        },
        {
            content: "The same for those who do not see",
            trigger: `${CARD} .o_ksef_day figcaption`,
            run() {
                const label = this.anchor.querySelector(".visually-hidden").textContent;
                for (const wanted of [
                    "Simulator, last 24 hours",
                    "no answer 20 min",
                    "our own line was down 15 min",
                    "not checked 30 min",
                ]) {
                    equal(label.includes(wanted), true, `“${wanted}” in “${label}”`);
                }
                equal(this.anchor.querySelectorAll("li").length, 3, "troubles");
            },
        },
        {
            content: "Ninety days",
            trigger: `${CARD} .o_ksef_days`,
            run() {
                const cell = (days) => this.anchor.querySelector(`[data-day="${daysAgo(days)}"]`);
                equal(this.anchor.querySelectorAll(".o_ksef_cell").length, 90, "days");
                equal(cell(10).className.includes("o_ksef_level_2"), true, "10 days ago");
                equal(cell(10).textContent, "–", "sign of 10 days ago");
                equal(cell(10).dataset.tooltip.includes("no answer for 25 min"), true, "its words");
                equal(cell(20).className.includes("o_ksef_level_1"), true, "20 days ago");
                equal(cell(20).textContent, "·", "sign of 20 days ago");
                equal(cell(5).className.includes("o_ksef_level_none"), true, "5 days ago");
                equal(cell(40).className.includes("o_ksef_level_before"), true, "40 days ago");
            },
        },
        {
            content: "Nobody asked production: all of it is a gap",
            trigger: ".o_ksef_card[data-environment=production][data-state=unknown]",
            run() {
                equal(this.anchor.querySelectorAll(".o_ksef_slot_gap").length, 288, "gaps");
            },
        },
        {
            content: "What follows from an announcement, and where it stands",
            trigger:
                ".o_ksef_outages tr[data-kind=MAINTENANCE]:contains(K/2026/NI/77):contains(must be sent to KSeF by) a[href='https://www.gov.pl/web/finanse/niedostepnosc']",
        },
        {
            content: "From what nobody announced follows nothing",
            trigger:
                ".o_ksef_outages tr[data-kind=OBSERVED]:contains(no deadline moves):not(:has(a))",
        },
        {
            content: "The mode of issue, and the way to another one",
            trigger: ".o_ksef_page [name=mode]:contains(ONLINE)",
            run() {
                const buttons = texts(document, ".o_control_panel_main_buttons button");
                equal(buttons.join(), "Switch mode,Confirmation of unavailability", "buttons");
            },
        },
        {
            content: "No horizontal scrolling",
            trigger: ".o_l10n_pl_ksef_status_page .o_content",
            run() {
                equal(this.anchor.scrollWidth <= this.anchor.clientWidth, true, "fits");
            },
        },
        {
            content: "Switch the mode",
            trigger: "button[name=switch_mode]",
            run: "click",
        },
        {
            content: "The wizard asks why",
            trigger: ".modal .o_form_view",
        },
    ],
});

/** The page follows what happens; it is told from elsewhere that a check was made. */
registry.category("web_tour.tours").add("l10n_pl_ksef_status_page_refreshes", {
    steps: () => [
        {
            content: "Hurry up",
            trigger: ".o_account_kanban canvas",
            run() {
                StatusPage.SECONDS = 2;
            },
        },
        {
            content: "The menu of KSeF",
            trigger: "button[data-menu-xmlid='l10n_pl_ksef.menu_ksef']",
            run: "click",
        },
        {
            content: "Availability",
            trigger: "a[data-menu-xmlid='l10n_pl_ksef.menu_status_page']",
            run: "click",
        },
        {
            content: "KSeF does not answer",
            trigger: `${CARD}[data-state=unavailable]`,
            run() {
                this.anchor.dataset.seen = "before";
                document.querySelector(".o_l10n_pl_ksef_status_page .o_content").scrollTop = 40;
            },
        },
        {
            content: "A check succeeds, and the page says so without having been made anew",
            trigger: `${CARD}[data-state=available][data-seen=before] .o_ksef_words:contains(so far one check has succeeded)`,
            run() {
                const content = document.querySelector(".o_l10n_pl_ksef_status_page .o_content");
                equal(content.scrollTop, 40, "scrolled by");
                browser.XMLHttpRequest = class extends XMLHttpRequest {
                    open(method, url) {
                        super.open(method, url.replace(/^/, "http://127.0.0.1:9"));
                    }
                };
            },
        },
        {
            content: "The server is away",
            trigger: ".o_ksef_page [name=away]:contains(Odoo does not answer)",
            run() {
                browser.XMLHttpRequest = XMLHttpRequest;
            },
        },
        {
            content: "It is back",
            trigger: ".o_ksef_page:not(:has([name=away])) .o_ksef_cards:not(.o_ksef_old)",
        },
    ],
});

registry.category("web_tour.tours").add("l10n_pl_ksef_status_page_empty", {
    steps: () => [
        {
            content: "It is explained why there is nothing",
            trigger: ".o_ksef_page [name=empty]:contains(Nothing has been checked yet)",
        },
        {
            content: "All environments are unknown",
            trigger: ".o_ksef_cards:not(:has(.o_ksef_card:not([data-state=unknown])))",
        },
        {
            content: "A company without a connection has no mode of issue",
            trigger: ".o_ksef_page:not(:has([name=mode]))",
        },
        {
            content: "Ask now",
            trigger: "button[name=check_now]",
            run: "click",
        },
        {
            content: "Nothing can be reached from here, and the page says whose fault that is",
            trigger: ".o_ksef_page:not(:has([name=empty])) [name=own_line]:contains(It is our own line.)",
        },
        {
            content: "So do the environments",
            trigger:
                ".o_ksef_card[data-environment=production][data-state=own_line] .o_l10n_pl_ksef_light_own_line",
        },
    ],
});

registry.category("web_tour.tours").add("l10n_pl_ksef_status_page_confirm", {
    steps: () => [
        {
            content: "The earlier of two outages",
            trigger: ".o_ksef_outages tbody tr:nth-child(2) button[name=confirm_outage]",
            run: "click",
        },
        {
            content: "A new confirmation",
            trigger: ".o_form_view:has(button[name=action_make]) [name=outage_id] input",
            run() {
                equal(this.anchor.value.length > 0, true, "an outage is chosen");
            },
        },
        {
            content: "Keep it",
            trigger: ".o_form_button_save:enabled",
            run: "click",
        },
        {
            content: "Kept",
            trigger: ".o_form_view .o_form_saved, .o_form_view:has(.o_form_status_indicator_buttons.invisible)",
        },
    ],
});
