
/*
 * URLs of a card: which may stand in it, and which is the page's own.
 */


#include <string.h>

#include "address.h"
#include "card_chain.h"


#define URLMETA_CARD_MAX_HEADER_LINKS  64


static int urlmeta_card_is_white(char c);
static size_t urlmeta_card_url_check(urlmeta_card_t *c, size_t len);
static int urlmeta_card_same_origin(urlmeta_card_t *c);
static int urlmeta_card_url_judge(urlmeta_card_t *c, size_t len);
static size_t urlmeta_card_url_escape(char *dst, size_t size, const char *src,
    size_t len);
static size_t urlmeta_card_canonical(urlmeta_card_t *c,
    const urlmeta_rule_t *rule, const char *value, size_t len);
static int urlmeta_card_is_home(const char *url);
static const char *urlmeta_card_link_parameter(const char **p, char *name,
    size_t size, urlmeta_buf_t *value);
static void urlmeta_card_header_link(urlmeta_card_t *c, const char *ref,
    size_t len, json_t *link);


size_t
urlmeta_card_url(urlmeta_card_t *c, const char *ref, size_t len)
{
    char    text[URLMETA_URL_TEXT_MAX];
    size_t  n;

    while (len != 0 && (*ref == ' ' || (*ref >= '\t' && *ref <= '\r'))) {
        ref++;
        len--;
    }

    /*
     * Browsers read a backslash as a slash, others do not: such a reference
     * has two meanings.
     */

    if (len == 0 || len > URLMETA_URL_TEXT_MAX
        || memchr(ref, '\\', len) != NULL || memchr(ref, '\0', len) != NULL)
    {
        return 0;
    }

    n = urlmeta_url_resolve_link(text, c->base, c->base_len, ref, len);

    if (n == 0) {
        return 0;
    }

    n = urlmeta_card_url_escape(c->url, sizeof(c->url), text, n);

    return urlmeta_card_url_check(c, n);
}


json_t *
urlmeta_card_url_json(urlmeta_card_t *c, const char *ref, size_t len)
{
    len = urlmeta_card_url(c, ref, len);

    return len ? urlmeta_card_string(c, c->url, len) : NULL;
}


size_t
urlmeta_card_stated_url(urlmeta_card_t *c, json_t *url)
{
    char         text[URLMETA_URL_TEXT_MAX];
    size_t       len;
    const char  *stated;

    stated = json_string_value(url);
    len = json_string_length(url);

    if (len == 0 || len > URLMETA_URL_TEXT_MAX) {
        return 0;
    }

    len = urlmeta_url_resolve_link(text, stated, len, stated, len);
    len = urlmeta_card_url_escape(c->url, sizeof(c->url), text, len);

    return len <= URLMETA_URL_MAX ? len : 0;
}


size_t
urlmeta_card_link_url(urlmeta_card_t *c, json_t *link)
{
    size_t   len;
    json_t  *url, *href;

    url = json_object_get(link, "url");
    href = json_object_get(link, "href");
    len = json_string_length(url);

    if (len == 0 || len > URLMETA_URL_TEXT_MAX
        || (json_is_string(href)
            && memchr(json_string_value(href), '\\',
                      json_string_length(href)) != NULL))
    {
        return 0;
    }

    len = urlmeta_card_url_escape(c->url, sizeof(c->url),
                                  json_string_value(url), len);

    return urlmeta_card_url_check(c, len);
}


static size_t
urlmeta_card_url_check(urlmeta_card_t *c, size_t len)
{
    if (len == 0 || len > URLMETA_URL_MAX) {
        return 0;
    }

    /* what the page's own origin holds, its operator let us read */

    if (c->any_address || urlmeta_card_same_origin(c)
        || urlmeta_card_url_judge(c, len))
    {
        return len;
    }

    return 0;
}


/* is c->url of the scheme, host and port of the page? */

static int
urlmeta_card_same_origin(urlmeta_card_t *c)
{
    return c->origin_len != 0
           && strncmp(c->url, c->effective, c->origin_len) == 0
           && strchr("/?#", c->url[c->origin_len]) != NULL;
}


/*
 * A reader's browser opens what a card names: an address of its own network
 * must not be among that, nor a port where no web server is expected.
 */

static int
urlmeta_card_url_judge(urlmeta_card_t *c, size_t len)
{
    urlmeta_url_t  *u;

    u = &c->parsed;

    if (urlmeta_url_parse(u, c->url, len) != URLMETA_E_NONE
        || !u->default_port)
    {
        return 0;
    }

    switch (u->host_type) {

    case URLMETA_HOST_IPV4:
        return !urlmeta_address_special4(u->addr);

    case URLMETA_HOST_IPV6:
        return !urlmeta_address_special6(u->addr);

    default:
        return !urlmeta_url_host_special(u->text + u->host, u->host_len);
    }
}


