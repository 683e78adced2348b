
/*
 * Authors, tags and the links that a page makes known.
 */


#include <string.h>
#include <strings.h>

#include "card_chain.h"
#include "card_text.h"


typedef struct {
    json_t      *list;
    size_t       limit;         /* items */
    unsigned     split:1;       /* at commas */
} urlmeta_words_t;


typedef struct {
    const char  *rel;
    const char  *type;          /* the beginning of the link's, or NULL */
    const char  *field;
} urlmeta_discovery_t;


static int urlmeta_card_author(urlmeta_card_t *c, json_t *authors,
    const char *name, size_t len, json_t *url);
static int urlmeta_card_add_author(urlmeta_card_t *c, void *data,
    const urlmeta_rule_t *rule, const char *value, size_t len);
static json_t *urlmeta_card_jsonld_person(urlmeta_card_t *c,
    const urlmeta_rule_t *rule);
static void urlmeta_card_jsonld_authors(urlmeta_card_t *c, json_t *authors,
    const urlmeta_rule_t *rule);
static int urlmeta_card_author_url(urlmeta_card_t *c, void *data,
    const urlmeta_rule_t *rule, const char *value, size_t len);
static int urlmeta_card_is_url(const char *text, size_t len);
static int urlmeta_card_add_words(urlmeta_card_t *c, void *data,
    const urlmeta_rule_t *rule, const char *value, size_t len);
static int urlmeta_card_add_word(urlmeta_card_t *c, urlmeta_words_t *words,
    const char *text, size_t len);
static void urlmeta_card_discover(urlmeta_card_t *c, json_t *link,
    const char *rel);
static void urlmeta_card_add_link(urlmeta_card_t *c, json_t *link,
    const char *field);
static json_t *urlmeta_card_link_text(urlmeta_card_t *c, json_t *link,
    const char *key);


void
urlmeta_card_authors(urlmeta_card_t *c)
{
    size_t   i, k;
    json_t  *authors;

    static const urlmeta_rule_t  jsonld[] = {
        { URLMETA_RULE_JSONLD, "author", 0 },
        { URLMETA_RULE_JSONLD, "creator", 0 },
        { URLMETA_RULE_JSONLD, "director", 0 },
        { URLMETA_RULE_JSONLD, "mainEntity", 0 },
        { URLMETA_RULE_JSONLD, "Person", 0 },
        { URLMETA_RULE_END, NULL, 0 }
    };

    static const urlmeta_rule_t  rules[] = {
        { URLMETA_RULE_META, "author", 0 },
        { URLMETA_RULE_META, "article:author", 0 },
        { URLMETA_RULE_META, "article:author_name", 0 },
        { URLMETA_RULE_META, "citation_author", 0 },
        { URLMETA_RULE_META, "dc.creator", 0 },
        { URLMETA_RULE_META, "dcterms.creator", 0 },
        { URLMETA_RULE_META, "dc.author", 0 },
        { URLMETA_RULE_META, "parsely-author", 0 },
        { URLMETA_RULE_META, "sailthru.author", 0 },
        { URLMETA_RULE_META, "byl", 0 },
        { URLMETA_RULE_META, "book:author", 0 },
        { URLMETA_RULE_META, "music:musician", 0 },
        { URLMETA_RULE_META, "video:director", 0 },
        { URLMETA_RULE_ITEMPROP, "author", 0 },
        { URLMETA_RULE_BODY, "author_links", 0 },
        { URLMETA_RULE_META, "twitter:creator", 0 },
        { URLMETA_RULE_META, "fediverse:creator", 0 },
        { URLMETA_RULE_END, NULL, 0 }
    };

    static const urlmeta_rule_t  address = {
        URLMETA_RULE_META, "article:author", 0
    };

    authors = json_array();

    urlmeta_card_set(c, c->card, "author", json_null());
    urlmeta_card_set(c, c->card, "authors", authors);

    if (c->failed) {
        return;
    }

    /* the first rule that names anybody names them all */

    for (i = 0; c->late && rules[i].type == URLMETA_RULE_META; i++) {
        urlmeta_card_walk(c, &rules[i], urlmeta_card_add_author, authors);
    }

    for (k = 0; jsonld[k].name != NULL && json_array_size(authors) == 0; k++) {
        urlmeta_card_jsonld_authors(c, authors, &jsonld[k]);
    }

    for ( /* void */ ; rules[i].name != NULL; i++) {
        if (json_array_size(authors) != 0 && c->sources == NULL) {
            break;
        }

        urlmeta_card_walk(c, &rules[i], urlmeta_card_add_author, authors);
    }

    if (json_array_size(authors) == 0) {
        return;
    }

    urlmeta_card_walk(c, &address, urlmeta_card_author_url,
                      json_array_get(authors, 0));

    urlmeta_card_set(c, c->card, "author",
                     json_incref(json_array_get(authors, 0)));
}


