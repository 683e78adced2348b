
/*
 * How a rule of a chain finds its candidates.
 */


#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "card_chain.h"
#include "card_text.h"


typedef struct {
    const urlmeta_rule_t   *rule;
    urlmeta_candidate_pt    handler;
    void                   *data;
    size_t                  values;
    unsigned                url:1;
} urlmeta_path_t;


static int urlmeta_card_walk_list(urlmeta_card_t *c,
    const urlmeta_rule_t *rule, json_t *list, urlmeta_candidate_pt handler,
    void *data);
static int urlmeta_card_walk_headings(urlmeta_card_t *c,
    const urlmeta_rule_t *rule, urlmeta_candidate_pt handler, void *data);
static int urlmeta_card_walk_links(urlmeta_card_t *c,
    const urlmeta_rule_t *rule, urlmeta_candidate_pt handler, void *data);
static int urlmeta_card_walk_path(urlmeta_card_t *c, urlmeta_path_t *w,
    json_t *value, const char *path);
static int urlmeta_card_walk_leaf(urlmeta_card_t *c, urlmeta_path_t *w,
    json_t *value);
static int urlmeta_card_walk_file(urlmeta_card_t *c,
    const urlmeta_rule_t *rule, urlmeta_candidate_pt handler, void *data);
static int urlmeta_card_file_name(const char *header, urlmeta_buf_t *name);
static int urlmeta_card_walk_host(urlmeta_card_t *c,
    const urlmeta_rule_t *rule, urlmeta_candidate_pt handler, void *data);
static int urlmeta_card_walk_path_date(urlmeta_card_t *c,
    const urlmeta_rule_t *rule, urlmeta_candidate_pt handler, void *data);


/* calls the handler with each candidate; returns what it ended with, or 0 */

int
urlmeta_card_walk(urlmeta_card_t *c, const urlmeta_rule_t *rule,
    urlmeta_candidate_pt handler, void *data)
{
    int              rc;
    json_t          *value, *node;
    urlmeta_path_t   w;

    switch (rule->type) {

    case URLMETA_RULE_META:
        value = urlmeta_card_named(c, c->metas, rule->name);
        return urlmeta_card_walk_list(c, rule, value, handler, data);

    case URLMETA_RULE_ITEMPROP:
        value = urlmeta_card_named(c, c->itemprops, rule->name);
        rc = urlmeta_card_walk_list(c, rule, value, handler, data);

        return rc ? rc : urlmeta_card_walk_item(c, rule, handler, data);

    case URLMETA_RULE_HTTP_EQUIV:
        value = urlmeta_card_named(c, c->http_equivs, rule->name);
        return urlmeta_card_walk_list(c, rule, value, handler, data);

    case URLMETA_RULE_TITLE:
        value = json_object_get(c->page, "titles");
        return urlmeta_card_walk_list(c, rule, value, handler, data);

    case URLMETA_RULE_HEADING:
        return urlmeta_card_walk_headings(c, rule, handler, data);

    case URLMETA_RULE_JSONLD:
    case URLMETA_RULE_JSONLD_VALUE:
    case URLMETA_RULE_JSONLD_URL:
    case URLMETA_RULE_WEBSITE:
    case URLMETA_RULE_ORGANIZATION:

        node = (rule->type == URLMETA_RULE_WEBSITE) ? c->website
               : (rule->type == URLMETA_RULE_ORGANIZATION) ? c->organization
               : c->node;

        if (node == NULL) {
            return 0;
        }

        memset(&w, 0, sizeof(w));

        w.rule = rule;
        w.handler = handler;
        w.data = data;
        w.url = (rule->type == URLMETA_RULE_JSONLD_URL
                 || rule->type == URLMETA_RULE_ORGANIZATION);

        return urlmeta_card_walk_path(c, &w, node, rule->name);

    case URLMETA_RULE_PAGE:
    case URLMETA_RULE_HTTP:

        value = json_object_get(rule->type == URLMETA_RULE_PAGE ? c->page
                                                                : c->http,
                                rule->name);

        if (json_string_length(value) == 0) {
            return 0;
        }

        return handler(c, data, rule, json_string_value(value),
                       json_string_length(value));

    case URLMETA_RULE_LINK:
        return urlmeta_card_walk_links(c, rule, handler, data);

    case URLMETA_RULE_FILE:
        return urlmeta_card_walk_file(c, rule, handler, data);

    case URLMETA_RULE_HOST:
        return urlmeta_card_walk_host(c, rule, handler, data);

    case URLMETA_RULE_BODY:
        value = json_object_get(c->page, rule->name);
        return urlmeta_card_walk_list(c, rule, value, handler, data);

    case URLMETA_RULE_LABEL:
        return urlmeta_card_walk_labels(c, rule, handler, data);

    case URLMETA_RULE_PATH_DATE:
        return urlmeta_card_walk_path_date(c, rule, handler, data);

    default:
        return 0;
    }
}


