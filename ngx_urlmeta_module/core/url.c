
/*
 * The only URL parser there is: strict grammar, canonical text, references.
 *
 * What a lenient parser would repair, this one refuses, since repairs are
 * where parsers disagree about the host: a backslash, "http:/", an "@",
 * a percent sign in a host, 127.1.  The text it makes is ASCII that libcurl
 * and a browser read in one way only.
 */


#include <string.h>

#include "url.h"
#include "url_class.h"
#include "url_host.h"
#include "utf8.h"


#define URLMETA_URL_HTTP_PORT   80
#define URLMETA_URL_HTTPS_PORT  443


typedef struct {
    const char  *name;
    size_t       len;
} urlmeta_url_suffix_t;


static urlmeta_error_e urlmeta_url_no_scheme(const char *src, size_t len);
static int urlmeta_url_has_port(const char *src, size_t len);
static urlmeta_error_e urlmeta_url_authority(urlmeta_url_t *u, const char *p,
    const char *last);
static urlmeta_error_e urlmeta_url_literal6(urlmeta_url_t *u, const char *p,
    const char *last);
static urlmeta_error_e urlmeta_url_name(urlmeta_url_t *u, const char *src,
    size_t len);
static int urlmeta_url_labels(const char *name, size_t len);
static int urlmeta_url_number(const char *p, const char *last);
static int urlmeta_url_octal(const char *name, size_t len);
static urlmeta_error_e urlmeta_url_port(urlmeta_url_t *u, const char *p,
    const char *last);
static char *urlmeta_url_path(char *dst, const char *p, const char *last);
static char *urlmeta_url_segment(char *path, char *segment, char *end);
static char *urlmeta_url_byte(char *dst, const char **src, const char *last);
static void urlmeta_url_copy(urlmeta_url_t *u, const urlmeta_url_t *src);


#include "url_data.inc"


#define URLMETA_URL_SUFFIXES                                                  \
    (sizeof(urlmeta_url_suffixes) / sizeof(urlmeta_url_suffixes[0]))


urlmeta_error_e
urlmeta_url_parse(urlmeta_url_t *u, const char *src, size_t len)
{
    char             *dst;
    unsigned          seen;
    const char       *p, *last, *end;
    urlmeta_error_e   e;

    if (len > URLMETA_URL_MAX) {
        return URLMETA_E_URL_TOO_LONG;
    }

    last = src + len;
    seen = 0;

    for (p = src; p < last; p++) {
        seen |= urlmeta_url_class[(unsigned char) *p];
    }

    if (seen & URLMETA_URL_BAD) {
        return URLMETA_E_URL_INVALID;
    }

    if ((seen & URLMETA_URL_HIGH) && urlmeta_utf8_valid(src, len) != len) {
        return URLMETA_E_URL_INVALID;
    }

    p = src + urlmeta_url_scheme(src, len);

    if (p - src < 5 || p - src > 6
        || (src[0] | 0x20) != 'h' || (src[1] | 0x20) != 't'
        || (src[2] | 0x20) != 't' || (src[3] | 0x20) != 'p'
        || (p - src == 6 && (src[4] | 0x20) != 's'))
    {
        return urlmeta_url_no_scheme(src, len);
    }

    u->https = (p - src == 6);
    u->scheme_len = (size_t) (p - src) - 1;

    if (last - p < 3 || p[0] != '/' || p[1] != '/') {
        return URLMETA_E_URL_INVALID;
    }

    p += 2;

    for (end = p; end < last; end++) {
        if (*end == '/' || *end == '?' || *end == '#') {
            break;
        }
    }

    memcpy(u->text, "https", u->scheme_len);
    memcpy(u->text + u->scheme_len, "://", 3);

    u->host = u->scheme_len + 3;

    e = urlmeta_url_authority(u, p, end);
    if (e != URLMETA_E_NONE) {
        return e;
    }

    p = end;

    while (end < last && *end != '?' && *end != '#') {
        end++;
    }

    dst = urlmeta_url_path(u->text + u->path, p, end);

    if (end < last && *end == '?') {
        *dst++ = *end++;

        while (end < last && *end != '#') {

            if (urlmeta_url_is(*end, URLMETA_URL_QUERY) || *end == '/') {
                *dst++ = *end++;

            } else {
                dst = urlmeta_url_byte(dst, &end, last);
            }
        }
    }

    *dst = '\0';
    u->len = (size_t) (dst - u->text);

    return URLMETA_E_NONE;
}


