
/*
 * References in pages, as the URL standard resolves them, for http and https.
 *
 * Lenient where url.c is strict: pages are written for browsers.  What comes
 * out is text to show or link to; whatever is fetched goes through
 * urlmeta_url_parse() first.
 */


#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "url.h"
#include "url_class.h"
#include "url_host.h"
#include "utf8.h"


typedef struct {
    char        *pos;
    char        *last;          /* room for the terminating zero is kept */
    int          full;
} urlmeta_link_out_t;


/* the parts of a URL in the form that this file writes */

typedef struct {
    const char  *text;
    size_t       scheme_len;
    size_t       path;
    size_t       query;         /* where the path ends */
    size_t       fragment;      /* where the query ends */
} urlmeta_link_base_t;


static int urlmeta_link_base(urlmeta_link_base_t *base, const char *text,
    size_t len);
static size_t urlmeta_link_clean(char *dst, size_t size, const char **ref,
    size_t len);
static size_t urlmeta_link_scheme(const char *ref, size_t len);
static size_t urlmeta_link_parse(char *out, const urlmeta_link_base_t *base,
    const char *ref, size_t len);
static const char *urlmeta_link_authority(urlmeta_link_out_t *o, const char *p,
    const char *last, int https);
static int urlmeta_link_host(urlmeta_link_out_t *o, const char *p,
    const char *last);
static size_t urlmeta_link_decode(char *dst, size_t size, const char *p,
    const char *last);
static int urlmeta_link_domain(const char *name, size_t len);
static int urlmeta_link_ipv4(urlmeta_link_out_t *o, const char *name,
    size_t len);
static int urlmeta_link_number(uint64_t *value, const char *p,
    const char *last);
static void urlmeta_link_decimal(urlmeta_link_out_t *o, uint64_t value);
static int urlmeta_link_port(urlmeta_link_out_t *o, const char *p,
    const char *last, int https);
static void urlmeta_link_path(urlmeta_link_out_t *o, char *path, const char *p,
    const char *last);
static int urlmeta_link_dots(const char *p, size_t len);
static void urlmeta_link_add(urlmeta_link_out_t *o, const char *p, size_t len);
static void urlmeta_link_encode(urlmeta_link_out_t *o, const char *p,
    const char *last, unsigned set);


size_t
urlmeta_url_resolve_link(char *out, const char *base, size_t base_len,
    const char *ref, size_t ref_len)
{
    char                 text[URLMETA_URL_TEXT_MAX];
    char                 clean[URLMETA_URL_TEXT_MAX];
    urlmeta_link_base_t  b;

    ref_len = urlmeta_link_clean(clean, sizeof(clean), &ref, ref_len);
    if (ref_len == (size_t) -1) {
        return 0;
    }

    if (base_len && !urlmeta_link_base(&b, base, base_len)) {

        /* a base that is not in the form that is written here */

        base_len = urlmeta_link_clean(text, sizeof(text), &base, base_len);
        if (base_len == (size_t) -1) {
            return 0;
        }

        base_len = urlmeta_link_parse(out, NULL, base, base_len);

        memcpy(text, out, base_len);

        if (base_len) {
            urlmeta_link_base(&b, text, base_len);
        }
    }

    return urlmeta_link_parse(out, base_len ? &b : NULL, ref, ref_len);
}


/*
 * Finds the parts of a base; 1 if it is serialized already.  With an "@" or a
 * port it may not be, which costs one more parsing and is rare.
 */

