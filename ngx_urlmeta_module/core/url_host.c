
/*
 * Hosts as text: IP literals, names to their ASCII form, and sites.
 */


#include <stdint.h>
#include <string.h>

#include <idn2.h>
#include <libpsl.h>

#include "url.h"
#include "url_class.h"
#include "url_host.h"


/* RFC 3492 section 5 */

#define URLMETA_PUNYCODE_BASE   36
#define URLMETA_PUNYCODE_TMIN   1
#define URLMETA_PUNYCODE_TMAX   26
#define URLMETA_PUNYCODE_SKEW   38
#define URLMETA_PUNYCODE_DAMP   700
#define URLMETA_PUNYCODE_BIAS   72
#define URLMETA_PUNYCODE_START  0x80


typedef struct {
    const psl_ctx_t  *psl;
} urlmeta_url_sites_t;


static size_t urlmeta_host_punycode(char *dst, const char *src, size_t len);
static size_t urlmeta_host_utf8(char *dst, const uint32_t *cp, size_t n);
static size_t urlmeta_host_site(char *dst, const char *name, size_t len,
    const char **site);


static urlmeta_url_sites_t  urlmeta_url_sites;


int
urlmeta_host_ipv4(unsigned char addr[4], const char *src, size_t len)
{
    unsigned     n, value;
    const char  *p, *last, *start;

    p = src;
    last = src + len;

    for (n = 0; n < 4; n++) {

        if (n) {
            if (p == last || *p != '.') {
                return 0;
            }

            p++;
        }

        value = 0;
        start = p;

        while (p < last && *p >= '0' && *p <= '9') {
            value = value * 10 + (unsigned) (*p - '0');
            p++;

            if (value > 255) {
                return 0;
            }
        }

        if (p == start || (*start == '0' && p - start > 1)) {
            return 0;
        }

        addr[n] = (unsigned char) value;
    }

    return p == last;
}


int
urlmeta_host_ipv6(unsigned char addr[16], const char *src, size_t len)
{
    int          gap;
    size_t       n, tail;
    unsigned     value;
    const char  *p, *last, *start;

    p = src;
    last = src + len;
    gap = -1;
    n = 0;

    if (len < 2) {
        return 0;
    }

    if (p[0] == ':') {
        if (p[1] != ':') {
            return 0;
        }

        p++;
    }

    /* at the beginning of a group, or at the second colon of "::" */

    while (p < last) {

        if (*p == ':') {
            if (gap != -1) {
                return 0;
            }

            gap = (int) n;
            p++;
            continue;
        }

        if (n == 16) {
            return 0;
        }

        value = 0;
        start = p;

        while (p < last && urlmeta_url_is(*p, URLMETA_URL_HEX)) {

            if (p - start == 4) {
                return 0;
            }

            value = value << 4 | urlmeta_url_hex(*p);
            p++;
        }

        if (p < last && *p == '.') {

            if (n > 12
                || !urlmeta_host_ipv4(addr + n, start,
                                      (size_t) (last - start)))
            {
                return 0;
            }

            n += 4;
            p = last;
            break;
        }

        if (p == start) {
            return 0;
        }

        addr[n++] = (unsigned char) (value >> 8);
        addr[n++] = (unsigned char) value;

        if (p == last) {
            break;
        }

        if (*p++ != ':' || p == last) {
            return 0;
        }
    }

    if (gap == -1) {
        return n == 16;
    }

    /* "::" stands for one group at least */

    if (n == 16) {
        return 0;
    }

    tail = n - (size_t) gap;

    memmove(addr + 16 - tail, addr + gap, tail);
    memset(addr + gap, 0, 16 - n);

    return 1;
}


