
/*
 * The text of a JSON-LD block to its value: strictly, then without what pages
 * wrap around it, then repaired in one pass.
 */


#include <stdio.h>
#include <string.h>

#include "buffer.h"
#include "jsonld.h"
#include "utf8.h"


#define URLMETA_JSONLD_FLAGS                                                  \
    (JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL)


typedef struct {
    const char     *pos;
    const char     *last;
    urlmeta_buf_t   out;
    size_t          depth;
    unsigned        comma:1;        /* held back until a value follows */
    unsigned        fresh:1;        /* no value since the container began */
    char            close[URLMETA_JSONLD_MAX_DEPTH];
} urlmeta_jsonld_repair_t;


static const char *urlmeta_jsonld_count(const char *p, size_t len);
static json_t *urlmeta_jsonld_load(const char *text, size_t len,
    char *error, size_t size);
static void urlmeta_jsonld_unwrap(const char **text, size_t *len);
static int urlmeta_jsonld_skip(const char **p, const char *last,
    const char *str);
static int urlmeta_jsonld_unescape(urlmeta_buf_t *out, const char *text,
    size_t len);
static int urlmeta_jsonld_repair(urlmeta_jsonld_repair_t *r);
static int urlmeta_jsonld_repair_comma(urlmeta_jsonld_repair_t *r);
static int urlmeta_jsonld_repair_string(urlmeta_jsonld_repair_t *r,
    char quote);
static int urlmeta_jsonld_repair_escape(urlmeta_jsonld_repair_t *r);
static int urlmeta_jsonld_repair_word(urlmeta_jsonld_repair_t *r);
static void urlmeta_jsonld_repair_comment(urlmeta_jsonld_repair_t *r);
static int urlmeta_jsonld_ends_string(const char *p, const char *last);
static int urlmeta_jsonld_hex(const char *p, const char *last, int digits);
static int urlmeta_jsonld_is_space(char ch);


json_t *
urlmeta_jsonld_parse(const char *text, size_t len)
{
    int                       rc, repaired;
    char                      error[JSON_ERROR_TEXT_LENGTH];
    json_t                   *block, *value, *string;
    size_t                    n;
    const char               *p;
    urlmeta_buf_t             plain;
    urlmeta_jsonld_repair_t   r;

    block = json_object();

    if (block == NULL) {
        return NULL;
    }

    memset(&plain, 0, sizeof(urlmeta_buf_t));
    memset(&r, 0, sizeof(urlmeta_jsonld_repair_t));

    if (urlmeta_utf8_valid(text, len) != len) {

        /* a character that was cut at the end of a bounded text, no more */

        if (urlmeta_utf8_add(&plain, text, len) != URLMETA_OK) {
            goto failed;
        }

        string = json_stringn_nocheck(plain.data, plain.len);
        urlmeta_buf_free(&plain);

    } else {
        string = json_stringn_nocheck(text, len);
    }

    if (json_object_set_new(block, "text", string) != 0) {
        goto failed;
    }

    text = json_string_value(string);
    len = json_string_length(string);

    repaired = 0;
    value = urlmeta_jsonld_load(text, len, error, sizeof(error));

    if (value == NULL) {
        repaired = 1;

        p = text;
        n = len;
        urlmeta_jsonld_unwrap(&p, &n);

        if (n && (p[0] == '{' || p[0] == '[') && memchr(p, '"', n) == NULL) {

            /* {&quot;@context&quot;: a text that was escaped once too often */

            if (urlmeta_jsonld_unescape(&plain, p, n) != URLMETA_OK) {
                goto failed;
            }

            p = plain.data;
            n = plain.len;
        }

        if (n && (p[0] == '{' || p[0] == '[' || p[0] == '/')) {

            /*
             * The first error is the one to tell: it is the one that the
             * author of the page sees in any other tool.
             */

            r.pos = p;
            r.last = p + n;

            rc = urlmeta_jsonld_repair(&r);

            if (rc == URLMETA_ERROR) {
                goto failed;
            }

            if (rc == URLMETA_OK) {
                value = urlmeta_jsonld_load(r.out.data, r.out.len, NULL, 0);
            }
        }
    }

    urlmeta_buf_free(&plain);
    urlmeta_buf_free(&r.out);

    if (value == NULL) {
        string = json_string(error);

        if (string == NULL) {
            string = json_string("not valid JSON");
        }

        if (json_object_set_new(block, "error", string) != 0) {
            goto failed;
        }

        return block;
    }

    if (json_object_set_new(block, "value", value) != 0
        || json_object_set_new(block, "repaired", json_boolean(repaired)) != 0)
    {
        goto failed;
    }

    return block;

failed:

    urlmeta_buf_free(&plain);
    urlmeta_buf_free(&r.out);
    json_decref(block);

    return NULL;
}