static int
urlmeta_card_walk_list(urlmeta_card_t *c, const urlmeta_rule_t *rule,
    json_t *list, urlmeta_candidate_pt handler, void *data)
{
    int      rc;
    size_t   i;
    json_t  *item;

    json_array_foreach(list, i, item) {

        if (json_string_length(item) == 0) {
            continue;
        }

        rc = handler(c, data, rule, json_string_value(item),
                     json_string_length(item));

        if (rc != 0) {
            return rc;
        }
    }

    return 0;
}


/* the rule's name is h1, h2 or h3 */

static int
urlmeta_card_walk_headings(urlmeta_card_t *c, const urlmeta_rule_t *rule,
    urlmeta_candidate_pt handler, void *data)
{
    int      rc;
    size_t   i;
    json_t  *heading, *level, *text;

    json_array_foreach(json_object_get(c->page, "headings"), i, heading) {
        level = json_object_get(heading, "level");
        text = json_object_get(heading, "text");

        if ((int) json_number_value(level) != rule->name[1] - '0'
            || json_string_length(text) == 0)
        {
            continue;
        }

        rc = handler(c, data, rule, json_string_value(text),
                     json_string_length(text));

        if (rc != 0) {
            return rc;
        }
    }

    return 0;
}


static int
urlmeta_card_walk_links(urlmeta_card_t *c, const urlmeta_rule_t *rule,
    urlmeta_candidate_pt handler, void *data)
{
    int          rc;
    char         url[URLMETA_URL_MAX];
    size_t       i, len;
    json_t      *link;
    const char  *rel;

    json_array_foreach(c->links, i, link) {
        rel = json_string_value(json_object_get(link, "rel"));

        if (rel == NULL || !urlmeta_card_has_token(rel, rule->name)) {
            continue;
        }

        len = urlmeta_card_link_url(c, link);

        if (len == 0) {
            continue;
        }

        /* in a buffer of its own: an accept writes to c->url */

        memcpy(url, c->url, len);

        rc = handler(c, data, rule, url, len);

        if (rc != 0) {
            return rc;
        }
    }

    return 0;
}


/*
 * The path is of names with dots between; its length bounds the recursion
 * and w->values the width.  A string where one name is left to go stands for
 * an object of that name: "author": "A" for "author": {"name": "A"}.
 */

static int
urlmeta_card_walk_path(urlmeta_card_t *c, urlmeta_path_t *w, json_t *value,
    const char *path)
{
    int          rc;
    char         name[64];
    size_t       i, len;
    json_t      *item;
    const char  *rest;

    if (++w->values > URLMETA_CARD_MAX_VALUES) {
        return 0;
    }

    if (json_is_array(value)) {

        json_array_foreach(value, i, item) {

            /* arrays within arrays mean nothing */

            item = urlmeta_jsonld_resolve(c->ld, item);

            if (json_is_array(item)) {
                continue;
            }

            rc = urlmeta_card_walk_path(c, w, item, path);

            if (rc != 0 || w->values > URLMETA_CARD_MAX_VALUES) {
                return rc;
            }
        }

        return 0;
    }

    if (*path == '\0') {
        return urlmeta_card_walk_leaf(c, w, value);
    }

    rest = strchr(path, '.');

    if (!json_is_object(value)) {
        return (rest == NULL && json_is_string(value))
               ? urlmeta_card_walk_leaf(c, w, value) : 0;
    }

    len = rest ? (size_t) (rest - path) : strlen(path);

    if (len >= sizeof(name)) {
        return 0;
    }

    memcpy(name, path, len);
    name[len] = '\0';

    value = urlmeta_jsonld_get(c->ld, value, name);

    if (value == NULL) {
        return 0;
    }

    return urlmeta_card_walk_path(c, w, value, rest ? rest + 1 : path + len);
}


static int
urlmeta_card_walk_leaf(urlmeta_card_t *c, urlmeta_path_t *w, json_t *value)
{
    int      i, rc;
    char     number[32];
    double   real;
    json_t  *inner;

    static const char  *urls[] = { "url", "contentUrl", "@id" };

    if (json_is_string(value)) {
        if (json_string_length(value) == 0) {
            return 0;
        }

        return w->handler(c, w->data, w->rule, json_string_value(value),
                          json_string_length(value));
    }

    if (json_is_number(value)) {
        real = json_number_value(value);

        if (w->rule->type != URLMETA_RULE_JSONLD_VALUE
            || real > 1e15 || real < -1e15)
        {
            return 0;
        }

        snprintf(number, sizeof(number), "%.15g", real);

        return w->handler(c, w->data, w->rule, number, strlen(number));
    }

    if (!json_is_object(value) || !w->url) {
        return 0;
    }

    for (i = 0; i < 3; i++) {
        inner = urlmeta_jsonld_get(c->ld, value, urls[i]);

        if (json_is_array(inner)) {
            inner = json_array_get(inner, 0);
        }

        if (json_string_length(inner) == 0) {
            continue;
        }

        rc = w->handler(c, w->data, w->rule, json_string_value(inner),
                        json_string_length(inner));

        if (rc != 0) {
            return rc;
        }
    }

    return 0;
}