/*
 * The URL standard leaves some characters of a path as they are that quote
 * something elsewhere.  Returns 0 if the text is not ASCII or too long.
 */

static size_t
urlmeta_card_url_escape(char *dst, size_t size, const char *src, size_t len)
{
    char           ch;
    size_t         i, n;

    static const char  hex[] = "0123456789ABCDEF";

    n = 0;

    for (i = 0; i < len; i++) {
        ch = src[i];

        if (ch <= ' ' || ch >= 0x7f || n + 4 > size) {
            return 0;
        }

        if (strchr("\"'<>`{|}^\\", ch) != NULL) {
            dst[n++] = '%';
            dst[n++] = hex[ch >> 4];
            dst[n++] = hex[ch & 15];

        } else {
            dst[n++] = ch;
        }
    }

    dst[n] = '\0';

    return n;
}


json_t *
urlmeta_card_accept_url(urlmeta_card_t *c, const urlmeta_field_t *f,
    const urlmeta_rule_t *rule, const char *value, size_t len)
{
    len = urlmeta_card_canonical(c, rule, value, len);

    return len ? urlmeta_card_string(c, c->url, len) : NULL;
}


/* @id of a node has a fragment that names the node, not a place of the page */

static size_t
urlmeta_card_canonical(urlmeta_card_t *c, const urlmeta_rule_t *rule,
    const char *value, size_t len)
{
    len = urlmeta_card_url(c, value, len);

    if (len != 0 && rule->type == URLMETA_RULE_JSONLD_URL) {
        len = strcspn(c->url, "#");
        c->url[len] = '\0';
    }

    return len;
}


/*
 * What a page says is its address may be shown and linked to if it belongs to
 * the same site, and unless it sends the reader of an inner page to the front
 * page.
 */

json_t *
urlmeta_card_accept_own_url(urlmeta_card_t *c, const urlmeta_field_t *f,
    const urlmeta_rule_t *rule, const char *value, size_t len)
{
    size_t       host_len, own_len;
    const char  *host, *own;

    len = urlmeta_card_canonical(c, rule, value, len);

    if (len == 0) {
        return NULL;
    }

    own_len = urlmeta_card_host(c->effective, &own);
    host_len = urlmeta_card_host(c->url, &host);

    if (host_len == 0 || own_len == 0) {
        return NULL;
    }

    if (host_len != own_len || memcmp(host, own, own_len) != 0) {

        if (!urlmeta_url_same_site(host, host_len, own, own_len)) {
            return NULL;
        }
    }

    /* another port is another server */

    if (host[host_len] == ':' && !urlmeta_card_same_origin(c)) {
        return NULL;
    }

    if (urlmeta_card_is_home(host + host_len)
        && !urlmeta_card_is_home(own + own_len))
    {
        return NULL;
    }

    return urlmeta_card_string(c, c->url, len);
}


/* what follows the host of a URL: a port, nothing or a slash, a fragment? */

static int
urlmeta_card_is_home(const char *url)
{
    if (*url == ':') {
        url += strcspn(url, "/?#");
    }

    if (*url == '/') {
        url++;
    }

    return *url == '\0' || *url == '#';
}


size_t
urlmeta_card_host(const char *url, const char **host)
{
    size_t       len;
    const char  *p;

    *host = url;

    if (strncmp(url, "https://", 8) == 0) {
        p = url + 8;

    } else if (strncmp(url, "http://", 7) == 0) {
        p = url + 7;

    } else {
        return 0;
    }

    len = strcspn(p, "/?#");
    *host = p;

    /* an IPv6 address has colons of its own */

    if (*p == '[') {
        len = strcspn(p, "]/?#");
        return p[len] == ']' ? len + 1 : 0;
    }

    if (memchr(p, '@', len) != NULL) {
        return 0;
    }

    return strcspn(p, ":/?#");
}


static int
urlmeta_card_is_white(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}


int
urlmeta_card_has_token(const char *list, const char *token)
{
    int          same;
    const char  *p, *t;

    p = list;

    for ( ;; ) {

        while (urlmeta_card_is_white(*p)) {
            p++;
        }

        if (*p == '\0') {
            return 0;
        }

        same = 1;

        for (t = token; *p != '\0' && !urlmeta_card_is_white(*p); p++) {
            same = (same && *t == *p);
            t += same;
        }

        if (same && *t == '\0') {
            return 1;
        }
    }
}