/* the depth of what was parsed is bounded */

size_t
urlmeta_jsonld_values(json_t *value)
{
    size_t       i, n;
    json_t      *item;
    const char  *key;

    n = (value != NULL);

    json_array_foreach(value, i, item) {
        n += urlmeta_jsonld_values(item);
    }

    json_object_foreach(value, key, item) {
        n += urlmeta_jsonld_values(item);
    }

    return n;
}


/*
 * Parses what is within bounds.  jansson cannot tell an error of its allocator
 * from one of the text, so the former is shown as the latter.
 */

static json_t *
urlmeta_jsonld_load(const char *text, size_t len, char *error, size_t size)
{
    json_t        *value;
    const char    *why;
    json_error_t   e;

    why = urlmeta_jsonld_count(text, len);

    if (why) {
        value = NULL;

    } else {
        value = json_loadb(text, len, URLMETA_JSONLD_FLAGS, &e);
        why = value ? "" : e.text;
    }

    if (value == NULL && size) {
        (void) snprintf(error, size, "%s", why);

        /* jansson quotes the text near the error and may cut a character */

        error[urlmeta_utf8_valid(error, strlen(error))] = '\0';
    }

    return value;
}


/*
 * jansson allocates for every value, so they are counted before it sees them.
 * Up to the first error of the text this reads it as jansson does, and behind
 * that jansson does not read.
 */

static const char *
urlmeta_jsonld_count(const char *p, size_t len)
{
    size_t       depth, count;
    const char  *last;

    last = p + len;
    depth = 0;
    count = 0;

    while (p < last) {

        switch (*p) {

        case ' ':
        case '\t':
        case '\r':
        case '\n':
        case ',':
        case ':':
            p++;
            continue;

        case '}':
        case ']':
            p++;

            if (depth) {
                depth--;
            }

            continue;

        case '{':
        case '[':
            p++;
            count++;

            if (++depth > URLMETA_JSONLD_MAX_DEPTH) {
                return "nested too deep";
            }

            break;

        case '"':
            for (p++; p < last && *p != '"'; p++) {

                if (*p == '\\' && p + 1 < last) {
                    p++;
                }
            }

            if (p < last) {
                p++;
            }

            while (p < last && urlmeta_jsonld_is_space(*p)) {
                p++;
            }

            if (p < last && *p == ':') {
                continue;
            }

            count++;
            break;

        default:
            while (p < last && strchr(" \t\r\n,:{}[]\"", *p) == NULL) {
                p++;
            }

            /* strchr() finds the terminating zero too */

            if (p < last && *p == '\0') {
                p++;
            }

            count++;
        }

        if (count > URLMETA_JSONLD_MAX_VALUES) {
            return "too many values";
        }
    }

    return NULL;
}


/*
 * Takes off what stands before the value: a byte order mark, the comment that
 * hid scripts from browsers of the nineties, the CDATA section of XHTML with
 * the line comment that hides it, a parenthesis.  What belongs to them at the
 * end is junk behind the value, which the repair drops.
 */