size_t
urlmeta_url_scheme(const char *src, size_t len)
{
    size_t  i;

    if (len == 0 || (src[0] | 0x20) < 'a' || (src[0] | 0x20) > 'z') {
        return 0;
    }

    for (i = 1; i < len; i++) {

        if (src[i] == ':') {
            return i + 1;
        }

        if (!urlmeta_url_is(src[i], URLMETA_URL_SCHEME)) {
            break;
        }
    }

    return 0;
}


/*
 * "example.com:80" and "localhost:80/" look like a scheme; they are a URL that
 * somebody forgot the scheme of, and are told so.
 */

static urlmeta_error_e
urlmeta_url_no_scheme(const char *src, size_t len)
{
    if (urlmeta_url_scheme(src, len) == 0 || urlmeta_url_has_port(src, len)) {
        return URLMETA_E_URL_INVALID;
    }

    return URLMETA_E_SCHEME_DENIED;
}


static int
urlmeta_url_has_port(const char *src, size_t len)
{
    int     dot;
    size_t  i, n;

    dot = 0;

    for (i = 0; i + 1 < len; i++) {

        if (src[i] == '/' || src[i] == '?' || src[i] == '#') {
            break;
        }

        if (src[i] == '.') {
            dot = 1;
        }

        if (src[i] == ':') {

            if (dot && src[i + 1] >= '0' && src[i + 1] <= '9') {
                return 1;
            }

            dot = 0;
        }
    }

    n = urlmeta_url_scheme(src, len);

    if (memchr(src, '+', n)) {
        return 0;
    }

    for (i = n; i < len && src[i] >= '0' && src[i] <= '9'; i++) {
        /* void */
    }

    return i > n && (i == len || src[i] == '/');
}


static urlmeta_error_e
urlmeta_url_authority(urlmeta_url_t *u, const char *p, const char *last)
{
    size_t            n;
    const char       *colon;
    urlmeta_error_e   e;

    if (p == last) {
        return URLMETA_E_URL_INVALID;
    }

    n = (size_t) (last - p);

    if (memchr(p, '@', n)) {
        return URLMETA_E_USERINFO_DENIED;
    }

    if (*p == '[') {
        return urlmeta_url_literal6(u, p, last);
    }

    colon = memchr(p, ':', n);

    e = urlmeta_url_name(u, p, colon ? (size_t) (colon - p) : n);
    if (e != URLMETA_E_NONE) {
        return e;
    }

    e = urlmeta_url_port(u, colon ? colon + 1 : last, last);

    /* the host comes first: what stands behind a special one tells nothing */

    if (e != URLMETA_E_NONE && u->host_type == URLMETA_HOST_NAME
        && urlmeta_url_host_special(u->text + u->host, u->host_len))
    {
        return URLMETA_E_HOST_DENIED;
    }

    return e;
}


static urlmeta_error_e
urlmeta_url_literal6(urlmeta_url_t *u, const char *p, const char *last)
{
    char        *dst;
    const char  *end;

    end = memchr(p, ']', (size_t) (last - p));

    if (end == NULL
        || (end + 1 < last && end[1] != ':')
        || !urlmeta_host_ipv6(u->addr, p + 1, (size_t) (end - p) - 1))
    {
        return URLMETA_E_HOST_INVALID;
    }

    dst = u->text + u->host;

    *dst++ = '[';
    dst += urlmeta_host_ipv6_text(dst, u->addr);
    *dst++ = ']';

    u->host_len = (size_t) (dst - u->text) - u->host;
    u->host_type = URLMETA_HOST_IPV6;

    return urlmeta_url_port(u, end + 1 < last ? end + 2 : last, last);
}