static int
urlmeta_link_base(urlmeta_link_base_t *base, const char *text, size_t len)
{
    int          good;
    const char  *p, *last, *segment;

    p = text + urlmeta_link_scheme(text, len);
    last = text + len;

    base->text = text;
    base->scheme_len = (size_t) (p - text);

    if (p == text || last - p < 3 || p[0] != '/' || p[1] != '/'
        || memcmp(text, "https", base->scheme_len - 1) != 0)
    {
        return 0;
    }

    good = 1;

    for (p += 2; p < last && *p != '/'; p++) {
        if (!urlmeta_url_is(*p, URLMETA_URL_HOST) || (*p >= 'A' && *p <= 'Z')) {
            good = 0;
        }
    }

    base->path = (size_t) (p - text);

    if (p == last || p - text < (ptrdiff_t) base->scheme_len + 3
        || (p[-1] >= '0' && p[-1] <= '9'))
    {
        good = 0;
    }

    segment = p;

    for ( /* void */ ; p < last && *p != '?' && *p != '#'; p++) {

        if (urlmeta_url_is(*p, URLMETA_URL_PATH_SET) || *p == '\\') {
            good = 0;
        }

        if (*p == '/') {
            segment = p + 1;

        } else if (p == segment && (*p == '.' || *p == '%')) {
            good = 0;
        }
    }

    base->query = (size_t) (p - text);

    for ( /* void */ ; p < last && *p != '#'; p++) {
        if (urlmeta_url_is(*p, URLMETA_URL_QUERY_SET)) {
            good = 0;
        }
    }

    base->fragment = (size_t) (p - text);

    return good;
}


/*
 * C0 controls and spaces around go, tabs and line ends within too; the length,
 * or -1 if what remains is too long for any result.
 */

static size_t
urlmeta_link_clean(char *dst, size_t size, const char **ref, size_t len)
{
    size_t       n;
    const char  *p, *last;

    p = *ref;
    last = p + len;

    while (p < last && (unsigned char) *p <= ' ') {
        p++;
    }

    while (p < last && (unsigned char) last[-1] <= ' ') {
        last--;
    }

    *ref = p;
    len = (size_t) (last - p);

    if (memchr(p, '\n', len) == NULL && memchr(p, '\t', len) == NULL
        && memchr(p, '\r', len) == NULL)
    {
        return len < size ? len : (size_t) -1;
    }

    for (n = 0; p < last; p++) {

        if (*p == '\t' || *p == '\n' || *p == '\r') {
            continue;
        }

        if (n == size - 1) {
            return (size_t) -1;
        }

        dst[n++] = *p;
    }

    *ref = dst;

    return n;
}


/* the length of "http:" or "https:" in any case, or 0 */

static size_t
urlmeta_link_scheme(const char *ref, size_t len)
{
    size_t  n;

    n = urlmeta_url_scheme(ref, len);

    if (n < 5 || n > 6
        || (ref[0] | 0x20) != 'h' || (ref[1] | 0x20) != 't'
        || (ref[2] | 0x20) != 't' || (ref[3] | 0x20) != 'p'
        || (n == 6 && (ref[4] | 0x20) != 's'))
    {
        return 0;
    }

    return n;
}


static size_t
urlmeta_link_parse(char *out, const urlmeta_link_base_t *base, const char *ref,
    size_t len)
{
    int                  https, slashes;
    char                *path;
    size_t               n;
    const char          *p, *last, *end;
    urlmeta_link_out_t   o;

    o.pos = out;
    o.last = out + URLMETA_URL_TEXT_MAX - 1;
    o.full = 0;

    p = ref;
    last = ref + len;

    n = urlmeta_link_scheme(ref, len);

    if (n == 0 && (base == NULL || urlmeta_url_scheme(ref, len))) {
        return 0;
    }

    p += n;
    https = n ? (n == 6) : (base->scheme_len == 6);

    for (slashes = 0; p + slashes < last; slashes++) {
        if (p[slashes] != '/' && p[slashes] != '\\') {
            break;
        }
    }

    /* "http:b" is relative where the base has that scheme */

    if (n && (base == NULL || base->scheme_len != n)) {
        p += slashes;
        slashes = 2;

    } else if (slashes >= 2) {
        p += slashes;
    }

    if (slashes >= 2) {
        urlmeta_link_add(&o, "https", https ? 5 : 4);
        urlmeta_link_add(&o, "://", 3);

        p = urlmeta_link_authority(&o, p, last, https);
        if (p == NULL) {
            return 0;
        }

        path = o.pos;

    } else {
        urlmeta_link_add(&o, base->text, base->path);
        path = o.pos;

        if (slashes == 0) {
            n = base->query;

            if (p == last || *p == '#') {
                n = base->fragment;

            } else if (*p != '?') {
                while (base->text[n - 1] != '/') {
                    n--;
                }
            }

            urlmeta_link_add(&o, base->text + base->path, n - base->path);
        }
    }

    for (end = p; end < last && *end != '?' && *end != '#'; end++) {
        /* void */
    }

    if (slashes || end > p) {
        urlmeta_link_path(&o, path, p, end);
    }

    p = end;

    if (p < last && *p == '?') {
        end = memchr(p, '#', (size_t) (last - p));

        if (end == NULL) {
            end = last;
        }

        urlmeta_link_add(&o, "?", 1);
        urlmeta_link_encode(&o, p + 1, end, URLMETA_URL_QUERY_SET);

        p = end;
    }

    if (p < last) {
        urlmeta_link_add(&o, "#", 1);
        urlmeta_link_encode(&o, p + 1, last, URLMETA_URL_FRAGMENT_SET);
    }

    *o.pos = '\0';

    return o.full ? 0 : (size_t) (o.pos - out);
}


