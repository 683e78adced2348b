
/*
 * The making of one card: what its chains read, how they choose, and what
 * details tell of that.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card_chain.h"
#include "card_date.h"
#include "card_text.h"
#include "utf8.h"


typedef struct {
    const urlmeta_field_t  *field;
    json_t                 *value;
} urlmeta_choice_t;


/* the longest name of microdata that a rule could know */
#define URLMETA_CARD_MAX_NAME  64


static json_t *urlmeta_card_index(urlmeta_card_t *c, const char *key);
static void urlmeta_card_index_add(urlmeta_card_t *c, json_t *index,
    const char *name, json_t *content);
static unsigned urlmeta_card_name_bit(const char *name);
static void urlmeta_card_addresses(urlmeta_card_t *c);
static unsigned urlmeta_card_turn(urlmeta_card_t *c,
    const urlmeta_rule_t *rule);
static int urlmeta_card_candidate(urlmeta_card_t *c, void *data,
    const urlmeta_rule_t *rule, const char *value, size_t len);
static int urlmeta_card_rule_label(urlmeta_card_t *c,
    const urlmeta_rule_t *rule, char *out, size_t size);


int
urlmeta_card_open(urlmeta_card_t *c, json_t *page, json_t *http,
    unsigned flags)
{
    int      details;
    json_t  *time;

    memset(c, 0, offsetof(urlmeta_card_t, url));

    c->url[0] = '\0';

    c->page = page;
    c->http = http;

    details = (flags & URLMETA_CARD_DETAILS) != 0;
    c->any_address = (flags & URLMETA_CARD_ANY_ADDRESS) != 0;

    c->kind = json_string_value(json_object_get(page, "kind"));

    if (c->kind == NULL) {
        c->kind = "html";
    }

    time = json_object_get(http, "fetched_at");

    if (json_is_number(time)) {
        c->now = (long long) json_number_value(time);
    }

    c->card = json_object();
    c->sources = details ? json_object() : NULL;
    c->metas = urlmeta_card_index(c, "meta");
    c->itemprops = urlmeta_card_index(c, "itemprop_meta");
    c->http_equivs = urlmeta_card_index(c, "http_equiv");
    c->links = json_array();

    if (c->card == NULL || c->links == NULL || (details && !c->sources)) {
        c->failed = 1;
    }

    urlmeta_card_addresses(c);

    if (c->failed) {
        return URLMETA_ERROR;
    }

    if (json_is_array(json_object_get(page, "link"))
        && json_array_extend(c->links, json_object_get(page, "link")) != 0)
    {
        return URLMETA_ERROR;
    }

    urlmeta_card_link_header(c);

    c->ld = urlmeta_jsonld_create(json_object_get(page, "json_ld"),
                                  c->effective);

    if (c->ld == NULL) {
        return URLMETA_ERROR;
    }

    if (urlmeta_card_body_open(c) != URLMETA_OK) {
        return URLMETA_ERROR;
    }

    c->node = urlmeta_jsonld_main(c->ld, &c->cls);
    c->repaired = urlmeta_jsonld_is_repaired(c->ld, c->node);
    c->late = c->repaired || urlmeta_jsonld_is_nested(c->ld, c->node);
    c->website = urlmeta_jsonld_find(c->ld, URLMETA_JSONLD_WEBSITE);
    c->organization = urlmeta_jsonld_find(c->ld, URLMETA_JSONLD_ORGANIZATION);

    return c->failed ? URLMETA_ERROR : URLMETA_OK;
}


void
urlmeta_card_close(urlmeta_card_t *c)
{
    urlmeta_jsonld_destroy(c->ld);
    urlmeta_card_body_close(c);
    urlmeta_buf_free(&c->text);
    free(c->effective);

    json_decref(c->card);
    json_decref(c->sources);
    json_decref(c->metas);
    json_decref(c->itemprops);
    json_decref(c->http_equivs);
    json_decref(c->links);
}


/* a list of {name, content} as an object of arrays */

static json_t *
urlmeta_card_index(urlmeta_card_t *c, const char *key)
{
    size_t       i, j, len;
    json_t      *index, *item, *content;
    const char  *name;
    char         token[URLMETA_CARD_MAX_NAME];

    index = json_object();

    if (index == NULL) {
        c->failed = 1;
        return NULL;
    }

    json_array_foreach(json_object_get(c->page, key), i, item) {
        name = json_string_value(json_object_get(item, "name"));
        content = json_object_get(item, "content");

        if (name == NULL || json_string_length(content) == 0) {
            continue;
        }

        if (strcmp(key, "itemprop_meta") != 0) {
            urlmeta_card_index_add(c, index, name, content);
            continue;
        }

        /*
         * Names of microdata are a list, and have capitals; the rules of the
         * chains are in lower case.
         */

        for ( ;; ) {
            name += strspn(name, " \t\n\f\r");
            len = strcspn(name, " \t\n\f\r");

            if (len == 0) {
                break;
            }

            if (len < sizeof(token)) {

                for (j = 0; j < len; j++) {
                    token[j] = (name[j] >= 'A' && name[j] <= 'Z')
                               ? (char) (name[j] | 0x20) : name[j];
                }

                token[len] = '\0';

                urlmeta_card_index_add(c, index, token, content);
            }

            name += len;
        }
    }

    return index;
}


