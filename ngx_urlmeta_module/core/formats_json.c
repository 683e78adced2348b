
/*
 * Native JSON: the one writer of JSON that leaves this program.
 */


#include <stdio.h>
#include <string.h>

#include "formats.h"


/* values within values; what a card holds is bounded by its readers */
#define URLMETA_FORMATS_MAX_DEPTH  512


static int urlmeta_formats_value(json_t *value, urlmeta_buf_t *out,
    unsigned depth);
static int urlmeta_formats_object(json_t *value, urlmeta_buf_t *out,
    unsigned depth);
static int urlmeta_formats_array(json_t *value, urlmeta_buf_t *out,
    unsigned depth);
static int urlmeta_formats_integer(json_int_t value, urlmeta_buf_t *out);
static int urlmeta_formats_real(double value, urlmeta_buf_t *out);


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


int
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
