import { registry } from "@web/core/registry";
import { inputFiles } from "@web/../tests/utils";

const FIELD = ".modal [name=signed_file] .o_input_file";

function upload(content, name) {
    return {
        content: `Upload ${name}`,
        trigger: ".modal [name=signed_file]",
        async run() {
            await inputFiles(FIELD, [new File([content], name)]);
        },
    };
}

const NO_WAY_ON = {
    content: "Nothing can be sent to KSeF",
    trigger: ".modal footer:not(:has(button[name=action_submit]))",
};

/** Mistakes with the signed file are said in words at once, and none is a dead end. */
registry.category("web_tour.tours").add("l10n_pl_ksef_wrong_file", {
    steps: () => [
        {
            content: "A new connection",
            trigger: ".o_control_panel button:contains(New connection)",
            run: "click",
        },
        {
            content: "Choose the simulator",
            trigger: ".modal [name=environment] input[data-value=simulator]",
            run: "click",
        },
        {
            content: "Get the request file",
            trigger: ".modal button[name=action_begin]",
            run: "click",
        },
        {
            content: "The countdown runs",
            trigger: ".modal .o_l10n_pl_ksef_countdown:contains(9:)",
        },
        NO_WAY_ON,
        upload("%PDF-1.7\n1 0 obj\n", "podpisany.pdf"),
        {
            content: "It is a PDF",
            trigger: ".modal [name=examination] .alert-danger:contains(This is a PDF)",
        },
        NO_WAY_ON,
        upload("<!DOCTYPE html><html><body>Podpisz</body></html>", "podpisz.html"),
        {
            content: "It is a page of the browser",
            trigger: ".modal [name=examination] .alert-danger:contains(web page)",
        },
        NO_WAY_ON,
        {
            content: "There is always a way on",
            trigger: ".modal button[name=action_new_file]",
            run: "click",
        },
        {
            content: "A new file, and nothing uploaded for it",
            trigger: ".modal:has(.o_l10n_pl_ksef_countdown):not(:has([name=examination]))",
        },
        {
            content: "Close",
            trigger: ".modal button[special=cancel]",
            run: "click",
        },
    ],
});