static int
urlmeta_card_walk_file(urlmeta_card_t *c, const urlmeta_rule_t *rule,
    urlmeta_candidate_pt handler, void *data)
{
    int             rc;
    size_t          len;
    const char     *header, *path, *last, *p;
    urlmeta_buf_t   name;

    if (strcmp(c->kind, "html") == 0 || strcmp(c->kind, "feed") == 0
        || strcmp(c->kind, "xml") == 0)
    {
        return 0;
    }

    memset(&name, 0, sizeof(name));

    rc = URLMETA_OK;
    header = json_string_value(json_object_get(c->http,
                                               "content_disposition"));

    if (header != NULL) {
        rc = urlmeta_card_file_name(header, &name);
    }

    if (rc == URLMETA_OK && name.len == 0 && c->origin_len != 0) {

        path = c->effective + c->origin_len;
        last = path + strcspn(path, "?#");

        for (p = last; p > path && p[-1] != '/'; p--) { /* void */ }

        rc = urlmeta_text_unescape_percent(&name, p, (size_t) (last - p));
    }

    if (rc != URLMETA_OK) {
        c->failed = 1;
        urlmeta_buf_free(&name);
        return 0;
    }

    rc = 0;

    if (name.len != 0) {

        /* a name, not a path: the part after the last separator */

        for (len = name.len; len > 0; len--) {
            if (name.data[len - 1] == '/' || name.data[len - 1] == '\\') {
                break;
            }
        }

        rc = handler(c, data, rule, name.data + len, name.len - len);
    }

    urlmeta_buf_free(&name);

    return rc;
}


/*
 * The file name of a Content-Disposition header (RFC 6266): filename* in
 * UTF-8 before filename, which may be a token or a quoted string.
 */

static int
urlmeta_card_file_name(const char *header, urlmeta_buf_t *name)
{
    int          extended;
    size_t       len;
    const char  *p, *value, *quote;

    p = header + strcspn(header, ";");

    while (*p == ';') {
        p++;
        p += strspn(p, " \t");

        len = strcspn(p, "=;");
        extended = (len >= 9 && strncasecmp(p, "filename*", 9) == 0);

        if (p[len] == '='
            && (extended || (len >= 8 && strncasecmp(p, "filename", 8) == 0)))
        {
            value = p + len + 1;
            value += strspn(value, " \t");

            if (extended) {
                len = strcspn(value, ";");

                if (strncasecmp(value, "utf-8'", 6) == 0) {
                    quote = strchr(value + 6, '\'');

                    if (quote != NULL && quote < value + len) {
                        urlmeta_buf_reset(name);
                        len -= (size_t) (quote + 1 - value);

                        return urlmeta_text_unescape_percent(name, quote + 1,
                                                             len);
                    }
                }

                p = value + len;
                continue;
            }

            urlmeta_buf_reset(name);

            if (*value != '"') {
                len = strcspn(value, "; \t");

                if (urlmeta_buf_add(name, value, len) != URLMETA_OK) {
                    return URLMETA_ERROR;
                }

                p = value + len;
                p += strcspn(p, ";");
                continue;
            }

            for (p = value + 1; *p != '\0' && *p != '"'; p++) {

                if (*p == '\\' && p[1] != '\0') {
                    p++;
                }

                if (urlmeta_buf_add_char(name, *p) != URLMETA_OK) {
                    return URLMETA_ERROR;
                }
            }
        }

        p += strcspn(p, ";");
    }

    return URLMETA_OK;
}


static int
urlmeta_card_walk_host(urlmeta_card_t *c, const urlmeta_rule_t *rule,
    urlmeta_candidate_pt handler, void *data)
{
    size_t       len;
    const char  *host;

    len = urlmeta_card_host(c->effective, &host);

    if (len == 0) {
        return 0;
    }

    if (len > 4 && strncmp(host, "www.", 4) == 0) {
        host += 4;
        len -= 4;
    }

    return handler(c, data, rule, host, len);
}


/* the first /YYYY/MM/DD/ of the path */

static int
urlmeta_card_walk_path_date(urlmeta_card_t *c, const urlmeta_rule_t *rule,
    urlmeta_candidate_pt handler, void *data)
{
    size_t       i;
    const char  *p, *last;

    static const char  pattern[] = "/dddd/dd/dd/";

    p = c->effective + c->origin_len;
    last = p + strcspn(p, "?#");

    for ( /* void */ ; last - p >= 12; p++) {

        for (i = 0; i < 12; i++) {
            if (pattern[i] == '/' ? p[i] != '/' : p[i] < '0' || p[i] > '9') {
                break;
            }
        }

        if (i == 12) {
            return handler(c, data, rule, p + 1, 10);
        }
    }

    return 0;
}
