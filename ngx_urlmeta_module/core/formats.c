
/*
 * Card to body: names and types of the formats, which one a client prefers,
 * and errors.
 */


#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "card_text.h"
#include "formats.h"
#include "render.h"
#include "utf8.h"


/* RFC 9110 section 12.4.2: three digits after the point */
#define URLMETA_FORMATS_MAX_Q  1000

#define URLMETA_FORMATS_JSON   "application/json; charset=utf-8"


typedef struct {
    const char  *name;
    const char  *type;
    const char  *error_type;
} urlmeta_formats_entry_t;


typedef struct {
    const char  *type;
    const char  *subtype;
    int          q;             /* in thousandths, -1 if nothing matched */
    int          precision;     /* of what matched */
} urlmeta_formats_choice_t;


static void urlmeta_formats_range(urlmeta_formats_choice_t *choice,
    const char *range, size_t len, int q);
static int urlmeta_formats_q(const char *p, const char *last);
static const char *urlmeta_formats_skip(const char *p, const char *last,
    char end);
static int urlmeta_formats_echo(const char *url, size_t len,
    urlmeta_buf_t *out);
static int urlmeta_formats_problem(const urlmeta_error_t *err,
    unsigned status, const urlmeta_buf_t *url, unsigned upstream_status,
    urlmeta_buf_t *out);


static const urlmeta_formats_entry_t  urlmeta_formats[URLMETA_FORMAT_MAX] = {

    [URLMETA_FORMAT_JSON] = {
        "json",
        "application/json; charset=utf-8",
        "application/problem+json" },

    [URLMETA_FORMAT_HTML] = {
        "html",
        "text/html; charset=utf-8",
        "text/html; charset=utf-8" },

    [URLMETA_FORMAT_FRAGMENT] = {
        "fragment",
        "text/html; charset=utf-8",
        "text/html; charset=utf-8" },

    [URLMETA_FORMAT_OEMBED] = {
        "oembed", URLMETA_FORMATS_JSON, URLMETA_FORMATS_JSON },

    [URLMETA_FORMAT_OEMBED_XML] = {
        "oembed-xml", "text/xml; charset=utf-8", "text/xml; charset=utf-8" },

    [URLMETA_FORMAT_EDITORJS] = {
        "editorjs", URLMETA_FORMATS_JSON, URLMETA_FORMATS_JSON },

    [URLMETA_FORMAT_UNFURL] = {
        "unfurl", URLMETA_FORMATS_JSON, "text/plain; charset=utf-8" },

    [URLMETA_FORMAT_MICROLINK] = {
        "microlink", URLMETA_FORMATS_JSON, URLMETA_FORMATS_JSON },

    [URLMETA_FORMAT_IFRAMELY] = {
        "iframely", URLMETA_FORMATS_JSON, URLMETA_FORMATS_JSON },

    [URLMETA_FORMAT_MATRIX] = {
        "matrix", URLMETA_FORMATS_JSON, URLMETA_FORMATS_JSON },

    [URLMETA_FORMAT_OGS] = {
        "ogs", URLMETA_FORMATS_JSON, URLMETA_FORMATS_JSON },

    [URLMETA_FORMAT_LINK_PREVIEW_JS] = {
        "link-preview-js", URLMETA_FORMATS_JSON, URLMETA_FORMATS_JSON },

    [URLMETA_FORMAT_METASCRAPER] = {
        "metascraper", URLMETA_FORMATS_JSON, URLMETA_FORMATS_JSON },

    [URLMETA_FORMAT_RLP] = {
        "rlp", URLMETA_FORMATS_JSON, URLMETA_FORMATS_JSON },

    [URLMETA_FORMAT_SUMMALY] = {
        "summaly", URLMETA_FORMATS_JSON, URLMETA_FORMATS_JSON },

    [URLMETA_FORMAT_MASTODON] = {
        "mastodon", URLMETA_FORMATS_JSON, URLMETA_FORMATS_JSON },

    [URLMETA_FORMAT_WORDPRESS] = {
        "wordpress", URLMETA_FORMATS_JSON, URLMETA_FORMATS_JSON },

    [URLMETA_FORMAT_DISCORD] = {
        "discord", URLMETA_FORMATS_JSON, URLMETA_FORMATS_JSON }
};


urlmeta_format_e
urlmeta_format(const char *name, size_t len)
{
    int  i;

    for (i = 0; i < URLMETA_FORMAT_MAX; i++) {
        if (strlen(urlmeta_formats[i].name) == len
            && memcmp(urlmeta_formats[i].name, name, len) == 0)
        {
            return (urlmeta_format_e) i;
        }
    }

    return URLMETA_FORMAT_UNKNOWN;
}


const char *
urlmeta_format_name(urlmeta_format_e format)
{
    if ((unsigned) format >= URLMETA_FORMAT_MAX) {
        return "unknown";
    }

    return urlmeta_formats[format].name;
}


