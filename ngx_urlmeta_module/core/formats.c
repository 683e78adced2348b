
/*
 * Card to body: names and types of the formats, which one a client prefers,
 * native JSON, and errors.
 */


#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "card_text.h"
#include "formats.h"
#include "render.h"
#include "utf8.h"


/* values within values; what a card holds is bounded by its readers */
#define URLMETA_FORMATS_MAX_DEPTH  512

/* RFC 9110 section 12.4.2: three digits after the point */
#define URLMETA_FORMATS_MAX_Q      1000


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


static int urlmeta_formats_value(json_t *value, urlmeta_buf_t *out,
    unsigned depth);
static int urlmeta_formats_object(json_t *value, urlmeta_buf_t *out,
    unsigned depth);
static int urlmeta_formats_array(json_t *value, urlmeta_buf_t *out,
    unsigned depth);
static int urlmeta_formats_string(const char *text, size_t len,
    urlmeta_buf_t *out);
static int urlmeta_formats_integer(json_int_t value, urlmeta_buf_t *out);
static int urlmeta_formats_real(double value, urlmeta_buf_t *out);
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
        "text/html; charset=utf-8" }
};


/*
 * 0 for the bytes that a JSON string may hold as they are, 1 for those that
 * are escaped, 2 and 3 for those that begin U+0080 to U+009F, or U+2028 and
 * U+2029.  The markup characters are escaped so that a body is harmless where
 * it is taken for HTML or put into a script element; the separators end a
 * line of older JavaScript.
 */