static void
urlmeta_jsonld_unwrap(const char **text, size_t *len)
{
    const char  *p, *q, *last;

    p = *text;
    last = p + *len;

    for ( ;; ) {

        while (p < last && urlmeta_jsonld_is_space(*p)) {
            p++;
        }

        if (urlmeta_jsonld_skip(&p, last, "\xef\xbb\xbf")
            || urlmeta_jsonld_skip(&p, last, "<!--")
            || urlmeta_jsonld_skip(&p, last, "<![CDATA[")
            || urlmeta_jsonld_skip(&p, last, "("))
        {
            continue;
        }

        q = p;

        if (!urlmeta_jsonld_skip(&q, last, "//")) {
            break;
        }

        while (q < last && (*q == ' ' || *q == '\t')) {
            q++;
        }

        if (!urlmeta_jsonld_skip(&q, last, "<![CDATA[")) {
            break;
        }

        p = q;
    }

    *text = p;
    *len = (size_t) (last - p);
}


static int
urlmeta_jsonld_skip(const char **p, const char *last, const char *str)
{
    size_t  len;

    len = strlen(str);

    if ((size_t) (last - *p) < len || memcmp(*p, str, len) != 0) {
        return 0;
    }

    *p += len;

    return 1;
}


/* the character references that escaping functions write, once */

static int
urlmeta_jsonld_unescape(urlmeta_buf_t *out, const char *text, size_t len)
{
    size_t       i, n;
    const char  *p, *last, *amp;

    static const struct {
        const char  *name;
        char         ch;
    } refs[] = {
        { "&quot;", '"' },
        { "&#34;", '"' },
        { "&#034;", '"' },
        { "&#x22;", '"' },
        { "&amp;", '&' },
        { "&#38;", '&' },
        { "&lt;", '<' },
        { "&gt;", '>' },
        { "&#39;", '\'' },
        { "&#039;", '\'' },
        { "&#x27;", '\'' },
        { "&apos;", '\'' },
        { NULL, 0 }
    };

    p = text;
    last = text + len;

    while (p < last) {
        amp = memchr(p, '&', (size_t) (last - p));
        n = (size_t) ((amp ? amp : last) - p);

        if (urlmeta_buf_add(out, p, n) != URLMETA_OK) {
            return URLMETA_ERROR;
        }

        p += n;

        if (p == last) {
            break;
        }

        for (i = 0; refs[i].name; i++) {

            if (urlmeta_jsonld_skip(&p, last, refs[i].name)) {
                break;
            }
        }

        if (urlmeta_buf_add_char(out, refs[i].name ? refs[i].ch : *p++)
            != URLMETA_OK)
        {
            return URLMETA_ERROR;
        }
    }

    return URLMETA_OK;
}


/*
 * One pass: what JavaScript would read and JSON does not, and the mistakes of
 * templates.  The output is at most six times as long as the input (a raw
 * control character becomes \u00XX).  URLMETA_DONE if it cannot be repaired.
 */