size_t
urlmeta_host_ipv6_text(char *dst, const unsigned char addr[16])
{
    int                 shift, digits;
    char               *p;
    size_t              i, run, best, best_len;
    unsigned            group;
    static const char   hex[] = "0123456789abcdef";

    best = 8;
    best_len = 1;

    for (i = 0; i < 8; i++) {

        for (run = 0; i + run < 8; run++) {
            if (addr[(i + run) * 2] || addr[(i + run) * 2 + 1]) {
                break;
            }
        }

        if (run > best_len) {
            best = i;
            best_len = run;
        }

        if (run) {
            i += run - 1;
        }
    }

    p = dst;

    for (i = 0; i < 8; i++) {

        if (i == best) {
            *p++ = ':';

            if (i == 0) {
                *p++ = ':';
            }

            i += best_len - 1;
            continue;
        }

        group = (unsigned) addr[i * 2] << 8 | addr[i * 2 + 1];
        digits = 0;

        for (shift = 12; shift >= 0; shift -= 4) {

            if (digits || shift == 0 || group >> shift) {
                *p++ = hex[group >> shift & 0xf];
                digits = 1;
            }
        }

        if (i < 7) {
            *p++ = ':';
        }
    }

    return (size_t) (p - dst);
}


size_t
urlmeta_host_ascii(char *dst, const char *src, size_t len)
{
    int      rc;
    char    *out, name[URLMETA_URL_MAX + 1];
    size_t   i, n;

    if (len > URLMETA_URL_MAX || memchr(src, '\0', len)) {
        return 0;
    }

    memcpy(name, src, len);
    name[len] = '\0';

    out = NULL;

    rc = idn2_to_ascii_8z(name, &out, IDN2_NFC_INPUT|IDN2_NONTRANSITIONAL);

    /*
     * IDNA 2008 disallows symbols, which DNS and browsers have nevertheless
     * (i❤.ws); libidn2 maps them in its transitional mode only.
     */

    if (rc == IDN2_DISALLOWED) {
        rc = idn2_to_ascii_8z(name, &out, IDN2_TRANSITIONAL);
    }

    if (rc != IDN2_OK) {
        return 0;
    }

    n = strlen(out);

    if (n >= URLMETA_HOST_SIZE) {
        n = 0;
    }

    for (i = 0; i < n; i++) {
        dst[i] = urlmeta_url_lower(out[i]);
    }

    dst[n] = '\0';

    idn2_free(out);

    return n;
}


int
urlmeta_host_label(const char *label, size_t len)
{
    char    name[URLMETA_LABEL_MAX * 4], ascii[URLMETA_HOST_SIZE];
    size_t  n;

    if (len > URLMETA_LABEL_MAX) {
        return 0;
    }

    n = urlmeta_host_punycode(name, label + 4, len - 4);
    if (n == 0) {
        return 0;
    }

    n = urlmeta_host_ascii(ascii, name, n);

    return n == len && memcmp(ascii, label, len) == 0;
}


/*
 * Decodes a label of URLMETA_LABEL_MAX bytes at most, without its "xn--", to
 * UTF-8; the length, or 0 if it is not Punycode or is ASCII only.
 */

static size_t
urlmeta_host_punycode(char *dst, const char *src, size_t len)
{
    size_t      n, i, b, in;
    uint32_t    k, t, w, at, was, bias, cp, delta, digit;
    uint32_t    out[URLMETA_LABEL_MAX];
    const char  ch = '-';

    for (b = len; b > 0 && src[b - 1] != ch; b--) {
        /* void */
    }

    in = b;
    n = b ? b - 1 : 0;

    for (i = 0; i < n; i++) {
        out[i] = (unsigned char) src[i];
    }

    if (in == len) {
        return 0;
    }

    cp = URLMETA_PUNYCODE_START;
    bias = URLMETA_PUNYCODE_BIAS;
    at = 0;

    while (in < len) {
        was = at;
        w = 1;

        for (k = URLMETA_PUNYCODE_BASE; ; k += URLMETA_PUNYCODE_BASE) {

            if (in == len) {
                return 0;
            }

            if (src[in] >= 'a' && src[in] <= 'z') {
                digit = (uint32_t) (src[in] - 'a');

            } else if (src[in] >= '0' && src[in] <= '9') {
                digit = (uint32_t) (src[in] - '0') + 26;

            } else {
                return 0;
            }

            in++;

            if (digit > (UINT32_MAX - at) / w) {
                return 0;
            }

            at += digit * w;

            if (k <= bias) {
                t = URLMETA_PUNYCODE_TMIN;

            } else if (k >= bias + URLMETA_PUNYCODE_TMAX) {
                t = URLMETA_PUNYCODE_TMAX;

            } else {
                t = k - bias;
            }

            if (digit < t) {
                break;
            }

            if (w > UINT32_MAX / (URLMETA_PUNYCODE_BASE - t)) {
                return 0;
            }

            w *= URLMETA_PUNYCODE_BASE - t;
        }

        delta = at - was;
        delta = was ? delta / 2 : delta / URLMETA_PUNYCODE_DAMP;
        delta += delta / (uint32_t) (n + 1);

        for (k = 0;
             delta > (URLMETA_PUNYCODE_BASE - URLMETA_PUNYCODE_TMIN)
                     * URLMETA_PUNYCODE_TMAX / 2;
             k += URLMETA_PUNYCODE_BASE)
        {
            delta /= URLMETA_PUNYCODE_BASE - URLMETA_PUNYCODE_TMIN;
        }

        bias = k + (URLMETA_PUNYCODE_BASE - URLMETA_PUNYCODE_TMIN + 1) * delta
                   / (delta + URLMETA_PUNYCODE_SKEW);

        if (at / (uint32_t) (n + 1) > 0x10ffff - cp) {
            return 0;
        }

        cp += at / (uint32_t) (n + 1);
        at %= (uint32_t) (n + 1);

        if (cp >= 0xd800 && cp <= 0xdfff) {
            return 0;
        }

        /* each code point takes a digit at least: out[] has room for all */

        memmove(&out[at + 1], &out[at], (n - at) * sizeof(uint32_t));
        out[at++] = cp;
        n++;
    }

    return urlmeta_host_utf8(dst, out, n);
}