/* user name, password, host and port; returns where the path begins */

static const char *
urlmeta_link_authority(urlmeta_link_out_t *o, const char *p, const char *last,
    int https)
{
    const char  *end, *at, *host, *colon;

    at = NULL;

    for (end = p; end < last; end++) {

        if (*end == '/' || *end == '\\' || *end == '?' || *end == '#') {
            break;
        }

        if (*end == '@') {
            at = end;
        }
    }

    host = p;

    if (at) {
        host = at + 1;
        colon = memchr(p, ':', (size_t) (at - p));

        if (colon == NULL) {
            colon = at;
        }

        urlmeta_link_encode(o, p, colon, URLMETA_URL_USERINFO_SET);

        if (at - colon > 1) {
            urlmeta_link_add(o, ":", 1);
            urlmeta_link_encode(o, colon + 1, at, URLMETA_URL_USERINFO_SET);
        }

        if (colon > p || at - colon > 1) {
            urlmeta_link_add(o, "@", 1);
        }
    }

    colon = host;

    if (host < end && *host == '[') {
        colon = memchr(host, ']', (size_t) (end - host));

        if (colon == NULL) {
            return NULL;
        }
    }

    colon = memchr(colon, ':', (size_t) (end - colon));

    if (!urlmeta_link_host(o, host, colon ? colon : end)
        || (colon && !urlmeta_link_port(o, colon + 1, end, https)))
    {
        return NULL;
    }

    return end;
}


static int
urlmeta_link_host(urlmeta_link_out_t *o, const char *p, const char *last)
{
    char           name[URLMETA_URL_MAX], ascii[URLMETA_HOST_SIZE];
    size_t         i, len;
    unsigned       seen;
    unsigned char  addr[16];

    if (p == last) {
        return 0;
    }

    if (*p == '[') {

        if (last[-1] != ']'
            || !urlmeta_host_ipv6(addr, p + 1, (size_t) (last - p) - 2))
        {
            return 0;
        }

        len = urlmeta_host_ipv6_text(name, addr);

        urlmeta_link_add(o, "[", 1);
        urlmeta_link_add(o, name, len);
        urlmeta_link_add(o, "]", 1);

        return 1;
    }

    len = urlmeta_link_decode(name, sizeof(name), p, last);

    for (seen = 0, i = 0; i < len; i++) {
        name[i] = urlmeta_url_lower(name[i]);
        seen |= urlmeta_url_class[(unsigned char) name[i]];
    }

    if (seen & URLMETA_URL_HIGH) {

        if (urlmeta_utf8_valid(name, len) != len) {
            return 0;
        }

        len = urlmeta_host_ascii(ascii, name, len);

        memcpy(name, ascii, len);

        for (seen = 0, i = 0; i < len; i++) {
            seen |= urlmeta_url_class[(unsigned char) name[i]];
        }
    }

    if (len == 0 || len > URLMETA_HOST_MAX + 1
        || (seen & (URLMETA_URL_FORBIDDEN|URLMETA_URL_HIGH)))
    {
        return 0;
    }

    switch (urlmeta_link_domain(name, len)) {

    case 0:
        return 0;

    case 1:
        urlmeta_link_add(o, name, len);
        return 1;

    default:
        return urlmeta_link_ipv4(o, name, len);
    }
}