static int
urlmeta_jsonld_repair(urlmeta_jsonld_repair_t *r)
{
    int   rc;
    char  ch;

    r->fresh = 1;

    while (r->pos < r->last) {
        ch = *r->pos;

        if (urlmeta_jsonld_is_space(ch)) {
            r->pos++;
            continue;
        }

        switch (ch) {

        case '/':
            if (r->last - r->pos < 2
                || (r->pos[1] != '/' && r->pos[1] != '*'))
            {
                return URLMETA_DONE;
            }

            urlmeta_jsonld_repair_comment(r);
            continue;

        case ',':
            r->pos++;

            if (!r->fresh) {
                r->comma = 1;
            }

            continue;

        case '}':
        case ']':
            if (r->depth == 0 || r->close[r->depth - 1] != ch) {
                return URLMETA_DONE;
            }

            r->pos++;
            r->depth--;
            r->comma = 0;
            r->fresh = 0;

            if (urlmeta_buf_add_char(&r->out, ch) != URLMETA_OK) {
                return URLMETA_ERROR;
            }

            /* the first value is whole: what follows is junk */

            if (r->depth == 0) {
                return URLMETA_OK;
            }

            continue;

        case ':':
            r->pos++;
            r->fresh = 1;

            if (urlmeta_buf_add_char(&r->out, ch) != URLMETA_OK) {
                return URLMETA_ERROR;
            }

            continue;
        }

        rc = urlmeta_jsonld_repair_comma(r);

        if (rc != URLMETA_OK) {
            return rc;
        }

        switch (ch) {

        case '{':
        case '[':
            if (r->depth == URLMETA_JSONLD_MAX_DEPTH) {
                return URLMETA_DONE;
            }

            r->close[r->depth++] = ch == '{' ? '}' : ']';
            r->pos++;
            r->fresh = 1;

            rc = urlmeta_buf_add_char(&r->out, ch);
            break;

        case '"':
        case '\'':
            r->pos++;
            r->fresh = 0;

            rc = urlmeta_jsonld_repair_string(r, ch);
            break;

        default:
            r->fresh = 0;

            rc = urlmeta_jsonld_repair_word(r);
        }

        if (rc != URLMETA_OK) {
            return rc;
        }
    }

    return URLMETA_DONE;
}


static int
urlmeta_jsonld_repair_comma(urlmeta_jsonld_repair_t *r)
{
    if (!r->comma) {
        return URLMETA_OK;
    }

    r->comma = 0;

    return urlmeta_buf_add_char(&r->out, ',');
}


static int
urlmeta_jsonld_repair_string(urlmeta_jsonld_repair_t *r, char quote)
{
    int            rc;
    char           ch;
    const char    *p;
    urlmeta_buf_t *out;

    out = &r->out;

    if (urlmeta_buf_add_char(out, '"') != URLMETA_OK) {
        return URLMETA_ERROR;
    }

    while (r->pos < r->last) {

        for (p = r->pos; p < r->last; p++) {

            if (*p == '"' || *p == quote || *p == '\\'
                || (unsigned char) *p < 0x20)
            {
                break;
            }
        }

        if (urlmeta_buf_add(out, r->pos, (size_t) (p - r->pos)) != URLMETA_OK)
        {
            return URLMETA_ERROR;
        }

        r->pos = p;

        if (p == r->last) {
            break;
        }

        ch = *r->pos++;

        if (ch == quote && urlmeta_jsonld_ends_string(r->pos, r->last)) {
            return urlmeta_buf_add_char(out, '"');
        }

        switch (ch) {

        case '\\':
            rc = urlmeta_jsonld_repair_escape(r);
            break;

        case '"':
            rc = urlmeta_buf_add_str(out, "\\\"");
            break;

        case '\'':
            rc = urlmeta_buf_add_char(out, ch);
            break;

        case '\n':
            rc = urlmeta_buf_add_str(out, "\\n");
            break;

        case '\r':
            rc = urlmeta_buf_add_str(out, "\\r");
            break;

        case '\t':
            rc = urlmeta_buf_add_str(out, "\\t");
            break;

        default:
            rc = urlmeta_buf_printf(out, "\\u%04x", (unsigned) ch);
        }

        if (rc != URLMETA_OK) {
            return rc;
        }
    }

    return URLMETA_DONE;
}


/*
 * A quote inside of a string that a template forgot to escape is followed by
 * text; the one that ends it by what may follow a string.  White space is
 * looked at twice at most, so this stays linear.
 */

static int
urlmeta_jsonld_ends_string(const char *p, const char *last)
{
    while (p < last && urlmeta_jsonld_is_space(*p)) {
        p++;
    }

    return p == last || strchr(",:}]/", *p) != NULL;
}