/* a person's own page is by that person */

static json_t *
urlmeta_card_jsonld_person(urlmeta_card_t *c, const urlmeta_rule_t *rule)
{
    json_t  *value;

    if (strcmp(rule->name, "Person") == 0) {
        return urlmeta_jsonld_is(c->node, "Person") ? c->node : NULL;
    }

    value = urlmeta_jsonld_get(c->ld, c->node, rule->name);

    if (strcmp(rule->name, "mainEntity") == 0
        && !(urlmeta_jsonld_is(c->node, "ProfilePage")
             && json_is_object(value) && urlmeta_jsonld_is(value, "Person")))
    {
        return NULL;
    }

    return value;
}


static void
urlmeta_card_jsonld_authors(urlmeta_card_t *c, json_t *authors,
    const urlmeta_rule_t *rule)
{
    int      named;
    size_t   i, k, n, names;
    json_t  *value, *item, *name, *one, *url;

    if (c->node == NULL) {
        return;
    }

    value = urlmeta_card_jsonld_person(c, rule);
    n = json_is_array(value) ? json_array_size(value) : 1;

    for (i = 0; i < n && i < URLMETA_CARD_MAX_AUTHORS; i++) {

        item = value;

        if (json_is_array(value)) {
            item = urlmeta_jsonld_resolve(c->ld, json_array_get(value, i));
        }

        name = item;
        url = NULL;

        if (json_is_object(item)) {
            name = urlmeta_jsonld_get(c->ld, item, "name");
            url = urlmeta_jsonld_get(c->ld, item, "url");
        }

        names = json_is_array(name) ? json_array_size(name) : 1;

        for (k = 0; k < names && k < URLMETA_CARD_MAX_AUTHORS; k++) {
            one = json_is_array(name) ? json_array_get(name, k) : name;

            if (json_string_length(one) == 0) {
                continue;
            }

            named = urlmeta_card_author(c, authors, json_string_value(one),
                                        json_string_length(one), url);

            urlmeta_card_source(c, "author",
                                named && json_array_size(authors) == 1, rule,
                                json_string_value(one),
                                json_string_length(one));
        }
    }
}


static int
urlmeta_card_add_author(urlmeta_card_t *c, void *data,
    const urlmeta_rule_t *rule, const char *value, size_t len)
{
    int      named;
    json_t  *authors, *source;

    authors = data;
    named = 0;
    source = NULL;

    /* in details the walk goes on past the rule that won */

    if (json_array_size(authors) != 0 && c->sources != NULL) {
        source = json_object_get(json_object_get(c->sources, "author"),
                                 "rule");
    }

    if (source == NULL || (json_is_string(source)
                           && strcmp(json_string_value(source),
                                     rule->name) == 0))
    {
        named = urlmeta_card_author(c, authors, value, len, NULL);
    }

    urlmeta_card_source(c, "author", named && json_array_size(authors) == 1,
                        rule, value, len);

    return 0;
}


/* returns 1 if the name was added */

static int
urlmeta_card_author(urlmeta_card_t *c, json_t *authors, const char *name,
    size_t len, json_t *url)
{
    size_t       i;
    json_t      *author, *text, *known;
    const char  *cleaned;

    static const char  *nobody[] = {
        "admin", "administrator", "user", "author", "editor", NULL
    };

    if (json_array_size(authors) >= URLMETA_CARD_MAX_AUTHORS
        || urlmeta_card_is_url(name, len))
    {
        return 0;
    }

    /* a name that is too long is no name, and is not cut to look like one */

    text = urlmeta_card_text(c, name, len, 4 * URLMETA_CARD_NAME);

    if (text == NULL) {
        return 0;
    }

    if (urlmeta_text_length(json_string_value(text), json_string_length(text))
        > URLMETA_CARD_NAME)
    {
        json_decref(text);
        return 0;
    }

    cleaned = json_string_value(text);

    if (strncasecmp(cleaned, "by ", 3) == 0 && cleaned[3] != '\0') {
        known = urlmeta_card_string(c, cleaned + 3,
                                    json_string_length(text) - 3);
        json_decref(text);
        text = known;
        cleaned = json_string_value(text);
    }

    for (i = 0; cleaned != NULL && nobody[i] != NULL; i++) {
        if (strcasecmp(cleaned, nobody[i]) == 0) {
            json_decref(text);
            return 0;
        }
    }

    json_array_foreach(authors, i, author) {
        if (json_equal(json_object_get(author, "name"), text)) {
            json_decref(text);
            return 0;
        }
    }

    author = json_object();

    if (author == NULL || text == NULL) {
        json_decref(author);
        json_decref(text);
        c->failed = 1;
        return 0;
    }

    urlmeta_card_set(c, author, "name", text);
    urlmeta_card_set(c, author, "url", json_null());

    if (json_is_array(url)) {
        url = json_array_get(url, 0);
    }

    if (json_string_length(url) != 0) {
        known = urlmeta_card_url_json(c, json_string_value(url),
                                      json_string_length(url));
        if (known != NULL) {
            urlmeta_card_set(c, author, "url", known);
        }
    }

    urlmeta_card_append(c, authors, author);

    return !c->failed;
}