/* percent-decodes a host; 0 if there is no room for it */

static size_t
urlmeta_link_decode(char *dst, size_t size, const char *p, const char *last)
{
    size_t  n;

    for (n = 0; p < last; n++) {

        if (n == size) {
            return 0;
        }

        if (*p == '%' && last - p >= 3
            && urlmeta_url_is(p[1], URLMETA_URL_HEX)
            && urlmeta_url_is(p[2], URLMETA_URL_HEX))
        {
            dst[n] = (char) (urlmeta_url_hex(p[1]) << 4
                             | urlmeta_url_hex(p[2]));
            p += 3;
            continue;
        }

        dst[n] = *p++;
    }

    return n;
}


/* 0: not a domain; 1: a name; 2: it ends in a number, an address */

static int
urlmeta_link_domain(const char *name, size_t len)
{
    size_t       n;
    uint64_t     value;
    const char  *p, *last, *label, *end;

    last = name + len;

    for (label = name; label < last; label = p + 1) {
        p = memchr(label, '.', (size_t) (last - label));

        if (p == NULL) {
            p = last;
        }

        n = (size_t) (p - label);

        if (n >= 4 && memcmp(label, "xn--", 4) == 0
            && !urlmeta_host_label(label, n))
        {
            return 0;
        }
    }

    end = (last[-1] == '.' && len > 1) ? last - 1 : last;

    for (label = end; label > name && label[-1] != '.'; label--) {
        /* void */
    }

    for (p = label; p < end && *p >= '0' && *p <= '9'; p++) {
        /* void */
    }

    if ((p == end && end > label)
        || (p == label + 1 && urlmeta_link_number(&value, label, end)))
    {
        return 2;
    }

    return 1;
}


static int
urlmeta_link_ipv4(urlmeta_link_out_t *o, const char *name, size_t len)
{
    size_t       i, n;
    uint64_t     addr, part[4];
    const char  *p, *last, *dot;

    p = name;
    last = name + len;

    if (last[-1] == '.') {
        last--;
    }

    for (n = 0; ; p = dot + 1) {

        if (n == 4) {
            return 0;
        }

        dot = memchr(p, '.', (size_t) (last - p));

        if (!urlmeta_link_number(&part[n++], p, dot ? dot : last)) {
            return 0;
        }

        if (dot == NULL) {
            break;
        }
    }

    /* the last part fills the bytes that the others leave */

    addr = part[n - 1];

    if (addr >> (8 * (5 - n))) {
        return 0;
    }

    for (i = 0; i < n - 1; i++) {

        if (part[i] > 255) {
            return 0;
        }

        addr += part[i] << (8 * (3 - i));
    }

    for (i = 0; i < 4; i++) {

        if (i) {
            urlmeta_link_add(o, ".", 1);
        }

        urlmeta_link_decimal(o, addr >> (8 * (3 - i)) & 0xff);
    }

    return 1;
}


/* decimal, octal with "0", hexadecimal with "0x"; 0 if it is none of them */

static int
urlmeta_link_number(uint64_t *value, const char *p, const char *last)
{
    uint64_t  n;
    unsigned  base, digit;

    if (p == last) {
        return 0;
    }

    base = 10;

    if (last - p >= 2 && p[0] == '0') {
        base = (p[1] == 'x') ? 16 : 8;
        p += (p[1] == 'x') ? 2 : 1;
    }

    for (n = 0; p < last; p++) {

        if (!urlmeta_url_is(*p, URLMETA_URL_HEX)) {
            return 0;
        }

        digit = urlmeta_url_hex(*p);

        if (digit >= base) {
            return 0;
        }

        n = n * base + digit;

        /* too large for an address, whatever follows */

        if (n > 0xffffffff) {
            n = 0x100000000;
        }
    }

    *value = n;

    return 1;
}