static int
urlmeta_jsonld_repair_escape(urlmeta_jsonld_repair_t *r)
{
    int             cp, low;
    char            ch;
    urlmeta_buf_t  *out;

    out = &r->out;

    if (r->pos == r->last) {
        return URLMETA_DONE;
    }

    ch = *r->pos++;

    switch (ch) {

    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        if (urlmeta_buf_add_char(out, '\\') != URLMETA_OK) {
            return URLMETA_ERROR;
        }

        return urlmeta_buf_add_char(out, ch);

    case 'u':
        cp = urlmeta_jsonld_hex(r->pos, r->last, 4);

        if (cp < 0) {
            return urlmeta_buf_add_str(out, "\\\\u");
        }

        r->pos += 4;

        if (cp < 0xd800 || cp > 0xdfff) {
            return urlmeta_buf_printf(out, "\\u%04x", (unsigned) cp);
        }

        /* JSON.parse() takes half of a surrogate pair, jansson does not */

        low = -1;

        if (cp <= 0xdbff && r->last - r->pos >= 6
            && r->pos[0] == '\\' && r->pos[1] == 'u')
        {
            low = urlmeta_jsonld_hex(r->pos + 2, r->last, 4);
        }

        if (low < 0xdc00 || low > 0xdfff) {
            return urlmeta_buf_add_str(out, "\\ufffd");
        }

        r->pos += 6;

        return urlmeta_buf_printf(out, "\\u%04x\\u%04x", (unsigned) cp,
                                  (unsigned) low);

    case 'x':
        cp = urlmeta_jsonld_hex(r->pos, r->last, 2);

        if (cp < 0) {
            return urlmeta_buf_add_str(out, "\\\\x");
        }

        r->pos += 2;

        return urlmeta_buf_printf(out, "\\u%04x", (unsigned) cp);

    case 'v':
        return urlmeta_buf_add_str(out, "\\u000b");

    case '\r':
        if (r->pos < r->last && *r->pos == '\n') {
            r->pos++;
        }

        /* fall through */

    case '\n':

        /* a line that is continued */

        return URLMETA_OK;

    default:

        /* the character itself, in JavaScript */

        if ((unsigned char) ch < 0x20) {
            return urlmeta_buf_printf(out, "\\u%04x", (unsigned) ch);
        }

        return urlmeta_buf_add_char(out, ch);
    }
}


/* a number, a literal, or a key without quotes */

static int
urlmeta_jsonld_repair_word(urlmeta_jsonld_repair_t *r)
{
    size_t       len;
    const char  *p, *start;

    start = r->pos;

    for (p = start; p < r->last; p++) {

        if (urlmeta_jsonld_is_space(*p) || *p == '\0'
            || strchr(",:{}[]\"'/", *p))
        {
            break;
        }
    }

    len = (size_t) (p - start);

    if (len == 0) {
        return URLMETA_DONE;
    }

    r->pos = p;

    if ((len == 9 && memcmp(start, "undefined", 9) == 0)
        || (len == 3 && memcmp(start, "NaN", 3) == 0))
    {
        return urlmeta_buf_add_str(&r->out, "null");
    }

    /* an error, if there is one, is for jansson to find */

    return urlmeta_buf_add(&r->out, start, len);
}


static void
urlmeta_jsonld_repair_comment(urlmeta_jsonld_repair_t *r)
{
    const char  *p;

    p = r->pos + 2;

    if (r->pos[1] == '/') {

        while (p < r->last && *p != '\n' && *p != '\r') {
            p++;
        }

        r->pos = p;

        return;
    }

    while (r->last - p >= 2 && (p[0] != '*' || p[1] != '/')) {
        p++;
    }

    r->pos = r->last - p >= 2 ? p + 2 : r->last;
}


static int
urlmeta_jsonld_hex(const char *p, const char *last, int digits)
{
    int  value;

    if (last - p < digits) {
        return -1;
    }

    for (value = 0; digits; digits--, p++) {

        if (*p >= '0' && *p <= '9') {
            value = value * 16 + *p - '0';

        } else if ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'f') {
            value = value * 16 + (*p | 0x20) - 'a' + 10;

        } else {
            return -1;
        }
    }

    return value;
}


static int
urlmeta_jsonld_is_space(char ch)
{
    return ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r';
}