static urlmeta_error_e
urlmeta_url_name(urlmeta_url_t *u, const char *src, size_t len)
{
    int        idn;
    char      *dst, ascii[URLMETA_HOST_SIZE];
    size_t     i;
    unsigned   seen;

    seen = 0;
    idn = 0;

    for (i = 0; i < len; i++) {

        if (!urlmeta_url_is(src[i], URLMETA_URL_HOST|URLMETA_URL_HIGH)) {
            return URLMETA_E_HOST_INVALID;
        }

        seen |= urlmeta_url_class[(unsigned char) src[i]];
    }

    if (seen & URLMETA_URL_HIGH) {
        idn = 1;

        len = urlmeta_host_ascii(ascii, src, len);
        src = ascii;

        for (i = 0; i < len; i++) {
            if (!urlmeta_url_is(src[i], URLMETA_URL_HOST)) {
                return URLMETA_E_HOST_INVALID;
            }
        }
    }

    if (len == 0 || len > URLMETA_HOST_MAX + 1) {
        return URLMETA_E_HOST_INVALID;
    }

    dst = u->text + u->host;

    for (i = 0; i < len; i++) {
        dst[i] = urlmeta_url_lower(src[i]);
    }

    /* an address that only IDNA made one is a trick: １２７.０.０.１ */

    if (dst[len - 1] <= '9' && urlmeta_host_ipv4(u->addr, dst, len)) {
        u->host_len = len;
        u->host_type = URLMETA_HOST_IPV4;

        return idn ? URLMETA_E_HOST_INVALID : URLMETA_E_NONE;
    }

    if (dst[len - 1] == '.') {
        len--;
    }

    if (len > URLMETA_HOST_MAX || !urlmeta_url_labels(dst, len)) {
        return URLMETA_E_HOST_INVALID;
    }

    /* and so is a name of this machine: ｌｏｃａｌｈｏｓｔ */

    if (idn && memchr(dst, '.', len) == NULL) {
        for (i = 0; i < URLMETA_URL_SUFFIXES; i++) {
            if (urlmeta_url_suffixes[i].len == len
                && memcmp(urlmeta_url_suffixes[i].name, dst, len) == 0)
            {
                return URLMETA_E_HOST_INVALID;
            }
        }
    }

    u->host_len = len;
    u->host_type = URLMETA_HOST_NAME;

    return URLMETA_E_NONE;
}


static int
urlmeta_url_labels(const char *name, size_t len)
{
    size_t       n;
    const char  *p, *last, *label;

    last = name + len;
    label = name;

    for (p = name; ; p++) {

        if (p < last && *p != '.') {
            continue;
        }

        n = (size_t) (p - label);

        if (n == 0 || n > URLMETA_LABEL_MAX || label[0] == '-'
            || label[n - 1] == '-')
        {
            return 0;
        }

        if (n >= 4 && label[0] == 'x' && memcmp(label, "xn--", 4) == 0
            && !urlmeta_host_label(label, n))
        {
            return 0;
        }

        if (p == last) {
            break;
        }

        label = p + 1;
    }

    return !urlmeta_url_number(label, last)
           && memchr(label, '_', (size_t) (last - label)) == NULL
           && !(name[0] == '0' && urlmeta_url_octal(name, len));
}


/*
 * The URL standard takes every host whose last label is a number for an IPv4
 * address, in whatever notation; there is no such top-level domain.
 */

