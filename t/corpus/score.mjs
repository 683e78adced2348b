#!/usr/bin/env node

// What the command line reads of the pages of ../shared/corpus/dev, against
// what these state by the HTML standard.
//
//   score.mjs URLMETA CORPUS OUT [--pages DIRECTORY] [--check]
//             [--misses FIELD N]
//
// URLMETA is the program, CORPUS has score.mjs and dev/, unless the pages are
// elsewhere; OUT takes a card for each page.  --check prints TAP for each
// figure that is asked for.

import fs from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';

process.env.TZ = 'UTC';

const args = process.argv.slice(2);
const check = take('--check', 0);
const misses = take('--misses', 2);
const elsewhere = take('--pages', 1);
const [program, corpus, out] = args.map(a => path.resolve(a));

if (!out) {
    console.error('usage: score.mjs URLMETA CORPUS OUT [--pages DIRECTORY]'
                  + ' [--check] [--misses FIELD N]');
    process.exit(2);
}

const dir = elsewhere ? path.resolve(elsewhere[1]) : path.join(corpus, 'dev');

const lib = await import(pathToFileURL(path.join(corpus, 'score.mjs')));

function take(name, n)
{
    const i = args.indexOf(name);

    return i < 0 ? null : args.splice(i, n + 1);
}


// What each field states, before clean-up and cutting.  A source names the
// rule that won and those that lost, in the order of the chain.

const source = (card, field) => card.sources?.[field];

const entries = (card, field) => {
    const s = source(card, field);

    return !s ? [] : s.rule ? [s, ...s.lost] : s.lost;
};

const by = (card, field, rule) =>
    entries(card, field).find(e => e.rule === rule)?.value ?? null;

// a reference is told as it is stated; gold knows against what it counts

const resolved = (card, reference) => {
    try {
        return reference && new URL(reference, card.base).href;

    } catch {
        return reference;
    }
};

// What no page states by its markup, as these rules are for pages that say
// nothing; and JSON-LD that is none until it is repaired, which gold does not.

const UNSTATED = /^(host|file name|date in the address|\/favicon\.ico|h[123])$|^(body|repaired json-ld) /;

const stated = (card, field) =>
    (entries(card, field).find(e => !UNSTATED.test(e.rule))
     ?? source(card, field))?.value ?? null;

const MAP = {
    title: c => stated(c, 'title'),
    description: c => stated(c, 'description'),
    image: c => resolved(c, stated(c, 'image')),
    url: c => resolved(c, stated(c, 'canonical_url')),
    site_name: c => stated(c, 'site_name'),
    author: c => {
        const rule = source(c, 'author')?.rule;

        // one rule may name several

        return rule ? entries(c, 'author').filter(e => e.rule === rule)
                                          .map(e => e.value) : null;
    },
    published: c => stated(c, 'published'),
    lang: c => stated(c, 'language'),
    icon: c => stated(c, 'icon'),
    video: c => resolved(c, stated(c, 'video') ?? stated(c, 'player')),
    audio: c => resolved(c, stated(c, 'audio')),
    charset: c => c.http.charset,
    html_title: c => by(c, 'title', 'html title'),
    canonical: c => resolved(c, by(c, 'canonical_url', 'link canonical')),
    viewport: c => stated(c, 'viewport'),
    robots: c => stated(c, 'robots'),
    meta: c => {
        const meta = Object.create(null);

        for (const { name, content } of c.meta) {
            (meta[name] ||= []).push(content);
        }

        return meta;
    },
    jsonld: c => c.json_ld.map(b => ({ text: b.text })),
    links: c => c.links.map(l => ({ url: l.url ?? l.href, text: l.text })),
};


// percent, of the pages where gold has a value; "list" of the items

const WANTED = {
    title: 99.7, description: 99.7, image: 99.7, url: 99.7, lang: 99.7,
    icon: 99.7, canonical: 99.7, viewport: 99.7, robots: 99.7,
    site_name: 99.3, published: 99.3, author: 98,
    meta: 99.9, links: 99.9,
};

const RECOVERED = 16;


function run(pages)
{
    const list = path.join(out, 'list.tsv');

    fs.rmSync(out, { recursive: true, force: true });
    fs.mkdirSync(out, { recursive: true });

    fs.writeFileSync(list, pages.map(({ name, meta }) => [
        name, path.join(dir, name, 'page.html'), meta.url,
        meta.content_type || ''
    ].join('\t') + '\n').join(''));

    const begun = process.hrtime.bigint();
    const result = spawnSync(program, ['--details', '--batch', list, out],
                             { stdio: ['ignore', 'inherit', 'inherit'] });

    if (result.status !== 0) {
        console.error(`${program}: ${result.error ?? result.status}`);
        process.exit(2);
    }

    return Number(process.hrtime.bigint() - begun) / 1e9;
}


const stable = v => JSON.stringify(v, (k, x) =>
    x && typeof x === 'object' && !Array.isArray(x)
    ? Object.fromEntries(Object.entries(x).sort(([a], [b]) => a < b ? -1 : 1))
    : x);


// JSON-LD by its values: what is valid has to be read the same, and of what
// is not valid and not empty as much as can be recovered.

