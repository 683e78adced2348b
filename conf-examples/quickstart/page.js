/*
 * Asks for the card twice: as a document for the frame, and as JSON.  Without
 * this script the form and the links still show the card in the frame.
 */

"use strict";

const form = document.getElementById("form");
const input = document.getElementById("url");
const frame = document.getElementById("card");
const json = document.getElementById("json");
const facts = document.getElementById("facts");

let asked = 0;


function span(text, kind) {
    const el = document.createElement("span");

    el.className = kind;
    el.textContent = text;

    return el;
}


/* nothing of an answer is ever markup: text nodes only */

function color(text) {
    const re = /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d[\d.eE+-]*|\b(?:true|false|null)\b/g;
    const out = document.createDocumentFragment();
    let end = 0;

    for (const m of text.matchAll(re)) {
        out.append(text.slice(end, m.index));
        end = m.index + m[0].length;

        if (m[2]) {
            out.append(span(m[1], "key"), m[2]);

        } else if (m[1]) {
            out.append(span(m[1], "string"));

        } else {
            out.append(span(m[0], /\d/.test(m[0]) ? "number" : "literal"));
        }
    }

    out.append(text.slice(end));

    return out;
}


async function show(url) {
    const query = "?url=" + encodeURIComponent(url);
    const turn = ++asked;

    input.value = url;
    document.getElementById("json-link").href = "/card" + query;
    document.getElementById("card-link").href = "/card.html" + query;
    document.getElementById("curl").textContent = location.origin + "/card"
        + (/[&#%+\s']/.test(url) ? query : "?url=" + url);

    facts.textContent = "…";

    const start = performance.now();
    let answer, body;

    try {
        answer = await fetch("/card" + query);
        body = await answer.text();

    } catch (e) {
        answer = null;
        body = String(e);
    }

    if (turn !== asked) {
        return;
    }

    const parts = [];

    if (answer) {
        parts.push(answer.status);
        parts.push(answer.headers.get("X-Cache-Status"));
        parts.push(Math.round((performance.now() - start) * 10) / 10 + " ms");
    }

    facts.textContent = parts.filter(Boolean).join(" · ");

    try {
        body = JSON.stringify(JSON.parse(body), null, 2);

    } catch (e) {
        /* shown as it came */
    }

    json.replaceChildren(color(body));

    /* after the JSON, whose cache status is then that of the fetch */

    frame.contentWindow.location.replace("/card.html" + query);
}


function ask(url) {
    history.pushState(null, "", "?url=" + encodeURIComponent(url));
    show(url);
}


form.addEventListener("submit", (e) => {
    e.preventDefault();
    ask(input.value.trim());
});

document.addEventListener("click", (e) => {
    const a = e.target.closest("a[target=card]");

    if (a && !e.ctrlKey && !e.metaKey && !e.shiftKey && e.button === 0) {
        e.preventDefault();
        ask(new URL(a.href).searchParams.get("url"));
        document.querySelector(".answer").scrollIntoView({ block: "nearest" });
    }
});

function shown() {
    return new URLSearchParams(location.search).get("url")
        || input.defaultValue;
}

window.addEventListener("popstate", () => show(shown()));

show(shown());