static int
urlmeta_url_number(const char *p, const char *last)
{
    int  hex;

    if (*p < '0' || *p > '9') {
        return 0;
    }

    hex = (last - p >= 2 && p[0] == '0' && p[1] == 'x');

    if (hex) {
        p += 2;
    }

    while (p < last) {

        if (hex ? !urlmeta_url_is(*p, URLMETA_URL_HEX)
                : (*p < '0' || *p > '9'))
        {
            return 0;
        }

        p++;
    }

    return 1;
}


/* 0251.0376.beef: octal or binary in front, and nothing but digits */

static int
urlmeta_url_octal(const char *name, size_t len)
{
    size_t  i, digits;

    i = (len > 1 && (name[1] == 'o' || name[1] == 'b')) ? 2 : 1;

    for (digits = i; i < len && name[i] >= '0' && name[i] <= '7'; i++) {
        /* void */
    }

    if (i == digits || (i < len && name[i] != '.')) {
        return 0;
    }

    for ( /* void */ ; i < len; i++) {

        if (!urlmeta_url_is(name[i], URLMETA_URL_HEX)
            && name[i] != '.' && name[i] != 'x' && name[i] != 'o')
        {
            return 0;
        }
    }

    return 1;
}


/* the host is in its place; ends where the path begins */

static urlmeta_error_e
urlmeta_url_port(urlmeta_url_t *u, const char *p, const char *last)
{
    char      *dst, digits[5];
    size_t     n;
    unsigned   port, def;

    dst = u->text + u->host + u->host_len;
    def = u->https ? URLMETA_URL_HTTPS_PORT : URLMETA_URL_HTTP_PORT;
    port = def;

    if (p < last) {

        if (last - p > 5) {
            return URLMETA_E_URL_INVALID;
        }

        for (port = 0; p < last; p++) {

            if (*p < '0' || *p > '9') {
                return URLMETA_E_URL_INVALID;
            }

            port = port * 10 + (unsigned) (*p - '0');
        }

        if (port > 65535) {
            return URLMETA_E_URL_INVALID;
        }
    }

    u->port = port;
    u->default_port = (port == def);

    if (port != def) {
        *dst++ = ':';
        n = 0;

        do {
            digits[n++] = (char) ('0' + port % 10);
            port /= 10;
        } while (port);

        while (n) {
            *dst++ = digits[--n];
        }
    }

    u->path = (size_t) (dst - u->text);

    return URLMETA_E_NONE;
}


/*
 * RFC 3986 section 6.2.2: unreserved bytes are not encoded, all else but the
 * delimiters is, in upper case, and dot segments are removed.  Three bytes a
 * byte at most.
 */

static char *
urlmeta_url_path(char *dst, const char *p, const char *last)
{
    char  *path, *segment, *end;

    path = dst;

    *dst++ = '/';
    segment = dst;

    if (p < last) {
        p++;
    }

    while (p < last) {

        if (urlmeta_url_is(*p, URLMETA_URL_PATH)) {
            *dst++ = *p++;

        } else if (*p == '/') {
            p++;

            end = urlmeta_url_segment(path, segment, dst);

            if (end == dst) {
                *dst++ = '/';

            } else {
                dst = end;
            }

            segment = dst;

        } else {
            dst = urlmeta_url_byte(dst, &p, last);
        }
    }

    return urlmeta_url_segment(path, segment, dst);
}


/*
 * The end of the path after its last segment: where that is a dot segment, it
 * ends after an earlier slash.
 */

static char *
urlmeta_url_segment(char *path, char *segment, char *end)
{
    if (end - segment == 1 && segment[0] == '.') {
        return segment;
    }

    if (end - segment == 2 && segment[0] == '.' && segment[1] == '.') {

        if (segment - path > 1) {
            segment--;

            while (segment[-1] != '/') {
                segment--;
            }
        }

        return segment;
    }

    return end;
}


/* one byte, or one percent-encoded one */