/* article:author is a profile's address more often than a name */

static int
urlmeta_card_author_url(urlmeta_card_t *c, void *data,
    const urlmeta_rule_t *rule, const char *value, size_t len)
{
    json_t  *author, *url;

    author = data;

    if (!urlmeta_card_is_url(value, len)
        || !json_is_null(json_object_get(author, "url")))
    {
        return 0;
    }

    url = urlmeta_card_url_json(c, value, len);

    if (url == NULL) {
        return 0;
    }

    urlmeta_card_set(c, author, "url", url);

    return 1;
}


static int
urlmeta_card_is_url(const char *text, size_t len)
{
    size_t  i;

    static const char  *beginnings[] = {
        "http://", "https://", "//", "www.", "/", "mailto:", NULL
    };

    while (len != 0 && (*text == ' ' || (*text >= '\t' && *text <= '\r'))) {
        text++;
        len--;
    }

    for (i = 0; beginnings[i] != NULL; i++) {
        if (len >= strlen(beginnings[i])
            && strncasecmp(text, beginnings[i], strlen(beginnings[i])) == 0)
        {
            return 1;
        }
    }

    return 0;
}


void
urlmeta_card_tags(urlmeta_card_t *c)
{
    size_t            i;
    urlmeta_words_t   words;

    static const struct {
        urlmeta_rule_t  rule;
        int             split;
    } chain[] = {
        { { URLMETA_RULE_META, "article:tag", 0 }, 0 },
        { { URLMETA_RULE_JSONLD, "keywords.name", 0 }, 1 },
        { { URLMETA_RULE_META, "video:tag", 0 }, 0 },
        { { URLMETA_RULE_META, "book:tag", 0 }, 0 },
        { { URLMETA_RULE_META, "og:video:tag", 0 }, 0 },
        { { URLMETA_RULE_META, "parsely-tags", 0 }, 1 },
        { { URLMETA_RULE_META, "sailthru.tags", 0 }, 1 },
        { { URLMETA_RULE_META, "keywords", 0 }, 1 },
        { { URLMETA_RULE_META, "news_keywords", 0 }, 1 },
        { { URLMETA_RULE_META, "citation_keywords", 0 }, 1 },
        { { URLMETA_RULE_END, NULL, 0 }, 0 }
    };

    words.list = json_array();
    words.limit = URLMETA_CARD_MAX_TAGS;

    urlmeta_card_set(c, c->card, "tags", words.list);

    if (c->failed) {
        return;
    }

    for (i = 0; chain[i].rule.name != NULL; i++) {
        words.split = chain[i].split;

        urlmeta_card_walk(c, &chain[i].rule, urlmeta_card_add_words, &words);

        if (json_array_size(words.list) != 0) {
            return;
        }
    }
}


static int
urlmeta_card_add_words(urlmeta_card_t *c, void *data,
    const urlmeta_rule_t *rule, const char *value, size_t len)
{
    int               added;
    const char       *p, *last, *comma;
    urlmeta_words_t  *words;

    words = data;
    added = 0;
    last = value + len;

    for (p = value; p < last; p = comma + 1) {
        comma = words->split ? memchr(p, ',', (size_t) (last - p)) : NULL;

        if (comma == NULL) {
            comma = last;
        }

        added |= urlmeta_card_add_word(c, words, p, (size_t) (comma - p));

        if (json_array_size(words->list) >= words->limit) {
            break;
        }
    }

    urlmeta_card_source(c, "tags", added, rule, value, len);

    return json_array_size(words->list) >= words->limit;
}