static void
urlmeta_card_index_add(urlmeta_card_t *c, json_t *index, const char *name,
    json_t *content)
{
    json_t    *values;
    unsigned   bit;

    values = json_object_get(index, name);

    if (values == NULL) {
        values = json_array();
        urlmeta_card_set(c, index, name, values);

        bit = urlmeta_card_name_bit(name);
        c->names[bit / 32] |= 1U << (bit % 32);
    }

    urlmeta_card_append(c, values, json_incref(content));
}


static void
urlmeta_card_addresses(urlmeta_card_t *c)
{
    size_t       len;
    json_t      *url;
    const char  *path, *host;

    url = json_object_get(c->http, "effective_url");

    if (json_string_length(url) == 0) {
        url = json_object_get(c->page, "url");
    }

    len = urlmeta_card_stated_url(c, url);

    c->effective = malloc(len + 1);

    if (c->effective == NULL) {
        c->failed = 1;
        return;
    }

    memcpy(c->effective, c->url, len);
    c->effective[len] = '\0';
    c->effective_len = len;

    len = urlmeta_card_host(c->effective, &host);

    if (len != 0) {
        path = host + strcspn(host, "/?#");
        c->origin_len = (size_t) (path - c->effective);
    }

    /* the page's base is absolute already, whatever the page said */

    url = json_object_get(c->page, "base");

    if (json_string_length(url) != 0) {
        c->base = json_string_value(url);
        c->base_len = json_string_length(url);

    } else {
        c->base = c->effective;
        c->base_len = c->effective_len;
    }
}


json_t *
urlmeta_card_choose(urlmeta_card_t *c, const urlmeta_field_t *f)
{
    unsigned               turn, turns;
    const urlmeta_rule_t  *rule;
    urlmeta_choice_t       choice;

    choice.field = f;
    choice.value = NULL;

    turns = c->late ? 3 : 1;

    for (turn = 0; turn < turns; turn++) {

        for (rule = f->chain; rule->type != URLMETA_RULE_END; rule++) {

            if (urlmeta_card_turn(c, rule) == turn
                && urlmeta_card_walk(c, rule, urlmeta_card_candidate,
                                     &choice))
            {
                return choice.value;
            }
        }
    }

    return choice.value ? choice.value : json_null();
}


/*
 * A main node that speaks last does so after what the page states, and before
 * what nobody stated.
 */

static unsigned
urlmeta_card_turn(urlmeta_card_t *c, const urlmeta_rule_t *rule)
{
    if (!c->late) {
        return 0;
    }

    switch (rule->type) {

    case URLMETA_RULE_JSONLD:
    case URLMETA_RULE_JSONLD_VALUE:
    case URLMETA_RULE_JSONLD_URL:
        return 1;

    case URLMETA_RULE_HEADING:
    case URLMETA_RULE_FILE:
    case URLMETA_RULE_HOST:
    case URLMETA_RULE_PATH_DATE:
    case URLMETA_RULE_BODY:
        return 2;

    default:
        return 0;
    }
}


static int
urlmeta_card_candidate(urlmeta_card_t *c, void *data,
    const urlmeta_rule_t *rule, const char *value, size_t len)
{
    json_t            *accepted;
    urlmeta_choice_t  *choice;

    choice = data;

    if (choice->value == NULL) {
        accepted = choice->field->accept(c, choice->field, rule, value, len);

        if (accepted != NULL) {
            choice->value = accepted;
            urlmeta_card_source(c, choice->field->name, 1, rule, value, len);

            /* details tell the candidates that lost, too */

            return c->sources == NULL;
        }
    }

    urlmeta_card_source(c, choice->field->name, 0, rule, value, len);

    return 0;
}


void
urlmeta_card_source(urlmeta_card_t *c, const char *field, int won,
    const urlmeta_rule_t *rule, const char *value, size_t len)
{
    int      n;
    char     label[96];
    json_t  *source, *lost, *entry;

    if (c->sources == NULL) {
        return;
    }

    source = json_object_get(c->sources, field);

    if (source == NULL) {
        source = json_object();
        lost = json_array();

        urlmeta_card_set(c, c->sources, field, source);
        urlmeta_card_set(c, source, "rule", json_null());
        urlmeta_card_set(c, source, "value", json_null());
        urlmeta_card_set(c, source, "lost", lost);
    }

    lost = json_object_get(source, "lost");
    entry = source;

    if (!won) {
        if (json_array_size(lost) >= URLMETA_CARD_MAX_LOST) {
            return;
        }

        entry = json_object();
        urlmeta_card_append(c, lost, entry);
    }

    n = urlmeta_card_rule_label(c, rule, label, sizeof(label));

    urlmeta_card_set(c, entry, "rule", urlmeta_card_string(c, label, n));
    urlmeta_card_set(c, entry, "value", urlmeta_card_string(c, value, len));
}