function blocks(pages, cards)
{
    const r = { valid: 0, same: 0, bad: 0, recovered: 0, lost: [], wrong: [] };

    for (const { name, gold } of pages) {
        gold.jsonld.forEach((g, i) => {
            const block = cards[name]?.json_ld[i];
            const read = block && 'value' in block;

            if (g.valid) {
                r.valid++;

                if (read && !block.repaired
                    && stable(block.value) === stable(g.parsed))
                {
                    r.same++;

                } else {
                    r.wrong.push(`${name} ${i}: ${block?.error}`);
                }

            } else if (g.text.trim()) {
                r.bad++;

                if (read) {
                    r.recovered++;

                } else {
                    r.lost.push(`${name} ${i}: ${block?.error}`);
                }
            }
        });
    }

    return r;
}


// an encoding that the page, its bytes or its header declare; the rest is
// guessed, by gold as well

function charset(pages, cards)
{
    const r = { declared: 0, right: 0, wrong: [], guessed: 0, agree: 0,
                differ: [] };

    for (const { name, gold } of pages) {
        const ours = cards[name]?.http.charset;
        const same = lib.same('charset', ours ?? '', gold.charset);

        if (gold.charset_from === 'guess' || gold.charset_from === 'default') {
            r.guessed++;
            r.agree += same;
            same || r.differ.push(`${name} gold ${gold.charset} ours ${ours}`);

        } else {
            r.declared++;
            r.right += same;
            same || r.wrong.push(`${name} gold ${gold.charset} ours ${ours}`);
        }
    }

    return r;
}


// values where gold has none, by the rule that gave them

function spurious(pages, cards)
{
    const r = {};

    for (const field of lib.FIELDS) {
        const key = { url: 'canonical_url', canonical: 'canonical_url',
                      lang: 'language', html_title: 'title' }[field]
                    ?? field;

        for (const { name, gold } of pages) {
            const card = cards[name];

            if (!card || gold[field] || !MAP[field](card)?.length) {
                continue;
            }

            const rule = (source(card, key) ?? source(card, 'player')).rule;

            ((r[field] ||= {})[rule] ||= []).push(name);
        }
    }

    return r;
}


const pages = lib.load(dir);
const seconds = run(pages);
const cards = {};

for (const { name, gold } of pages) {
    const file = path.join(out, name + '.json');

    if (fs.existsSync(file)) {
        cards[name] = JSON.parse(fs.readFileSync(file));
        cards[name].base = gold.base;
    }
}

const result = lib.score(pages, name => cards[name] ?? null, MAP);
const fields = result.fields;

if (misses) {
    for (const [name, gold, ours] of
         fields[misses[1]].misses.slice(0, +misses[2] || 1e9))
    {
        const stated = pages.find(p => p.name === name).gold
                            .stated?.[misses[1]] ?? [];

        console.log(`${name}\n  gold ${JSON.stringify(gold)}\n  ours `
                    + JSON.stringify(ours) + '\n  stated '
                    + JSON.stringify(stated).slice(0, 600));
    }

    process.exit(0);
}

const ld = blocks(pages, cards);
const cs = charset(pages, cards);
const extra = spurious(pages, cards);
const percent = (a, b) => b ? (100 * a / b).toFixed(2) : '-';

if (!check) {
    console.log(lib.table(result));
    console.log(`
JSON-LD that is valid: ${ld.same} of ${ld.valid} blocks read the same
${ld.wrong.map(x => '  ' + x + '\n').join('')}\
JSON-LD that is not valid and not empty: ${ld.recovered} of ${ld.bad} recovered
${ld.lost.map(x => '  ' + x + '\n').join('')}\
encoding declared: ${cs.right} of ${cs.declared}, ${percent(cs.right,
cs.declared)} %
${cs.wrong.map(x => '  ' + x + '\n').join('')}\
encoding not declared: ${cs.agree} of ${cs.guessed} as gold guesses
${cs.differ.map(x => '  ' + x + '\n').join('')}
values where gold has none, by the rule that gave them:`);

    for (const [field, rules] of Object.entries(extra)) {
        for (const [rule, names] of Object.entries(rules)) {
            console.log(`  ${field}: ${rule} ${names.length} (${names[0]})`);
        }
    }

    console.log(`\n${pages.length} pages in ${seconds.toFixed(2)} s, with the `
                + 'reading of files and the writing of cards');
    process.exit(0);
}


let tests = 0;

function ok(yes, what, why)
{
    tests++;
    console.log(`${yes ? 'ok' : 'not ok'} ${tests} - ${what}`);

    if (!yes) {
        (why || []).slice(0, 20).forEach(l => console.log(`# ${l}`));
    }
}

ok(result.found === result.pages, `${result.found} cards`);

for (const [field, least] of Object.entries(WANTED)) {
    const r = fields[field];
    const list = lib.LISTS.includes(field);
    const [a, b] = list ? [r.hit, r.want] : [r.stated, r.n];

    ok(b && 100 * a / b >= least, `${field} ${percent(a, b)} %`,
       r.misses.map(m => m.join(' | ')));

    if (list) {
        ok(100 * r.hit / r.have >= least,
           `${field}: ${percent(r.hit, r.have)} % of what is given`);
    }
}

ok(100 * ld.same / ld.valid >= 99.9, `JSON-LD ${percent(ld.same, ld.valid)} %`,
   ld.wrong);
ok(ld.recovered >= RECOVERED, `JSON-LD recovered: ${ld.recovered}`, ld.lost);
ok(100 * cs.right / cs.declared >= 99.7,
   `encoding ${percent(cs.right, cs.declared)} %`, cs.wrong);

console.log(`1..${tests}`);