/* RFC 8288: <reference> *( ; name[=value] ), joined by commas */

void
urlmeta_card_link_header(urlmeta_card_t *c)
{
    char            name[16];
    size_t          i, n, len;
    json_t         *link;
    const char     *p, *ref, *parameter;
    urlmeta_buf_t   value;

    p = json_string_value(json_object_get(c->http, "link"));

    if (p == NULL) {
        return;
    }

    memset(&value, 0, sizeof(value));

    for (n = 0; n < URLMETA_CARD_MAX_HEADER_LINKS && !c->failed; n++) {

        p += strspn(p, " \t,");

        if (*p != '<') {
            break;
        }

        ref = p + 1;
        len = strcspn(ref, ">");

        if (ref[len] != '>') {
            break;
        }

        p = ref + len + 1;
        link = json_object();

        if (link == NULL) {
            c->failed = 1;
            break;
        }

        while (!c->failed) {
            p += strspn(p, " \t");

            if (*p != ';') {
                break;
            }

            p++;

            urlmeta_buf_reset(&value);

            parameter = urlmeta_card_link_parameter(&p, name, sizeof(name),
                                                    &value);

            if (parameter == NULL) {
                c->failed = 1;
                break;
            }

            /* the first of a name counts */

            if (json_object_get(link, name) != NULL
                || (strcmp(name, "rel") != 0 && strcmp(name, "type") != 0
                    && strcmp(name, "title") != 0
                    && strcmp(name, "hreflang") != 0
                    && strcmp(name, "media") != 0
                    && strcmp(name, "anchor") != 0))
            {
                continue;
            }

            if (strcmp(name, "rel") == 0) {
                for (i = 0; i < value.len; i++) {
                    if (value.data[i] >= 'A' && value.data[i] <= 'Z') {
                        value.data[i] |= 0x20;
                    }
                }
            }

            urlmeta_card_set(c, link, name,
                             urlmeta_card_string(c, parameter, value.len));
        }

        /* a link with an anchor speaks of something else */

        if (!c->failed && json_object_get(link, "rel") != NULL
            && json_object_get(link, "anchor") == NULL)
        {
            urlmeta_card_header_link(c, ref, len, link);
        }

        json_decref(link);

        p += strcspn(p, ",");
    }

    urlmeta_buf_free(&value);
}


/* the value, "" if there is none; NULL if memory ran out */

static const char *
urlmeta_card_link_parameter(const char **p, char *name, size_t size,
    urlmeta_buf_t *value)
{
    size_t       i, len;
    const char  *s;

    s = *p + strspn(*p, " \t");
    len = strcspn(s, "=;, \t");

    name[0] = '\0';

    if (len < size) {
        for (i = 0; i < len; i++) {
            name[i] = (s[i] >= 'A' && s[i] <= 'Z') ? s[i] | 0x20 : s[i];
        }

        name[len] = '\0';
    }

    s += len;
    s += strspn(s, " \t");

    if (*s != '=') {
        *p = s;
        return "";
    }

    s++;
    s += strspn(s, " \t");

    if (*s != '"') {
        len = strcspn(s, ";, \t");
        *p = s + len;

        return urlmeta_buf_add(value, s, len) == URLMETA_OK ? value->data
                                                            : NULL;
    }

    for (s++; *s != '\0' && *s != '"'; s++) {

        if (*s == '\\' && s[1] != '\0') {
            s++;
        }

        if (urlmeta_buf_add_char(value, *s) != URLMETA_OK) {
            return NULL;
        }
    }

    *p = (*s == '"') ? s + 1 : s;

    return value->data ? value->data : "";
}


static void
urlmeta_card_header_link(urlmeta_card_t *c, const char *ref, size_t len,
    json_t *link)
{
    char    text[URLMETA_URL_TEXT_MAX];
    size_t  n;

    if (len > URLMETA_URL_TEXT_MAX) {
        return;
    }

    /* a header knows nothing of a base in the document */

    n = urlmeta_url_resolve_link(text, c->effective, c->effective_len, ref,
                                 len);

    if (n == 0) {
        return;
    }

    urlmeta_card_set(c, link, "href", urlmeta_card_string(c, ref, len));
    urlmeta_card_set(c, link, "url", urlmeta_card_string(c, text, n));
    urlmeta_card_set(c, link, "header", json_true());
    urlmeta_card_append(c, c->links, json_incref(link));
}