const char *
urlmeta_format_type(urlmeta_format_e format)
{
    if ((unsigned) format >= URLMETA_FORMAT_MAX) {
        format = URLMETA_FORMAT_JSON;
    }

    return urlmeta_formats[format].type;
}


const char *
urlmeta_format_error_type(urlmeta_format_e format)
{
    if ((unsigned) format >= URLMETA_FORMAT_MAX) {
        format = URLMETA_FORMAT_JSON;
    }

    return urlmeta_formats[format].error_type;
}


const char *
urlmeta_format_csp(urlmeta_format_e format)
{
    switch (format) {

    case URLMETA_FORMAT_HTML:
    case URLMETA_FORMAT_FRAGMENT:
        return urlmeta_render_csp();

    default:
        return "default-src 'none'; frame-ancestors 'none'";
    }
}


urlmeta_format_e
urlmeta_format_accept(const char *accept, size_t len)
{
    int                        q;
    size_t                     i, range_len;
    const char                *p, *last, *end, *range;
    urlmeta_formats_choice_t   choices[2];

    if (accept == NULL) {
        return URLMETA_FORMAT_JSON;
    }

    memset(choices, 0, sizeof(choices));

    choices[0].type = "application";
    choices[0].subtype = "json";
    choices[1].type = "text";
    choices[1].subtype = "html";

    p = accept;
    last = accept + len;

    while (p < last) {
        end = urlmeta_formats_skip(p, last, ',');

        while (p < end && (*p == ' ' || *p == '\t')) {
            p++;
        }

        range = p;

        while (p < end && *p != ';' && *p != ' ' && *p != '\t') {
            p++;
        }

        range_len = (size_t) (p - range);
        q = urlmeta_formats_q(p, end);

        for (i = 0; i < 2 && range_len != 0 && q >= 0; i++) {
            urlmeta_formats_range(&choices[i], range, range_len, q);
        }

        p = (end < last) ? end + 1 : last;
    }

    return choices[1].q > choices[0].q ? URLMETA_FORMAT_HTML
                                       : URLMETA_FORMAT_JSON;
}


/* the most precise range that matches gives the quality */

static void
urlmeta_formats_range(urlmeta_formats_choice_t *choice, const char *range,
    size_t len, int q)
{
    int     precision;
    size_t  type_len;

    type_len = strlen(choice->type);

    if (len == 3 && memcmp(range, "*/*", 3) == 0) {
        precision = 1;

    } else if (len == type_len + 2
               && strncasecmp(range, choice->type, type_len) == 0
               && memcmp(range + type_len, "/*", 2) == 0)
    {
        precision = 2;

    } else if (len == type_len + 1 + strlen(choice->subtype)
               && strncasecmp(range, choice->type, type_len) == 0
               && range[type_len] == '/'
               && strncasecmp(range + type_len + 1, choice->subtype,
                              strlen(choice->subtype)) == 0)
    {
        precision = 3;

    } else {
        return;
    }

    if (precision > choice->precision
        || (precision == choice->precision && q > choice->q))
    {
        choice->precision = precision;
        choice->q = q;
    }
}


/* the parameter q in thousandths; 1000 if there is none, -1 if it is bad */

static int
urlmeta_formats_q(const char *p, const char *last)
{
    int          q, scale;
    const char  *end;

    while (p < last) {

        if (*p != ';') {
            p++;
            continue;
        }

        p++;

        while (p < last && (*p == ' ' || *p == '\t')) {
            p++;
        }

        end = urlmeta_formats_skip(p, last, ';');

        if (end - p < 2 || (*p | 0x20) != 'q' || p[1] != '=') {
            p = end;
            continue;
        }

        p += 2;

        while (end > p && (end[-1] == ' ' || end[-1] == '\t')) {
            end--;
        }

        if (p == end || (*p != '0' && *p != '1')
            || (end - p > 1 && p[1] != '.') || end - p > 5)
        {
            return -1;
        }

        q = (*p - '0') * URLMETA_FORMATS_MAX_Q;
        scale = URLMETA_FORMATS_MAX_Q / 10;

        for (p += 2; p < end; p++) {
            if (*p < '0' || *p > '9') {
                return -1;
            }

            q += (*p - '0') * scale;
            scale /= 10;
        }

        return q <= URLMETA_FORMATS_MAX_Q ? q : -1;
    }

    return URLMETA_FORMATS_MAX_Q;
}


/* to the next "end" that is in no quoted string */

static const char *
urlmeta_formats_skip(const char *p, const char *last, char end)
{
    int  quoted;

    quoted = 0;

    for ( /* void */ ; p < last; p++) {

        if (*p == '"') {
            quoted = !quoted;

        } else if (quoted && *p == '\\' && p + 1 < last) {
            p++;

        } else if (!quoted && *p == end) {
            break;
        }
    }

    return p;
}


int
urlmeta_format_card(urlmeta_format_e format, const char *card, size_t len,
    urlmeta_buf_t *out)
{
    return urlmeta_format_card_with(format, NULL, card, len, out);
}