static const unsigned char  urlmeta_formats_special[256] = {
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    ['"'] = 1, ['&'] = 1, ['<'] = 1, ['>'] = 1, ['\\'] = 1,
    [0x7f] = 1, [0xc2] = 2, [0xe2] = 3
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
    int      rc;
    json_t  *value;

    if (format == URLMETA_FORMAT_JSON) {
        return urlmeta_buf_add(out, card, len);
    }

    value = json_loadb(card, len, JSON_ALLOW_NUL, NULL);

    if (value == NULL) {
        return URLMETA_ERROR;
    }

    rc = (format == URLMETA_FORMAT_FRAGMENT)
         ? urlmeta_render_fragment(value, out)
         : urlmeta_render_document(value, out);

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

    if (rc == URLMETA_OK) {

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


int
urlmeta_formats_json(json_t *value, urlmeta_buf_t *out)
{
    size_t  start;

    start = out->len;

    if (urlmeta_formats_value(value, out, 0) != URLMETA_OK) {

        if (out->data != NULL) {
            out->len = start;
            out->data[start] = '\0';
        }

        return URLMETA_ERROR;
    }

    return URLMETA_OK;
}


static int
urlmeta_formats_value(json_t *value, urlmeta_buf_t *out, unsigned depth)
{
    switch (value ? json_typeof(value) : JSON_NULL) {

    case JSON_OBJECT:
        if (depth >= URLMETA_FORMATS_MAX_DEPTH) {
            return urlmeta_buf_add(out, "null", 4);
        }

        return urlmeta_formats_object(value, out, depth);

    case JSON_ARRAY:
        if (depth >= URLMETA_FORMATS_MAX_DEPTH) {
            return urlmeta_buf_add(out, "null", 4);
        }

        return urlmeta_formats_array(value, out, depth);

    case JSON_STRING:
        return urlmeta_formats_string(json_string_value(value),
                                      json_string_length(value), out);

    case JSON_INTEGER:
        return urlmeta_formats_integer(json_integer_value(value), out);

    case JSON_REAL:
        return urlmeta_formats_real(json_real_value(value), out);

    case JSON_TRUE:
        return urlmeta_buf_add(out, "true", 4);

    case JSON_FALSE:
        return urlmeta_buf_add(out, "false", 5);

    default:
        return urlmeta_buf_add(out, "null", 4);
    }
}


static int
urlmeta_formats_object(json_t *value, urlmeta_buf_t *out, unsigned depth)
{
    char         separator;
    void        *iter;
    const char  *key;

    separator = '{';

    for (iter = json_object_iter(value);
         iter != NULL;
         iter = json_object_iter_next(value, iter))
    {
        key = json_object_iter_key(iter);

        if (urlmeta_buf_add_char(out, separator) != URLMETA_OK
            || urlmeta_formats_string(key, strlen(key), out) != URLMETA_OK
            || urlmeta_buf_add_char(out, ':') != URLMETA_OK
            || urlmeta_formats_value(json_object_iter_value(iter), out,
                                     depth + 1)
               != URLMETA_OK)
        {
            return URLMETA_ERROR;
        }

        separator = ',';
    }

    return separator == '{' ? urlmeta_buf_add(out, "{}", 2)
                            : urlmeta_buf_add_char(out, '}');
}


static int
urlmeta_formats_array(json_t *value, urlmeta_buf_t *out, unsigned depth)
{
    size_t   i;
    json_t  *item;

    if (urlmeta_buf_add_char(out, '[') != URLMETA_OK) {
        return URLMETA_ERROR;
    }

    json_array_foreach(value, i, item) {
        if ((i != 0 && urlmeta_buf_add_char(out, ',') != URLMETA_OK)
            || urlmeta_formats_value(item, out, depth + 1) != URLMETA_OK)
        {
            return URLMETA_ERROR;
        }
    }

    return urlmeta_buf_add_char(out, ']');
}


/* "text" is valid UTF-8 */

static int
urlmeta_formats_string(const char *text, size_t len, urlmeta_buf_t *out)
{
    char                  ch, *dst;
    size_t                n, left;
    unsigned              cp;
    const unsigned char  *p, *last, *plain;

    static const char  hex[] = "0123456789abcdef";

    /* the text as it is mostly is; what is escaped makes room as it comes */

    if (len > ((size_t) -1 - 16) / 6
        || urlmeta_buf_reserve(out, len + 16) != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    p = (const unsigned char *) text;
    last = p + len;
    plain = p;

    dst = out->data + out->len;
    *dst++ = '"';

    while (p < last) {

        switch (urlmeta_formats_special[*p]) {

        case 0:
            p++;
            continue;

        case 1:
            cp = *p;
            n = 1;
            break;

        case 2:
            if (last - p < 2 || p[1] >= 0xa0) {
                p++;
                continue;
            }

            cp = p[1];
            n = 2;
            break;

        default:
            if (last - p < 3 || p[1] != 0x80 || (p[2] & 0xfe) != 0xa8) {
                p++;
                continue;
            }

            cp = 0x2000 | (p[2] & 0x3f);
            n = 3;
        }

        memcpy(dst, plain, (size_t) (p - plain));
        dst += p - plain;

        p += n;
        plain = p;

        switch (cp) {
        case '"':
        case '\\':
            ch = (char) cp;
            break;
        case '\n':
            ch = 'n';
            break;
        case '\r':
            ch = 'r';
            break;
        case '\t':
            ch = 't';
            break;
        default:
            ch = 'u';
        }

        *dst++ = '\\';
        *dst++ = ch;

        if (ch == 'u') {
            *dst++ = hex[cp >> 12];
            *dst++ = hex[(cp >> 8) & 15];
            *dst++ = hex[(cp >> 4) & 15];
            *dst++ = hex[cp & 15];
        }

        /* room for what is left as it is, and for the next escape */

        out->len = (size_t) (dst - out->data);
        left = (size_t) (last - p);

        if (out->size - out->len < left + 16) {
            if (urlmeta_buf_reserve(out, left + 16) != URLMETA_OK) {
                return URLMETA_ERROR;
            }

            dst = out->data + out->len;
        }
    }

    memcpy(dst, plain, (size_t) (last - plain));
    dst += last - plain;
    *dst++ = '"';

    out->len = (size_t) (dst - out->data);
    out->data[out->len] = '\0';

    return URLMETA_OK;
}


static int
urlmeta_formats_integer(json_int_t value, urlmeta_buf_t *out)
{
    char                buf[24], *p;
    unsigned long long  n;

    n = value < 0 ? 0ULL - (unsigned long long) value
                  : (unsigned long long) value;

    p = buf + sizeof(buf);

    do {
        *--p = (char) ('0' + n % 10);
        n /= 10;
    } while (n != 0);

    if (value < 0) {
        *--p = '-';
    }

    return urlmeta_buf_add(out, p, (size_t) (buf + sizeof(buf) - p));
}


/*
 * Numbers of JSON-LD are all reals, lest an integer beyond 64 bits spoil a
 * block; whole ones are written as the integers that they were.
 */

static int
urlmeta_formats_real(double value, urlmeta_buf_t *out)
{
    int     n;
    char    buf[40], *p;
    double  back;

    if (value > -9007199254740992.0 && value < 9007199254740992.0
        && value == (double) (json_int_t) value)
    {
        return urlmeta_formats_integer((json_int_t) value, out);
    }

    /* the shorter text if it means the same number */

    n = snprintf(buf, sizeof(buf), "%.15g", value);

    if (sscanf(buf, "%lf", &back) != 1 || back != value) {
        n = snprintf(buf, sizeof(buf), "%.17g", value);
    }

    /* neither infinity nor NaN is JSON; a locale may have set a comma */

    for (p = buf; p < buf + n; p++) {
        if (*p == ',') {
            *p = '.';

        } else if (*p == 'n' || *p == 'i') {
            return urlmeta_buf_add(out, "null", 4);
        }
    }

    return urlmeta_buf_add(out, buf, (size_t) n);
}