static void
urlmeta_link_decimal(urlmeta_link_out_t *o, uint64_t value)
{
    char    digits[20];
    size_t  n;

    n = sizeof(digits);

    do {
        digits[--n] = (char) ('0' + value % 10);
        value /= 10;
    } while (value);

    urlmeta_link_add(o, digits + n, sizeof(digits) - n);
}


static int
urlmeta_link_port(urlmeta_link_out_t *o, const char *p, const char *last,
    int https)
{
    unsigned  port;

    if (p == last) {
        return 1;
    }

    for (port = 0; p < last; p++) {

        if (*p < '0' || *p > '9') {
            return 0;
        }

        port = port * 10 + (unsigned) (*p - '0');

        if (port > 65535) {
            return 0;
        }
    }

    if (port != (https ? 443 : 80)) {
        urlmeta_link_add(o, ":", 1);
        urlmeta_link_decimal(o, port);
    }

    return 1;
}


/*
 * Adds the path of a reference to what is there from "path" on: nothing, or
 * the base's directories with their last slash.
 */

static void
urlmeta_link_path(urlmeta_link_out_t *o, char *path, const char *p,
    const char *last)
{
    int          dots;
    char        *segment;
    const char  *end;

    if (o->pos == path) {
        urlmeta_link_add(o, "/", 1);

        if (p < last && (*p == '/' || *p == '\\')) {
            p++;
        }
    }

    for ( ;; ) {

        for (end = p; end < last && *end != '/' && *end != '\\'; end++) {
            /* void */
        }

        segment = o->pos;

        urlmeta_link_encode(o, p, end, URLMETA_URL_PATH_SET);

        if (o->full) {
            return;
        }

        dots = urlmeta_link_dots(segment, (size_t) (o->pos - segment));

        if (dots) {
            o->pos = segment;

            if (dots == 2 && o->pos - path > 1) {
                o->pos--;

                while (o->pos[-1] != '/') {
                    o->pos--;
                }
            }
        }

        if (end == last) {
            return;
        }

        if (!dots) {
            urlmeta_link_add(o, "/", 1);
        }

        p = end + 1;
    }
}


/* 1 for ".", 2 for "..", where each dot may be "%2e" */

static int
urlmeta_link_dots(const char *p, size_t len)
{
    int  n;

    for (n = 0; len && n < 3; n++) {

        if (*p == '.') {
            p++;
            len--;

        } else if (len >= 3 && p[0] == '%' && p[1] == '2'
                   && (p[2] | 0x20) == 'e')
        {
            p += 3;
            len -= 3;

        } else {
            return 0;
        }
    }

    return n < 3 ? n : 0;
}


static void
urlmeta_link_add(urlmeta_link_out_t *o, const char *p, size_t len)
{
    if ((size_t) (o->last - o->pos) < len) {
        o->full = 1;
        return;
    }

    memcpy(o->pos, p, len);
    o->pos += len;
}


static void
urlmeta_link_encode(urlmeta_link_out_t *o, const char *p, const char *last,
    unsigned set)
{
    char               *dst;
    static const char   hex[] = "0123456789ABCDEF";

    dst = o->pos;

    while (p < last) {

        if (o->last - dst < 3) {
            if (o->last - dst < last - p || urlmeta_url_is(*p, set)) {
                o->full = 1;
                break;
            }
        }

        if (!urlmeta_url_is(*p, set)) {
            *dst++ = *p++;
            continue;
        }

        *dst++ = '%';
        *dst++ = hex[(unsigned char) *p >> 4];
        *dst++ = hex[(unsigned char) *p & 0xf];
        p++;
    }

    o->pos = dst;
}