static int
urlmeta_card_add_word(urlmeta_card_t *c, urlmeta_words_t *words,
    const char *text, size_t len)
{
    size_t   i;
    json_t  *word, *known;

    word = urlmeta_card_text(c, text, len, URLMETA_CARD_WORD);

    if (word == NULL) {
        return 0;
    }

    json_array_foreach(words->list, i, known) {
        if (strcasecmp(json_string_value(known), json_string_value(word)) == 0)
        {
            json_decref(word);
            return 0;
        }
    }

    urlmeta_card_append(c, words->list, word);

    return 1;
}


void
urlmeta_card_discovered(urlmeta_card_t *c)
{
    size_t       i;
    json_t      *link;
    const char  *rel;

    urlmeta_card_set(c, c->card, "feeds", json_array());
    urlmeta_card_set(c, c->card, "oembed", json_array());
    urlmeta_card_set(c, c->card, "alternates", json_array());
    urlmeta_card_set(c, c->card, "amp_url", json_null());
    urlmeta_card_set(c, c->card, "license", json_null());

    json_array_foreach(c->links, i, link) {
        rel = json_string_value(json_object_get(link, "rel"));

        if (c->failed) {
            return;
        }

        if (rel != NULL) {
            urlmeta_card_discover(c, link, rel);
        }
    }
}


static void
urlmeta_card_discover(urlmeta_card_t *c, json_t *link, const char *rel)
{
    size_t       i, len;
    const char  *type, *field;

    static const urlmeta_discovery_t  kinds[] = {
        { "alternate", "application/rss+xml", "feeds" },
        { "alternate", "application/atom+xml", "feeds" },
        { "alternate", "application/feed+json", "feeds" },
        { "feed", NULL, "feeds" },
        { "alternate", "application/json+oembed", "oembed" },
        { "alternate", "text/xml+oembed", "oembed" },
        { "alternate", "application/xml+oembed", "oembed" },
        { "alternative", "application/json+oembed", "oembed" },
        { "amphtml", NULL, "amp_url" },
        { "license", NULL, "license" },
        { NULL, NULL, NULL }
    };

    type = json_string_value(json_object_get(link, "type"));
    field = NULL;

    for (i = 0; kinds[i].rel != NULL; i++) {
        if (urlmeta_card_has_token(rel, kinds[i].rel)
            && (kinds[i].type == NULL
                || (type != NULL
                    && strncasecmp(type, kinds[i].type,
                                   strlen(kinds[i].type)) == 0)))
        {
            field = kinds[i].field;
            break;
        }
    }

    if (field == NULL && urlmeta_card_has_token(rel, "alternate")
        && !urlmeta_card_has_token(rel, "stylesheet"))
    {
        field = "alternates";
    }

    if (field == NULL) {
        return;
    }

    if (json_is_array(json_object_get(c->card, field))) {
        urlmeta_card_add_link(c, link, field);
        return;
    }

    if (!json_is_null(json_object_get(c->card, field))) {
        return;
    }

    len = urlmeta_card_link_url(c, link);

    if (len != 0) {
        urlmeta_card_set(c, c->card, field,
                         urlmeta_card_string(c, c->url, len));
    }
}


static void
urlmeta_card_add_link(urlmeta_card_t *c, json_t *link, const char *field)
{
    size_t   len;
    json_t  *list, *object;

    list = json_object_get(c->card, field);

    if (json_array_size(list) >= URLMETA_CARD_MAX_LINKS) {
        return;
    }

    len = urlmeta_card_link_url(c, link);

    if (len == 0) {
        return;
    }

    object = json_object();

    if (object == NULL) {
        c->failed = 1;
        return;
    }

    urlmeta_card_set(c, object, "url", urlmeta_card_string(c, c->url, len));
    urlmeta_card_set(c, object, "type",
                     urlmeta_card_link_text(c, link, "type"));
    urlmeta_card_set(c, object, "title",
                     urlmeta_card_link_text(c, link, "title"));

    if (strcmp(field, "alternates") == 0) {
        urlmeta_card_set(c, object, "hreflang",
                         urlmeta_card_link_text(c, link, "hreflang"));
        urlmeta_card_set(c, object, "media",
                         urlmeta_card_link_text(c, link, "media"));
    }

    urlmeta_card_append(c, list, object);
}


static json_t *
urlmeta_card_link_text(urlmeta_card_t *c, json_t *link, const char *key)
{
    json_t  *value, *text;

    value = json_object_get(link, key);

    if (json_string_length(value) == 0) {
        return json_null();
    }

    text = urlmeta_card_text(c, json_string_value(value),
                             json_string_length(value), URLMETA_CARD_WORD);

    return text ? text : json_null();
}
