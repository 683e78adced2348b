// judge.mjs CHECK_CARD ANSWERS: each answer of a list by the judge of
// ../shared/security, and the same answers made worse in the ways that it must
// notice.  Writes one JSON object: violations, what was judged, and how many
// answers each mutant was caught by.
//
// Runs in a directory where parse5 is installed.

import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [check, list] = process.argv.slice(2);
const { judge, value } = await import(pathToFileURL(check));

const text = (base64) => Buffer.from(base64, 'base64').toString('utf8');
const empty = '<!doctype html><p></p>';


// The members of an object as they are written, by their names: what is judged
// is to be our bytes and not somebody's spelling of the same values.

function members(json) {
  const result = {};
  let i = 1;

  const string = () => {
    const start = i++;

    for (; json[i] !== '"'; i++) {
      if (json[i] === '\\') {
        i++;
      }
    }

    return json.slice(start, ++i);
  };

  while (i < json.length && json[i] !== '}') {
    const name = JSON.parse(string());
    const start = ++i;
    let depth = 0;

    while (depth || (json[i] !== ',' && json[i] !== '}')) {
      if (json[i] === '"') {
        string();
        continue;
      }

      depth += { '{': 1, '[': 1, '}': -1, ']': -1 }[json[i]] ?? 0;
      i++;
    }

    result[name] = json.slice(start, i);
    i += json[i] === ',';
  }

  return result;
}


// The card in the shape that the judge knows.

function flat(json) {
  const card = members(json);
  const inner = (name) => (card[name]?.[0] === '{'
    ? members(card[name]).url : 'null');

  const fields = {
    url: card.url, title: card.title, description: card.description,
    site_name: card.site_name, image: inner('image'), favicon: inner('icon'),
    host: card.host, claimed_url: card.canonical_url,
  };

  return `{${Object.entries(fields).filter(([, raw]) => raw)
    .map(([name, raw]) => `"${name}":${at(raw)}`).join(',')}}`;
}


// The judge takes any @ for that of a user name.  After the authority it is an
// ordinary character (RFC 3986 section 3.3), and many addresses have it.

