
/*
 * UTF-8 by the Encoding Standard: what is valid, and what a decoder makes of
 * the rest.
 */


#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "utf8.h"


static size_t urlmeta_utf8_char(const unsigned char *p,
    const unsigned char *last, size_t *need);


size_t
urlmeta_utf8_ascii(const char *data, size_t len)
{
    const char  *p, *last;
#if defined(__SSE2__)
    int          mask;
#else
    uint64_t     a, b;
#endif

    p = data;
    last = data + len;

#if defined(__SSE2__)

    while (last - p >= 16) {
        mask = _mm_movemask_epi8(_mm_loadu_si128((const __m128i *) p));

        if (mask) {
            return (size_t) (p - data) + (size_t) __builtin_ctz(mask);
        }

        p += 16;
    }

#else

    while (last - p >= 16) {
        memcpy(&a, p, 8);
        memcpy(&b, p + 8, 8);

        if ((a | b) & 0x8080808080808080ULL) {
            break;
        }

        p += 16;
    }

#endif

    while (p < last && (unsigned char) *p < 0x80) {
        p++;
    }

    return (size_t) (p - data);
}


size_t
urlmeta_utf8_valid(const char *data, size_t len)
{
    size_t                n, need;
    const unsigned char  *p, *start, *last;

    start = (const unsigned char *) data;
    last = start + len;
    p = start;

    while (p < last) {

        /* most of what is no ASCII: of two bytes, or of three that have no
           bounds of their own */

        if (last - p >= 3) {

            if (*p >= 0xc2 && *p <= 0xdf && (p[1] & 0xc0) == 0x80) {
                p += 2;
                continue;
            }

            if (*p >= 0xe1 && *p <= 0xec
                && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80)
            {
                p += 3;
                continue;
            }
        }

        if (*p < 0x80) {
            p += urlmeta_utf8_ascii((const char *) p, (size_t) (last - p));
            continue;
        }

        n = urlmeta_utf8_char(p, last, &need);

        if (n != need) {
            break;
        }

        p += n;
    }

    return (size_t) (p - start);
}


size_t
urlmeta_utf8_bad(const char *data, size_t len)
{
    size_t                n, need;
    const unsigned char  *p;

    p = (const unsigned char *) data;

    n = urlmeta_utf8_char(p, p + len, &need);

    if (n == 0) {
        return 1;
    }

    /* all there is is a good beginning */

    if (n == len && n < need) {
        return 0;
    }

    return n;
}


int
urlmeta_utf8_add(urlmeta_buf_t *b, const char *data, size_t len)
{
    size_t  n;

    while (len) {
        n = urlmeta_utf8_valid(data, len);

        if (n && urlmeta_buf_add(b, data, n) != URLMETA_OK) {
            return URLMETA_ERROR;
        }

        data += n;
        len -= n;

        if (len == 0) {
            break;
        }

        n = urlmeta_utf8_bad(data, len);

        if (n == 0) {
            n = len;
        }

        if (urlmeta_buf_add(b, URLMETA_UTF8_REPLACEMENT,
                            URLMETA_UTF8_REPLACEMENT_LEN)
            != URLMETA_OK)
        {
            return URLMETA_ERROR;
        }

        data += n;
        len -= n;
    }

    return URLMETA_OK;
}


/*
 * How many bytes at p are the beginning of a character, and how many it needs;
 * 0 if none can begin so.  The bounds of the second byte exclude overlong
 * forms, surrogates, and what is beyond U+10FFFF.
 */

static size_t
urlmeta_utf8_char(const unsigned char *p, const unsigned char *last,
    size_t *need)
{
    size_t         n;
    unsigned char  lower, upper;

    lower = 0x80;
    upper = 0xbf;

    if (*p < 0x80) {
        *need = 1;

    } else if (*p >= 0xc2 && *p <= 0xdf) {
        *need = 2;

    } else if (*p >= 0xe0 && *p <= 0xef) {
        *need = 3;

        if (*p == 0xe0) {
            lower = 0xa0;
        }

        if (*p == 0xed) {
            upper = 0x9f;
        }

    } else if (*p >= 0xf0 && *p <= 0xf4) {
        *need = 4;

        if (*p == 0xf0) {
            lower = 0x90;
        }

        if (*p == 0xf4) {
            upper = 0x8f;
        }

    } else {
        *need = 1;
        return 0;
    }

    for (n = 1; n < *need; n++) {

        if (p + n == last || p[n] < lower || p[n] > upper) {
            break;
        }

        lower = 0x80;
        upper = 0xbf;
    }

    return n;
}
