// Two versions of pages as a browser builds them: is the second the first with
// nothing but what was meant to change?
//
//   node compare.mjs complete|inline <pages.json
//
// reads [{"before", "after"}] in base64 and writes [{"same", "added", "had",
// "first"}]: "added" is what came, "had" which of its kind was there before,
// "first" where the trees differ.

import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(process.cwd() + '/');
const { parse } = require('parse5');

const mode = process.argv[2];

const attr = (node, name) => node.attrs
    && node.attrs.find((a) => a.name === name)?.value;

function name(node) {
    if (node.nodeName === 'meta') {
        const key = attr(node, 'property') ?? attr(node, 'name') ?? '';
        return /^(og:(title|description|image|url)|twitter:card)$/i.test(key)
            ? key.toLowerCase() : null;
    }

    if (node.nodeName === 'link') {
        return /(^|\s)canonical(\s|$)/i.test(attr(node, 'rel') ?? '')
            ? 'canonical' : null;
    }

    return null;
}

const kids = (node) => node.nodeName === 'template' ? [node.content]
                                                    : node.childNodes ?? [];

function walk(node, visit) {
    visit(node);
    for (const child of kids(node)) walk(child, visit);
}

function key(node) {
    return node.nodeName + JSON.stringify(node.attrs);
}

// what was inserted is in the head, beside what was there

function complete(before, after) {
    const had = new Map();
    const added = [];
    walk(before, (n) => {
        if (name(n)) had.set(key(n), (had.get(key(n)) ?? 0) + 1);
    });

    const take = [];
    walk(after, (n) => {
        const is = name(n);
        if (!is) return;
        const left = had.get(key(n)) ?? 0;
        if (left) {
            had.set(key(n), left - 1);
        } else {
            take.push(n);
            added.push([is, attr(n, 'content') ?? attr(n, 'href'),
                        n.parentNode.nodeName]);
        }
    });

    for (const n of take) {
        const list = n.parentNode.childNodes;
        const at = list.indexOf(n);
        const [previous, next] = [list[at - 1], list[at + 1]];
        list.splice(at, 1);

        // text around it is one again
        if (previous?.nodeName === '#text' && next?.nodeName === '#text') {
            previous.value += next.value;
            list.splice(at, 1);
        }
    }

    return added;
}

// what a card stands for, and the card, become the same mark

const isCard = (n) => n.nodeName === 'article'
    && /(^|\s)urlmeta-card(\s|$)/.test(attr(n, 'class') ?? '');
const isAsked = (n) => (n.nodeName === 'a' && attr(n, 'data-preview') != null
                        && attr(n, 'href') != null)
    || n.nodeName === 'oembed';

const shown = (node) => (node.childNodes ?? []).filter(
    (n) => n.nodeName !== '#text' || /[^\t\n\f\r ]/.test(n.value));

function inline(before, after, expected) {
    const added = [];
    const mark = (node) => {
        node.nodeName = node.tagName = '#card';
        node.attrs = [];
        node.childNodes = [];
    };

    walk(after, (n) => {
        if (!isCard(n)) return;
        let host = null;
        walk(n, (m) => {
            if (m.nodeName === 'a' && attr(m, 'class') === 'urlmeta-link') {
                host = attr(m, 'href');
            }
        });
        added.push(host);
        mark(n);
    });

    // those that were left are left in both
    const left = new Map();
    walk(after, (n) => {
        if (isAsked(n)) left.set(key(n), (left.get(key(n)) ?? 0) + 1);
    });

    const asked = [];
    walk(before, (n) => { if (isAsked(n)) asked.push(n); });

    for (const n of asked) {
        const more = left.get(key(n)) ?? 0;
        if (more) {
            left.set(key(n), more - 1);
            continue;
        }
        const p = n.parentNode;
        mark(p.nodeName === 'p' && shown(p).length === 1 ? p : n);
    }

    return added;
}

function text(node, depth, out) {
    const line = '  '.repeat(depth);

    if (node.nodeName === '#text') {
        out.push(line + JSON.stringify(node.value));
    } else if (node.nodeName === '#comment') {
        out.push(line + '<!--' + node.data);
    } else if (node.nodeName === '#documentType') {
        out.push(line + '<!' + node.name + node.publicId + node.systemId);
    } else {
        out.push(line + node.nodeName + JSON.stringify(node.attrs ?? []));
    }

    for (const child of kids(node)) text(child, depth + 1, out);
    return out;
}

const result = JSON.parse(readFileSync(0, 'utf8')).map((page) => {
    const [before, after] = [page.before, page.after].map(
        (s) => parse(Buffer.from(s, 'base64').toString('latin1')));
    const added = (mode === 'complete' ? complete : inline)(before, after);
    const had = {};
    if (mode === 'complete') {
        walk(before, (n) => { if (name(n)) had[name(n)] = true; });
    }
    const a = text(before, 0, []);
    const b = text(after, 0, []);
    const at = a.findIndex((line, i) => line !== b[i]);

    return {
        same: at < 0 && a.length === b.length,
        first: at < 0 ? null : [a[at], b[at] ?? null],
        added,
        had,
    };
});

process.stdout.write(JSON.stringify(result));