static int
urlmeta_card_rule_label(urlmeta_card_t *c, const urlmeta_rule_t *rule,
    char *out, size_t size)
{
    int          n;
    const char  *prefix;

    switch (rule->type) {

    case URLMETA_RULE_ITEMPROP:
        prefix = "itemprop ";
        break;

    case URLMETA_RULE_HTTP_EQUIV:
        prefix = "http-equiv ";
        break;

    case URLMETA_RULE_JSONLD:
    case URLMETA_RULE_JSONLD_VALUE:
    case URLMETA_RULE_JSONLD_URL:
        prefix = c->in_item ? "itemprop "
                 : c->repaired ? "repaired json-ld " : "json-ld ";
        break;

    case URLMETA_RULE_WEBSITE:
        prefix = "json-ld WebSite ";
        break;

    case URLMETA_RULE_ORGANIZATION:
        prefix = "json-ld Organization ";
        break;

    case URLMETA_RULE_PAGE:
    case URLMETA_RULE_TITLE:
        prefix = "html ";
        break;

    case URLMETA_RULE_HTTP:
        prefix = "http ";
        break;

    case URLMETA_RULE_LINK:
        prefix = "link ";
        break;

    case URLMETA_RULE_BODY:
        prefix = "body ";
        break;

    case URLMETA_RULE_LABEL:
        prefix = "twitter:label ";
        break;

    default:
        prefix = "";
        break;
    }

    n = snprintf(out, size, "%s%s", prefix, rule->name);

    return n < (int) size ? n : (int) size - 1;
}


/*
 * Where none of the candidates was acceptable, the field is null, and the
 * first of them is told as what was stated.
 */

void
urlmeta_card_sources(urlmeta_card_t *c)
{
    json_t      *source, *lost, *first;
    const char  *field;

    json_object_foreach(c->sources, field, source) {
        lost = json_object_get(source, "lost");
        first = json_array_get(lost, 0);

        if (first == NULL || !json_is_null(json_object_get(source, "rule"))) {
            continue;
        }

        if (json_object_update(source, first) != 0
            || json_array_remove(lost, 0) != 0)
        {
            c->failed = 1;
            return;
        }
    }
}


void
urlmeta_card_set(urlmeta_card_t *c, json_t *object, const char *key,
    json_t *value)
{
    /* names are ours, or of the page, which is UTF-8 */

    if (value == NULL
        || json_object_set_new_nocheck(object, key, value) != 0)
    {
        c->failed = 1;
    }
}


void
urlmeta_card_append(urlmeta_card_t *c, json_t *array, json_t *value)
{
    if (value == NULL || json_array_append_new(array, value) != 0) {
        c->failed = 1;
    }
}


json_t *
urlmeta_card_string(urlmeta_card_t *c, const char *text, size_t len)
{
    json_t         *string;
    urlmeta_buf_t   valid;

    if (urlmeta_utf8_valid(text, len) == len) {
        string = json_stringn_nocheck(text, len);

    } else {
        memset(&valid, 0, sizeof(valid));
        string = NULL;

        if (urlmeta_utf8_add(&valid, text, len) == URLMETA_OK) {
            string = json_stringn_nocheck(valid.data, valid.len);
        }

        urlmeta_buf_free(&valid);
    }

    if (string == NULL) {
        c->failed = 1;
    }

    return string;
}


json_t *
urlmeta_card_text(urlmeta_card_t *c, const char *text, size_t len,
    size_t limit)
{
    urlmeta_buf_reset(&c->text);

    if (urlmeta_text_clean(&c->text, text, len, limit) != URLMETA_OK) {
        c->failed = 1;
        return NULL;
    }

    if (c->text.len == 0) {
        return NULL;
    }

    return urlmeta_card_string(c, c->text.data, c->text.len);
}


json_t *
urlmeta_card_named(urlmeta_card_t *c, json_t *index, const char *name)
{
    unsigned  bit;

    bit = urlmeta_card_name_bit(name);

    if ((c->names[bit / 32] & 1U << (bit % 32)) == 0
        || json_object_size(index) == 0)
    {
        return NULL;
    }

    return json_object_get(index, name);
}


/* one of 256, by what tells names from each other */

static unsigned
urlmeta_card_name_bit(const char *name)
{
    size_t                len;
    const unsigned char  *p;

    p = (const unsigned char *) name;
    len = strlen(name);

    if (len == 0) {
        return 0;
    }

    return ((uint32_t) len * 0x9e3779b1 + p[0] * 0x85ebca6bU
            + p[len / 2] * 0xc2b2ae35U + p[len - 1] * 0x27d4eb2fU) >> 24;
}


const char *
urlmeta_card_meta(urlmeta_card_t *c, const char *name, size_t *len)
{
    json_t  *value;

    value = json_array_get(urlmeta_card_named(c, c->metas, name), 0);

    *len = json_string_length(value);

    return json_string_value(value);
}