function at(url) {
  return url.replace(/^("?https?:\/\/[^/?#]*)(.*)$/s,
    (all, authority, rest) => authority + rest.replace(/@/g, '%40'));
}


// Every address that somebody may open, in any dialect.

function* addresses(value, key = '') {
  if (typeof value === 'string') {
    if (/(?:^|_)(?:url|href|src|link|license)$/i.test(key)) {
      yield [key, value];
    }

  } else if (value && typeof value === 'object') {
    for (const [name, member] of Object.entries(value)) {
      yield* addresses(member, Array.isArray(value) ? key : name);
    }
  }
}

function* strings(value) {
  if (typeof value === 'string') {
    yield value;

  } else if (value && typeof value === 'object') {
    for (const member of Object.values(value)) {
      yield* strings(member);
    }
  }
}

// A member with another value, spelled as a card is.
const stated = (json, name, what) => JSON.stringify(
  { ...JSON.parse(json), [name]: what },
).replace(/[<>&\u2028\u2029\u007f-\u009f]/g, (c) => `\\u${
  c.charCodeAt(0).toString(16).padStart(4, '0')}`);

// J6 of any string: the judge looks at a title, so it is shown one.
const fit = (string) => judge({ field: 'none' }, stated('{}', 'title',
  [...string].slice(0, 300).join('').trim()), empty, empty)
  .filter((what) => /^J6/.test(what));

const opens = (url) => judge({ field: 'none' }, stated('{}', 'image', at(url)),
  empty, empty);

// what the page says, which nobody cleans up; requests are echoed likewise
const verbatim = ['meta', 'json_ld', 'links', 'headings', 'sources'];

// E1: the words of an error are ours, the same whatever an origin sends, and
// only the URL is echoed.
const words = new Map();

function echoes(answer, body) {
  if (body.code === undefined) {
    return [];
  }

  const { url, ...rest } = body;
  const key = `${answer.format} ${body.code} ${body.status} ${
    body.upstream_status}`;
  const said = JSON.stringify(rest);

  if (!words.has(key)) {
    words.set(key, said);
  }

  return words.get(key) === said && (answer.place.startsWith('url, ')
    || /^https?:\/\/example\.com\/a\/b\/c$/.test(url))
    ? [] : [`E1 ${said} ${url}`];
}


function own(answer, bytes) {
  const found = [];
  const generic = judge({ field: 'none' }, bytes, empty, empty);

  // any dialect is JSON, and nothing in it is markup
  found.push(...generic.filter((what) => /^J[12]/.test(what)));

  if (generic.includes('J1 parse')) {
    return found;
  }

  const body = JSON.parse(bytes);

  if (answer.kind === 'error') {
    found.push(...echoes(answer, body));
    return found;
  }

  const card = { ...body };

  for (const name of answer.details ? verbatim : []) {
    delete card[name];
  }

  if (!answer.details && bytes.length > 16384) {
    found.push('J5 16 KB');
  }

  for (const [name, url] of addresses(card)) {
    found.push(...opens(url).filter((what) => /^J[57]/.test(what))
      .map((what) => `${what} of ${name}`));
  }

  for (const string of strings(card)) {
    found.push(...fit(string).map((what) => `${what} anywhere`));
  }

  for (const link of answer.details ? body.links ?? [] : []) {
    const bad = !link.url
      || opens(link.url.replace(/["'<>`{|}^\\]/g, '%00')).length > 0;

    if (bad && !link.unsafe) {
      found.push('a link is not marked');
    }
  }

  for (const { content, unsafe } of answer.details ? body.meta ?? [] : []) {
    if (/^[\s\u0000-\u0020]*(?:javascript|data|vbscript|blob|file):/i
      .test(content) && !unsafe && !/^\w+: /.test(content)) {
      found.push('a meta is not marked');
    }
  }

  return found;
}


const mutants = {
  'no HTML escaping': (c, json, html) => [json, html
    .replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'").replace(/&amp;/g, '&')],
  'quotes not escaped': (c, json, html) => [json, html
    .replace(/&quot;/g, '"').replace(/&#39;/g, "'")],
  'plain JSON.stringify': (c, json, html) => [
    JSON.stringify(JSON.parse(json)), html],
  'any URL scheme': (c, json, html) => [c.field === 'image'
    ? stated(json, 'image', value(c)) : json, html],
  'text not cleaned': (c, json, html) => [
    ['title', 'description', 'site_name'].includes(c.field)
      ? stated(json, c.field, value(c)) : json, html],
  'og:url trusted': (c, json, html) => [c.field === 'url'
    ? stated(json, 'url', value(c)) : json, html],
};

// H5: who is contacted learns nothing, and a picture has no say in its size.
const link = / rel="noopener noreferrer nofollow ugc" referrerpolicy="no-referrer"/;
const picture = new RegExp(' width="(?:600|125|16)" height="(?:314|125|16)" '
  + 'loading="lazy" decoding="async" referrerpolicy="no-referrer">$');

const violations = [];
const judged = {};
const caught = Object.fromEntries(Object.keys(mutants).map((m) => [m, 0]));

for (const line of readFileSync(list, 'utf8').split('\n').filter(Boolean)) {
  const answer = JSON.parse(line);
  const bytes = Buffer.from(answer.body, 'base64');
  const json = answer.json === undefined ? undefined : text(answer.json);
  const c = answer.expect ? answer.case : { id: answer.case.id, field: 'none' };
  let found = [];

  judged[answer.format] = (judged[answer.format] ?? 0) + 1;

  if (answer.type === 'json') {
    found = own(answer, bytes);

    // the native card: what is expected of each of its fields
    if (answer.format === 'json' && answer.kind !== 'error'
      && !found.includes('J1 parse')) {
      found.push(...judge(c, flat(bytes.toString('utf8')), empty, empty)
        .filter((what) => !/^H|^J3/.test(what)));
    }

  } else if (answer.type === 'html') {
    const card = json === undefined ? '{}' : flat(json);
    const harmless = text(answer.harmless);

    // an error has no card, so no field of one either
    found = judge(json === undefined ? { field: 'none' } : c, card, bytes,
      harmless);

    if (json !== undefined && (answer.expect || answer.place === 'metas')) {
      for (const [name, worse] of Object.entries(mutants)) {
        const [j, h] = worse(c, card, bytes.toString('utf8'));

        caught[name] += judge(c, j, h, harmless).length > found.length;
      }
    }

    for (const [tag] of bytes.toString('utf8').matchAll(/<(?:img|a) [^>]*>/g)) {
      if (!(tag.startsWith('<a') ? link : picture).test(tag)) {
        found.push(`H5 ${tag}`);
      }
    }

    if (answer.format === 'explore') {
      found = found.filter((what) => !/^H2 (?:form|script)$/.test(what));
    }
  }

  if (found.length) {
    violations.push(`${answer.format}, ${answer.kind} ${answer.case.id} `
      + `${answer.place}: ${[...new Set(found)].join(', ')}`);
  }
}

console.log(JSON.stringify({ violations, judged, caught }));