static size_t
urlmeta_host_utf8(char *dst, const uint32_t *cp, size_t n)
{
    char    *p;
    size_t   i;

    p = dst;

    for (i = 0; i < n; i++) {

        if (cp[i] < 0x80) {
            *p++ = (char) cp[i];
            continue;
        }

        if (cp[i] < 0x800) {
            *p++ = (char) (0xc0 | cp[i] >> 6);

        } else {

            if (cp[i] < 0x10000) {
                *p++ = (char) (0xe0 | cp[i] >> 12);

            } else {
                *p++ = (char) (0xf0 | cp[i] >> 18);
                *p++ = (char) (0x80 | (cp[i] >> 12 & 0x3f));
            }

            *p++ = (char) (0x80 | (cp[i] >> 6 & 0x3f));
        }

        *p++ = (char) (0x80 | (cp[i] & 0x3f));
    }

    return (size_t) (p - dst);
}


void
urlmeta_url_init(void)
{
    if (urlmeta_url_sites.psl == NULL) {
        urlmeta_url_sites.psl = psl_latest(NULL);
    }
}


int
urlmeta_url_same_site(const char *a, size_t a_len, const char *b, size_t b_len)
{
    char         a_name[URLMETA_HOST_SIZE], b_name[URLMETA_HOST_SIZE];
    const char  *a_site, *b_site;

    if (a_len == b_len && memcmp(a, b, a_len) == 0) {
        return 1;
    }

    a_len = urlmeta_host_site(a_name, a, a_len, &a_site);
    b_len = urlmeta_host_site(b_name, b, b_len, &b_site);

    return a_len && a_len == b_len && memcmp(a_site, b_site, a_len) == 0;
}


/* the registrable domain of a name; its length, or 0 if it has none */

static size_t
urlmeta_host_site(char *dst, const char *name, size_t len, const char **site)
{
    size_t            i;
    unsigned char     addr[4];
    const psl_ctx_t  *psl;

    *site = NULL;

    if (len == 0 || len > URLMETA_HOST_MAX || name[0] == '['
        || urlmeta_host_ipv4(addr, name, len))
    {
        return 0;
    }

    for (i = 0; i < len; i++) {

        if (name[i] == '\0') {
            return 0;
        }

        dst[i] = urlmeta_url_lower(name[i]);
    }

    dst[len] = '\0';

    /* the list that was compiled in needs no file */

    psl = urlmeta_url_sites.psl ? urlmeta_url_sites.psl : psl_builtin();

    if (psl == NULL) {
        *site = dst;
        return len;
    }

    *site = psl_registrable_domain(psl, dst);

    return *site ? strlen(*site) : 0;
}