static char *
urlmeta_url_byte(char *dst, const char **src, const char *last)
{
    const char         *p;
    unsigned char       ch;
    static const char   hex[] = "0123456789ABCDEF";

    p = *src;
    ch = (unsigned char) *p;

    if (ch == '%' && last - p >= 3 && urlmeta_url_is(p[1], URLMETA_URL_HEX)
        && urlmeta_url_is(p[2], URLMETA_URL_HEX))
    {
        ch = (unsigned char) (urlmeta_url_hex(p[1]) << 4
                              | urlmeta_url_hex(p[2]));
        *src = p + 3;

        if (urlmeta_url_is(ch, URLMETA_URL_UNRESERVED)) {
            *dst++ = (char) ch;
            return dst;
        }

    } else {
        *src = p + 1;
    }

    *dst++ = '%';
    *dst++ = hex[ch >> 4];
    *dst++ = hex[ch & 0xf];

    return dst;
}


urlmeta_error_e
urlmeta_url_resolve(urlmeta_url_t *u, const urlmeta_url_t *base,
    const char *ref, size_t len)
{
    char         text[URLMETA_URL_MAX], clean[URLMETA_URL_MAX];
    size_t       n, need;
    const char  *p, *last;

    p = ref;
    last = ref + len;

    /* the URL standard: C0 controls and spaces around a reference */

    while (p < last && (unsigned char) *p <= ' ') {
        p++;
    }

    while (p < last && (unsigned char) last[-1] <= ' ') {
        last--;
    }

    if (p == last || *p == '#') {
        urlmeta_url_copy(u, base);
        return URLMETA_E_NONE;
    }

    for (n = 0; p < last; p++) {

        if (*p == '\t' || *p == '\n' || *p == '\r') {
            continue;
        }

        need = (*p == ' ') ? 3 : 1;

        if (sizeof(clean) - n < need) {
            return URLMETA_E_URL_TOO_LONG;
        }

        if (*p == ' ') {
            memcpy(clean + n, "%20", 3);

        } else {
            clean[n] = *p;
        }

        n += need;
    }

    need = n;

    /* what the reference leaves out comes from the base */

    if (urlmeta_url_scheme(clean, need)) {
        n = 0;

    } else if (clean[0] == '/') {
        n = (need > 1 && clean[1] == '/') ? base->scheme_len + 1 : base->path;

    } else {
        n = base->path;

        while (n < base->len && base->text[n] != '?') {
            n++;
        }

        if (clean[0] != '?') {
            while (base->text[n - 1] != '/') {
                n--;
            }
        }
    }

    if (n > sizeof(text) - need) {
        return URLMETA_E_URL_TOO_LONG;
    }

    memcpy(text, base->text, n);
    memcpy(text + n, clean, need);

    return urlmeta_url_parse(u, text, n + need);
}


/* without what lies beyond the text */

static void
urlmeta_url_copy(urlmeta_url_t *u, const urlmeta_url_t *src)
{
    if (u == src) {
        return;
    }

    memcpy(u->text, src->text, src->len + 1);
    memcpy(u->addr, src->addr, sizeof(u->addr));

    u->len = src->len;
    u->scheme_len = src->scheme_len;
    u->host = src->host;
    u->host_len = src->host_len;
    u->path = src->path;
    u->port = src->port;
    u->host_type = src->host_type;
    u->https = src->https;
    u->default_port = src->default_port;
}


int
urlmeta_url_host_special(const char *name, size_t len)
{
    size_t                       i;
    const urlmeta_url_suffix_t  *suffix;

    if (memchr(name, '.', len) == NULL) {
        return 1;
    }

    for (i = 0; i < URLMETA_URL_SUFFIXES; i++) {
        suffix = &urlmeta_url_suffixes[i];

        if (len >= suffix->len
            && name[len - 1] == suffix->name[suffix->len - 1]
            && (len == suffix->len || name[len - suffix->len - 1] == '.')
            && memcmp(name + len - suffix->len, suffix->name, suffix->len)
               == 0)
        {
            return 1;
        }
    }

    return 0;
}