int
urlmeta_format_card_with(urlmeta_format_e format,
    const urlmeta_format_options_t *options, const char *card, size_t len,
    urlmeta_buf_t *out)
{
    int      rc;
    json_t  *value;

    if (format == URLMETA_FORMAT_JSON) {
        return urlmeta_buf_add(out, card, len);
    }

    value = json_loadb(card, len, JSON_ALLOW_NUL, NULL);

    if (value == NULL) {
        return URLMETA_ERROR;
    }

    if (urlmeta_formats_is_dialect(format)) {
        rc = urlmeta_formats_dialect(format, value, options, out);

    } else if (format == URLMETA_FORMAT_FRAGMENT) {
        rc = urlmeta_render_fragment(value, out);

    } else {
        rc = urlmeta_render_document(value, out);
    }

    json_decref(value);

    return rc;
}


int
urlmeta_format_error(urlmeta_format_e format, urlmeta_error_e e,
    const char *url, size_t len, unsigned upstream_status, urlmeta_buf_t *out)
{
    int                     rc;
    size_t                  start;
    unsigned                status;
    urlmeta_buf_t           echo, text;
    const urlmeta_error_t  *err;

    err = urlmeta_error(e);
    status = urlmeta_error_status(e, upstream_status);
    start = out->len;

    memset(&echo, 0, sizeof(echo));
    memset(&text, 0, sizeof(text));

    rc = URLMETA_OK;

    if (url != NULL) {
        rc = urlmeta_formats_echo(url, len, &echo);
    }

    if (rc == URLMETA_OK && urlmeta_formats_is_dialect(format)) {
        rc = urlmeta_formats_dialect_error(format, e, echo.len ? echo.data : "",
                                           upstream_status, out);

    } else if (rc == URLMETA_OK) {

        switch (format) {

        case URLMETA_FORMAT_HTML:
        case URLMETA_FORMAT_FRAGMENT:

            /* a person reads this: nothing may turn the line around */

            if (echo.len != 0) {
                rc = urlmeta_text_clean(&text, echo.data, echo.len,
                                        URLMETA_FORMATS_MAX_URL);
            }

            if (rc == URLMETA_OK) {
                rc = urlmeta_render_error(err->title, err->detail,
                                          text.len ? text.data : NULL,
                                          format == URLMETA_FORMAT_HTML, out);
            }

            break;

        default:
            rc = urlmeta_formats_problem(err, status,
                                         url != NULL ? &echo : NULL,
                                         upstream_status, out);
        }
    }

    urlmeta_buf_free(&echo);
    urlmeta_buf_free(&text);

    if (rc != URLMETA_OK && out->data != NULL) {
        out->len = start;
        out->data[start] = '\0';
    }

    return rc;
}


/* any bytes as valid UTF-8, at most URLMETA_FORMATS_MAX_URL of them */

static int
urlmeta_formats_echo(const char *url, size_t len, urlmeta_buf_t *out)
{
    if (len > URLMETA_FORMATS_MAX_URL) {
        len = URLMETA_FORMATS_MAX_URL;
    }

    if (urlmeta_utf8_add(out, url, len) != URLMETA_OK) {
        return URLMETA_ERROR;
    }

    /* U+FFFD is longer than the byte that it stands for */

    len = out->len;

    if (len > URLMETA_FORMATS_MAX_URL) {
        len = URLMETA_FORMATS_MAX_URL;

        while (len > 0 && (out->data[len] & 0xc0) == 0x80) {
            len--;
        }

        out->len = len;
        out->data[len] = '\0';
    }

    return URLMETA_OK;
}


/* RFC 9457 */

static int
urlmeta_formats_problem(const urlmeta_error_t *err, unsigned status,
    const urlmeta_buf_t *url, unsigned upstream_status, urlmeta_buf_t *out)
{
    if (urlmeta_buf_printf(out, "{\"type\":\"urn:urlmeta:error:%s\","
                           "\"title\":", err->code) != URLMETA_OK
        || urlmeta_formats_string(err->title, strlen(err->title), out)
           != URLMETA_OK
        || urlmeta_buf_printf(out, ",\"status\":%u,\"detail\":", status)
           != URLMETA_OK
        || urlmeta_formats_string(err->detail, strlen(err->detail), out)
           != URLMETA_OK
        || urlmeta_buf_printf(out, ",\"code\":\"%s\",\"url\":", err->code)
           != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    if (url == NULL) {
        if (urlmeta_buf_add_str(out, "null") != URLMETA_OK) {
            return URLMETA_ERROR;
        }

    } else if (urlmeta_formats_string(url->data ? url->data : "", url->len,
                                      out)
               != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    if (upstream_status != 0
        && urlmeta_buf_printf(out, ",\"upstream_status\":%u", upstream_status)
           != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    return urlmeta_buf_add_char(out, '}');
}
