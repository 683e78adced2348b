// What real clients hold after they asked a server: run.mjs MODULES SERVER
// PAGE MISSING EMBED, JSON on standard output.  See t/42-clients.t.

import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, server, page, missing, embed] = process.argv.slice(2);
const require = createRequire(join(resolve(modules), 'client.js'));
const result = {};

const until = async (test) => {
    for (let i = 0; i < 500 && !test(); i++) {
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return test();
};

// the Microlink query language

const mql = require('@microlink/mql');
const endpoint = `${server}/microlink`;

{
    const { status, data } = await mql(page, { endpoint });
    result.mql = { status, data };

    const failed = await mql(missing, { endpoint }).catch((e) => e);
    result.mqlError = { name: failed.name, code: failed.code,
                        status: failed.status, statusCode: failed.statusCode,
                        message: failed.message };
}

// oEmbed by discovery

{
    const path = join(resolve(modules), 'node_modules',
                      '@extractus/oembed-extractor/esm/mod.js');
    const { extract } = await import(pathToFileURL(path));
    result.oembed = await extract(embed, { maxwidth: 500 });
    result.oembedError = await extract(`${embed}/none`)
                               .catch((e) => e.message);
}

// Editor.js's tool in a page of an origin, with the browser's rules of CORS

const { JSDOM, VirtualConsole } = require('jsdom');
const tool = readFileSync(join(modules, 'node_modules',
                               '@editorjs/link/dist/link.umd.js'));

const editor = async (origin, url) => {
    const messages = [];
    const dom = new JSDOM('<!doctype html><body></body>', {
        url: origin, runScripts: 'outside-only',
        virtualConsole: new VirtualConsole(),
    });
    dom.window.eval(tool.toString());

    const api = {
        i18n: { t: (text) => text },
        notifier: { show: ({ message }) => messages.push(message) },
        styles: new Proxy({}, { get: (o, name) => String(name) }),
    };
    const link = new dom.window.LinkTool({
        data: {}, config: { endpoint: `${server}/editorjs`,
                            headers: { 'X-Editor': '1' } },
        api, readOnly: false,
    });
    const element = dom.window.document.body.appendChild(link.render());
    const input = element.querySelector('.link-tool__input');

    input.textContent = url;
    input.dispatchEvent(new dom.window.KeyboardEvent('keydown',
                                                     { keyCode: 13 }));

    await until(() => messages.length
                      || element.querySelector('.link-tool__title'));
    await new Promise((resolve) => setTimeout(resolve, 50));

    const text = (name) => element.querySelector(`.link-tool__${name}`)
                                  ?.textContent;
    const saved = JSON.parse(JSON.stringify(link.save()));
    const shown = { title: text('title'), description: text('description'),
                    anchor: text('anchor'),
                    image: element.querySelector('.link-tool__image')
                                  ?.style.backgroundImage,
                    href: element.querySelector('a')?.href };
    dom.window.close();
    return { messages, saved, shown };
};

result.editor = await editor('http://editor.example/', page);
result.editorError = await editor('http://editor.example/', missing);
result.editorOther = await editor('http://other.example/', page);

// react-link-preview

{
    const dom = new JSDOM('<!doctype html><div id="root"></div>',
                          { url: 'http://react.example/' });
    globalThis.window = dom.window;
    globalThis.document = dom.window.document;
    globalThis.navigator ??= dom.window.navigator;

    const React = require('react');
    const { createRoot } = require('react-dom/client');
    const { LinkPreview } = require('@dhaiwat10/react-link-preview');
    const fetcher = async (url) =>
        (await (await fetch(`${server}/rlp?url=${encodeURIComponent(url)}`))
            .json()).metadata;
    const show = async (url) => {
        const div = document.createElement('div');
        createRoot(div).render(React.createElement(LinkPreview, {
            url, fetcher, fallback: React.createElement('i', null, 'none'),
        }));
        await until(() => div.querySelector('[data-testid=title], i'));
        return { title: div.querySelector('[data-testid=title]')?.textContent,
                 text: div.textContent,
                 image: div.querySelector('[data-testid=image-container]')
                           ?.outerHTML };
    };

    result.react = await show(page);
    result.reactError = await show(missing);
}

process.stdout.write(JSON.stringify(result));
process.exit(0);
