// extract.mjs PEER LIST ROUNDS: time of each document by one library from npm,
// in microseconds, the least of all rounds: parsing and extraction, in one
// process, without a network.  What takes text gets it decoded; unfurl.js gets
// the bytes.  One line for each: name, bytes, microseconds (or "failed").
//
// The libraries are those of package.json, installed in build/bench.

import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [peer, list, rounds] = process.argv.slice(2);
const root = process.env.URLMETA_BENCH_MODULES + '/';
const require = createRequire(root + 'package.json');
const load = async (name) => import(pathToFileURL(require.resolve(name)));

const documents = readFileSync(list, 'utf8').split('\n').filter(Boolean)
  .map((line) => {
    const [name, file, url, type] = line.split('\t');
    const bytes = readFileSync(file);
    const label = /charset=["']?([^\s;"']+)/i.exec(type)?.[1]
      ?? /<meta[^>]+charset=["']?([^\s;"'>/]+)/i
        .exec(bytes.subarray(0, 1024).toString('latin1'))?.[1] ?? 'utf-8';
    let text;

    try {
      text = new TextDecoder(label).decode(bytes);
    } catch {
      text = new TextDecoder('utf-8').decode(bytes);
    }

    return { name, url, type, bytes, text };
  });

const makers = {
  'unfurl.js': async () => {
    const { unfurl } = require('unfurl.js');

    return (page) => unfurl(page.url, {
      oembed: false,
      fetch: async () => new Response(page.bytes, {
        headers: { 'content-type': page.type || 'text/html' },
      }),
    });
  },

  htmlmetaparser: async () => {
    const { Handler } = require('htmlmetaparser');
    const { Parser } = require('htmlparser2');

    return async (page) => {
      let result;
      const handler = new Handler((error, value) => { result = value; },
        { url: page.url });
      const parser = new Parser(handler, { decodeEntities: true });

      parser.write(page.text);
      parser.end();

      return result;
    };
  },

  'open-graph-scraper': async () => {
    const ogs = require('open-graph-scraper');
    const scrape = ogs.default ?? ogs;

    return (page) => scrape({ html: page.text });
  },

  metascraper: async () => {
    const plugin = async (name) => (await load(name)).default();
    const plugins = [];

    for (const name of ['audio', 'author', 'date', 'description', 'image',
      'lang', 'publisher', 'title', 'url', 'video']) {
      plugins.push(await plugin(`metascraper-${name}`));
    }

    const scrape = (await load('metascraper')).default(plugins);

    // it refuses a host whose top-level domain it does not know
    const known = (url) => url.replace(/^(https?:\/\/[^\/]*)\.example(?=\/)/, '$1.com');

    return (page) => scrape({ url: known(page.url), html: page.text });
  },

  'link-preview-js': async () => {
    const { getPreviewFromContent } = require('link-preview-js');

    return (page) => getPreviewFromContent({
      url: page.url,
      headers: { 'content-type': 'text/html' },
      data: page.text,
    });
  },
};

const extract = await makers[peer]();
const best = documents.map(() => Infinity);
const failed = documents.map(() => 0);

// a round over all documents first, so that the code is compiled

for (let round = 0; round <= Number(rounds); round++) {
  for (let i = 0; i < documents.length; i++) {
    const start = process.hrtime.bigint();

    try {
      await extract(documents[i]);
    } catch {
      failed[i] = 1;
    }

    const time = Number(process.hrtime.bigint() - start) / 1000;

    if (round > 0 && time < best[i]) {
      best[i] = time;
    }
  }
}

documents.forEach((page, i) => {
  const time = failed[i] ? 'failed' : best[i].toFixed(2);

  console.log(`${page.name}\t${page.bytes.length}\t${time}`);
});
