
/*
 * URLs: the strict grammar, its canonical text, references, special names, and
 * every case of ../shared/security/ssrf-urls.json as far as text goes.
 */


#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <jansson.h>

#include "address.h"
#include "tap.h"
#include "url.h"


#define nitems(x)  (sizeof(x) / sizeof((x)[0]))


static void parse_cases(void);
static void parse_parts(void);
static void parse_bounds(void);
static void parse_bytes(void);
static void resolve_cases(void);
static void resolve_bounds(void);
static void link_cases(void);
static void link_bounds(void);
static void names(void);
static void sites(void);
static void ssrf_cases(void);
static void ssrf_case(json_t *c);
static urlmeta_error_e judge(urlmeta_url_t *u, const char *src, size_t len);
static urlmeta_error_e judge_text(const urlmeta_url_t *u);
static urlmeta_error_e judge_answer(json_t *dns);
static urlmeta_error_e judge_redirect(const urlmeta_url_t *base, json_t *ref);
static void printable(char *dst, size_t size, const char *what,
    const char *text);
static const char *code_name(urlmeta_error_e e);
static int libcurl_agrees(const urlmeta_url_t *u);


int
main(void)
{
    urlmeta_url_init();

    parse_cases();
    parse_parts();
    parse_bounds();
    parse_bytes();
    resolve_cases();
    resolve_bounds();
    link_cases();
    link_bounds();
    names();
    sites();
    ssrf_cases();

    return done_testing();
}


static void
parse_cases(void)
{
    char             name[256];
    size_t           i;
    urlmeta_url_t    u;
    urlmeta_error_e  e;

    static const struct {
        const char       *src;
        urlmeta_error_e   e;
        const char       *text;
    } cases[] = {
        { "http://example.com", URLMETA_E_NONE, "http://example.com/" },
        { "HTTPS://WWW.Example.COM:443/A?B#C", URLMETA_E_NONE,
          "https://www.example.com/A?B" },
        { "http://example.com:", URLMETA_E_NONE, "http://example.com/" },
        { "http://example.com:00080/", URLMETA_E_NONE, "http://example.com/" },
        { "http://example.com:8080", URLMETA_E_NONE,
          "http://example.com:8080/" },
        { "https://example.com:80/", URLMETA_E_NONE,
          "https://example.com:80/" },
        { "http://example.com:0/", URLMETA_E_NONE, "http://example.com:0/" },
        { "http://example.com:65535/", URLMETA_E_NONE,
          "http://example.com:65535/" },
        { "http://example.com:65536/", URLMETA_E_URL_INVALID, NULL },
        { "http://example.com:000080/", URLMETA_E_URL_INVALID, NULL },
        { "http://example.com:8 0/", URLMETA_E_URL_INVALID, NULL },
        { "http://example.com./", URLMETA_E_NONE, "http://example.com/" },
        { "http://example.com../", URLMETA_E_HOST_INVALID, NULL },
        { "http://localhost/", URLMETA_E_NONE, "http://localhost/" },
        { "http://localhost:-1/", URLMETA_E_HOST_DENIED, NULL },
        { "http://a.local:80:80/", URLMETA_E_HOST_DENIED, NULL },
        { "http://fe80::1/", URLMETA_E_HOST_DENIED, NULL },
        { "http://127.0.0.1:-1/", URLMETA_E_URL_INVALID, NULL },
        { "http://a_b.example.com/", URLMETA_E_NONE,
          "http://a_b.example.com/" },
        { "http://example.c_m/", URLMETA_E_HOST_INVALID, NULL },
        { "http://a-.com/", URLMETA_E_HOST_INVALID, NULL },
        { "http://example.com?a", URLMETA_E_NONE, "http://example.com/?a" },
        { "http://example.com#a", URLMETA_E_NONE, "http://example.com/" },
        { "http://example.com?#", URLMETA_E_NONE, "http://example.com/?" },
        { "http://example.com/a/../b/./c/%2e%2E/d/.", URLMETA_E_NONE,
          "http://example.com/b/d/" },
        { "http://example.com/../../a/..", URLMETA_E_NONE,
          "http://example.com/" },
        { "http://example.com/a//../b/...", URLMETA_E_NONE,
          "http://example.com/a/b/..." },
        { "http://example.com/a/.../.b/..c/d.", URLMETA_E_NONE,
          "http://example.com/a/.../.b/..c/d." },
        { "http://example.com/%7e%41%zz%4%", URLMETA_E_NONE,
          "http://example.com/~A%25zz%254%25" },
        { "http://example.com/%2f%c3%a9\xc3\xa9", URLMETA_E_NONE,
          "http://example.com/%2F%C3%A9%C3%A9" },
        { "http://example.com/[a]|{b}^`<>\"?[a]|{b}^`<>\"?/%3f",
          URLMETA_E_NONE,
          "http://example.com/%5Ba%5D%7C%7Bb%7D%5E%60%3C%3E%22"
          "?[a]%7C%7Bb%7D%5E%60%3C%3E%22?/%3F" },
        { "http://example.com/a;b=c,d/!$&'()*+:@", URLMETA_E_NONE,
          "http://example.com/a;b=c,d/!$&'()*+:@" },
        { "http://8.8.8.8", URLMETA_E_NONE, "http://8.8.8.8/" },
        { "http://127.0.0.1/", URLMETA_E_NONE, "http://127.0.0.1/" },
        { "http://127.0.0.1./", URLMETA_E_HOST_INVALID, NULL },
        { "http://127.1/", URLMETA_E_HOST_INVALID, NULL },
        { "http://0x7f.0.0.1/", URLMETA_E_HOST_INVALID, NULL },
        { "http://a.0x/", URLMETA_E_HOST_INVALID, NULL },
        { "http://010.face/", URLMETA_E_HOST_INVALID, NULL },
        { "http://1.2.3.256/", URLMETA_E_HOST_INVALID, NULL },
        { "http://[::1]/", URLMETA_E_NONE, "http://[::1]/" },
        { "http://[0:0:0:0:0:0:0:0]/", URLMETA_E_NONE, "http://[::]/" },
        { "http://[1:0:0:2:0:0:0:3]:81/", URLMETA_E_NONE,
          "http://[1:0:0:2::3]:81/" },
        { "http://[1:0:2:0:3:0:4:0]/", URLMETA_E_NONE,
          "http://[1:0:2:0:3:0:4:0]/" },
        { "http://[1:2:3:4:5:6:7::]/", URLMETA_E_NONE,
          "http://[1:2:3:4:5:6:7:0]/" },
        { "http://[::ABCD:1.2.3.4]/", URLMETA_E_NONE,
          "http://[::abcd:102:304]/" },
        { "http://[::FFFF:1.2.3.4]/", URLMETA_E_NONE,
          "http://[::ffff:102:304]/" },
        { "http://[1:2:3:4:5:6:7:8:9]/", URLMETA_E_HOST_INVALID, NULL },
        { "http://[1::2::3]/", URLMETA_E_HOST_INVALID, NULL },
        { "http://[1:2:3:4::5:6:7:8]/", URLMETA_E_HOST_INVALID, NULL },
        { "http://[:1:2:3:4:5:6:7]/", URLMETA_E_HOST_INVALID, NULL },
        { "http://[1:2:3:4:5:6:7:]/", URLMETA_E_HOST_INVALID, NULL },
        { "http://[::12345]/", URLMETA_E_HOST_INVALID, NULL },
        { "http://[::1.2.3.04]/", URLMETA_E_HOST_INVALID, NULL },
        { "http://[1:2:3:4:5:6:7:1.2.3.4]/", URLMETA_E_HOST_INVALID, NULL },
        { "http://[fe80::1%25eth0]/", URLMETA_E_HOST_INVALID, NULL },
        { "http://[::1]a/", URLMETA_E_HOST_INVALID, NULL },
        { "http://[::1/", URLMETA_E_HOST_INVALID, NULL },
        { "http://[]/", URLMETA_E_HOST_INVALID, NULL },
        { "http://[v1.a]/", URLMETA_E_HOST_INVALID, NULL },
        { "http://b\xc3\xbc" "cher.de/", URLMETA_E_NONE,
          "http://xn--bcher-kva.de/" },
        { "http://xn--BCHER-kva.de/", URLMETA_E_NONE,
          "http://xn--bcher-kva.de/" },
        { "http://xn--bcher-kvb.de/", URLMETA_E_HOST_INVALID, NULL },
        { "http://xn--example-.com/", URLMETA_E_HOST_INVALID, NULL },
        { "http://xn--.com/", URLMETA_E_HOST_INVALID, NULL },
        { "http://xn--99999999999.com/", URLMETA_E_HOST_INVALID, NULL },
        { "http://example\xe3\x80\x82" "com/", URLMETA_E_NONE,
          "http://example.com/" },
        { "http://\xef\xbc\x91.2.3.4/", URLMETA_E_HOST_INVALID, NULL },
        { "http://a@example.com/", URLMETA_E_USERINFO_DENIED, NULL },
        { "http://example.com/a@b", URLMETA_E_NONE, "http://example.com/a@b" },
        { "http:///example.com/", URLMETA_E_URL_INVALID, NULL },
        { "http:/example.com/", URLMETA_E_URL_INVALID, NULL },
        { "http:example.com", URLMETA_E_URL_INVALID, NULL },
        { "http://", URLMETA_E_URL_INVALID, NULL },
        { "http:", URLMETA_E_URL_INVALID, NULL },
        { "http", URLMETA_E_URL_INVALID, NULL },
        { "", URLMETA_E_URL_INVALID, NULL },
        { ":", URLMETA_E_URL_INVALID, NULL },
        { "1http://example.com/", URLMETA_E_URL_INVALID, NULL },
        { "example.com:80/", URLMETA_E_URL_INVALID, NULL },
        { "localhost:80", URLMETA_E_URL_INVALID, NULL },
        { "localhost:80x", URLMETA_E_SCHEME_DENIED, NULL },
        { "ftp://example.com/", URLMETA_E_SCHEME_DENIED, NULL },
        { "httpx://example.com/", URLMETA_E_SCHEME_DENIED, NULL },
        { "httpss://example.com/", URLMETA_E_SCHEME_DENIED, NULL },
        { "javascript:alert(1)", URLMETA_E_SCHEME_DENIED, NULL },
        { "http://example.com/a b", URLMETA_E_URL_INVALID, NULL },
        { "http://example.com/\x7f", URLMETA_E_URL_INVALID, NULL },
        { "http://example.com/#\\", URLMETA_E_URL_INVALID, NULL },
        { "http://example.com/\xc3", URLMETA_E_URL_INVALID, NULL },
        { "http://example.com/\xed\xa0\x80", URLMETA_E_URL_INVALID, NULL },
        { "http://example.com/#\xff", URLMETA_E_URL_INVALID, NULL }
    };

    for (i = 0; i < nitems(cases); i++) {
        e = urlmeta_url_parse(&u, cases[i].src, strlen(cases[i].src));

        printable(name, sizeof(name), "parse", cases[i].src);

        if (cases[i].text == NULL || e != URLMETA_E_NONE) {
            is_int(e, cases[i].e, name);
            continue;
        }

        is_str(u.text, cases[i].text, name);

        ok(libcurl_agrees(&u), "libcurl reads %s alike", u.text);
    }
}


static void
parse_parts(void)
{
    urlmeta_url_t               u;
    static const char           src[] = "https://Example.com:8443/a?b#c";
    static const char           six[] = "http://[2606:4700::1]/";
    static const unsigned char  addr6[16] = { 0x26, 0x06, 0x47, 0, 0, 0, 0, 0,
                                              0, 0, 0, 0, 0, 0, 0, 1 };

    is_int(urlmeta_url_parse(&u, src, strlen(src)), URLMETA_E_NONE, src);
    is_int(u.len, 28, "length");
    is_int(u.len, strlen(u.text), "zero terminated");
    is_int(u.scheme_len, 5, "scheme");
    is_int(u.https, 1, "https");
    is_int(u.port, 8443, "port");
    is_int(u.default_port, 0, "not the default port");
    is_int(u.host_type, URLMETA_HOST_NAME, "a name");
    ok(u.host_len == 11 && memcmp(u.text + u.host, "example.com", 11) == 0,
       "host");
    is_str(u.text + u.path, "/a?b", "path and query");

    is_int(urlmeta_url_parse(&u, six, strlen(six)), URLMETA_E_NONE, six);
    is_int(u.host_type, URLMETA_HOST_IPV6, "IPv6");
    ok(u.host_len == 14 && memcmp(u.text + u.host, "[2606:4700::1]", 14) == 0,
       "host with brackets");
    ok(memcmp(u.addr, addr6, 16) == 0, "its address");
    is_int(u.port, 80, "its port");
    is_int(u.default_port, 1, "its default port");
    is_int(u.https, 0, "http");

    is_int(urlmeta_url_parse(&u, "http://1.2.3.250/", 17), URLMETA_E_NONE,
           "IPv4 literal");
    is_int(u.host_type, URLMETA_HOST_IPV4, "IPv4");
    ok(memcmp(u.addr, "\1\2\3\372", 4) == 0, "its address");
}


static void
parse_bounds(void)
{
    char           *src;
    size_t          i, n;
    urlmeta_url_t   u;

    /* exactly as long as may be, all of it tripled; not zero terminated */

    src = malloc(URLMETA_URL_MAX + 1);
    if (src == NULL) {
        exit(1);
    }

    n = (size_t) snprintf(src, URLMETA_URL_MAX, "http://example.com/");

    for (i = n; i < URLMETA_URL_MAX + 1; i++) {
        src[i] = '|';
    }

    is_int(urlmeta_url_parse(&u, src, URLMETA_URL_MAX + 1),
           URLMETA_E_URL_TOO_LONG, "one byte too long");
    is_int(urlmeta_url_parse(&u, src, URLMETA_URL_MAX), URLMETA_E_NONE,
           "as long as may be");
    is_int(u.len, n + 3 * (URLMETA_URL_MAX - n), "every byte is three");
    ok(u.len < URLMETA_URL_TEXT_MAX && strlen(u.text) == u.len,
       "it fits, with its zero");

    /* names of 253 bytes and of 254, labels of 63 and of 64 */

    memcpy(src, "http://", 7);

    for (i = 0; i < 255; i++) {
        src[7 + i] = (i % 50 == 49) ? '.' : 'a';
    }

    is_int(urlmeta_url_parse(&u, src, 7 + 253), URLMETA_E_NONE, "253 bytes");
    is_int(u.host_len, 253, "the name is 253 bytes");
    is_int(urlmeta_url_parse(&u, src, 7 + 254), URLMETA_E_HOST_INVALID,
           "254 bytes");
    src[7 + 253] = '.';
    is_int(urlmeta_url_parse(&u, src, 7 + 254), URLMETA_E_NONE,
           "253 bytes and the dot");

    memset(src + 7, 'a', 64);
    memcpy(src + 7 + 63, ".com", 4);
    is_int(urlmeta_url_parse(&u, src, 7 + 67), URLMETA_E_NONE, "label of 63");
    memset(src + 7, 'a', 64);
    memcpy(src + 7 + 64, ".com", 4);
    is_int(urlmeta_url_parse(&u, src, 7 + 68), URLMETA_E_HOST_INVALID,
           "label of 64");

    /* hosts that are nothing but IDN work */

    for (i = 7; i + 2 <= URLMETA_URL_MAX; i += 2) {
        memcpy(src + i, "\xc3\xbc", 2);
    }

    is_int(urlmeta_url_parse(&u, src, i), URLMETA_E_HOST_INVALID,
           "two thousand bytes of IDN");

    for (i = 7; i + 4 <= URLMETA_URL_MAX; i += 4) {
        memcpy(src + i, "\xf0\x9f\x92\xa9", 4);
    }

    is_int(urlmeta_url_parse(&u, src, i), URLMETA_E_HOST_INVALID,
           "two thousand bytes of emoji");

    free(src);
}


/* every byte in every place: what is accepted has one text */

static void
parse_bytes(void)
{
    char           src[64];
    size_t         i, n, accepted, wrong, other;
    unsigned       ch;
    urlmeta_url_t  u, again;

    static const char  url[] = "http://ab.example.com:80/c/%41../d?e=%5bf#g";

    accepted = 0;
    wrong = 0;
    other = 0;
    n = strlen(url);

    for (i = 0; i <= n; i++) {
        for (ch = 0; ch < 512; ch++) {

            /* in the place of a byte, and before it */

            memcpy(src, url, i);
            src[i] = (char) ch;

            if (ch < 256) {
                memcpy(src + i + 1, url + i, n - i + 1);

            } else if (i < n) {
                memcpy(src + i + 1, url + i + 1, n - i);

            } else {
                continue;
            }

            if (urlmeta_url_parse(&u, src, ch < 256 ? n + 1 : n)
                != URLMETA_E_NONE)
            {
                continue;
            }

            accepted++;

            if (urlmeta_url_parse(&again, u.text, u.len) != URLMETA_E_NONE
                || strcmp(u.text, again.text) != 0
                || u.port != again.port || u.host_len != again.host_len)
            {
                printf("# not canonical: %s\n", u.text);
                wrong++;
            }

            if (!libcurl_agrees(&u)) {
                printf("# libcurl reads another: %s\n", u.text);
                other++;
            }
        }
    }

    ok(accepted > 4000, "many of the mutations are accepted (%zu)", accepted);
    is_int(wrong, 0, "a canonical text stays as it is");
    is_int(other, 0, "libcurl reads the same scheme, host and port");
}


static void
resolve_cases(void)
{
    char             name[256];
    size_t           i;
    urlmeta_url_t    base, u;
    urlmeta_error_e  e;

    static const struct {
        const char       *ref;
        urlmeta_error_e   e;
        const char       *text;
    } cases[] = {
        /* RFC 3986 section 5.4 */
        { "g:h", URLMETA_E_SCHEME_DENIED, NULL },
        { "g", URLMETA_E_NONE, "http://a.com/b/c/g" },
        { "./g", URLMETA_E_NONE, "http://a.com/b/c/g" },
        { "g/", URLMETA_E_NONE, "http://a.com/b/c/g/" },
        { "/g", URLMETA_E_NONE, "http://a.com/g" },
        { "//g.com", URLMETA_E_NONE, "http://g.com/" },
        { "?y", URLMETA_E_NONE, "http://a.com/b/c/d;p?y" },
        { "g?y", URLMETA_E_NONE, "http://a.com/b/c/g?y" },
        { "#s", URLMETA_E_NONE, "http://a.com/b/c/d;p?q" },
        { "g#s", URLMETA_E_NONE, "http://a.com/b/c/g" },
        { "g?y#s", URLMETA_E_NONE, "http://a.com/b/c/g?y" },
        { ";x", URLMETA_E_NONE, "http://a.com/b/c/;x" },
        { "g;x?y#s", URLMETA_E_NONE, "http://a.com/b/c/g;x?y" },
        { "", URLMETA_E_NONE, "http://a.com/b/c/d;p?q" },
        { ".", URLMETA_E_NONE, "http://a.com/b/c/" },
        { "./", URLMETA_E_NONE, "http://a.com/b/c/" },
        { "..", URLMETA_E_NONE, "http://a.com/b/" },
        { "../g", URLMETA_E_NONE, "http://a.com/b/g" },
        { "../..", URLMETA_E_NONE, "http://a.com/" },
        { "../../../g", URLMETA_E_NONE, "http://a.com/g" },
        { "/./g", URLMETA_E_NONE, "http://a.com/g" },
        { "/../g", URLMETA_E_NONE, "http://a.com/g" },
        { "g.", URLMETA_E_NONE, "http://a.com/b/c/g." },
        { "..g", URLMETA_E_NONE, "http://a.com/b/c/..g" },
        { "./g/.", URLMETA_E_NONE, "http://a.com/b/c/g/" },
        { "g/../h", URLMETA_E_NONE, "http://a.com/b/c/h" },
        { "g;x=1/../y", URLMETA_E_NONE, "http://a.com/b/c/y" },
        { "g?y/../x", URLMETA_E_NONE, "http://a.com/b/c/g?y/../x" },
        { "http:g", URLMETA_E_URL_INVALID, NULL },

        { "  g h\n", URLMETA_E_NONE, "http://a.com/b/c/g%20h" },
        { "h\nttps://x.c\tom/", URLMETA_E_NONE, "https://x.com/" },
        { "/\n/x.com/", URLMETA_E_NONE, "http://x.com/" },
        { "//x .com/", URLMETA_E_HOST_INVALID, NULL },
        { "HTTPS://X.com", URLMETA_E_NONE, "https://x.com/" },
        { "//u@x.com/", URLMETA_E_USERINFO_DENIED, NULL },
        { "//127.1/", URLMETA_E_HOST_INVALID, NULL },
        { "///x.com/", URLMETA_E_URL_INVALID, NULL },
        { "\\\\x.com", URLMETA_E_URL_INVALID, NULL },
        { "a/b:c", URLMETA_E_NONE, "http://a.com/b/c/a/b:c" },
        { "file:///etc/passwd", URLMETA_E_SCHEME_DENIED, NULL }
    };

    e = urlmeta_url_parse(&base, "http://a.com/b/c/d;p?q", 22);
    is_int(e, URLMETA_E_NONE, "the base of RFC 3986 section 5.4");

    for (i = 0; i < nitems(cases); i++) {
        e = urlmeta_url_resolve(&u, &base, cases[i].ref,
                                strlen(cases[i].ref));

        printable(name, sizeof(name), "resolve", cases[i].ref);

        if (cases[i].text == NULL || e != URLMETA_E_NONE) {
            is_int(e, cases[i].e, name);

        } else {
            is_str(u.text, cases[i].text, name);
        }
    }

    /* in place */

    e = urlmeta_url_resolve(&base, &base, "#x", 2);
    is_int(e, URLMETA_E_NONE, "a fragment in place");
    e = urlmeta_url_resolve(&base, &base, "../x", 4);
    is_int(e, URLMETA_E_NONE, "a path in place");
    is_str(base.text, "http://a.com/b/x", "resolved in place");
}


static void
resolve_bounds(void)
{
    char           *ref;
    size_t          i;
    urlmeta_url_t   base, u;

    ref = malloc(2 * URLMETA_URL_MAX);
    if (ref == NULL) {
        exit(1);
    }

    /* a base whose text is longer than any that is parsed */

    memcpy(ref, "http://a.com/", 13);

    for (i = 13; i < URLMETA_URL_MAX; i++) {
        ref[i] = '|';
    }

    urlmeta_url_parse(&base, ref, URLMETA_URL_MAX);

    is_int(urlmeta_url_resolve(&u, &base, "?x", 2), URLMETA_E_URL_TOO_LONG,
           "a long base and a query");
    is_int(urlmeta_url_resolve(&u, &base, "x", 1), URLMETA_E_NONE,
           "a long base and a path");
    is_int(urlmeta_url_resolve(&u, &base, "", 0), URLMETA_E_NONE,
           "a long base and nothing");
    ok(u.len == base.len && strcmp(u.text, base.text) == 0, "is the base");

    for (i = 0; i < 2 * URLMETA_URL_MAX; i++) {
        ref[i] = 'a';
    }

    is_int(urlmeta_url_resolve(&u, &base, ref, 2 * URLMETA_URL_MAX),
           URLMETA_E_URL_TOO_LONG, "a long reference");
    is_int(urlmeta_url_resolve(&u, &base, ref, URLMETA_URL_MAX),
           URLMETA_E_URL_TOO_LONG, "too long together");
    is_int(urlmeta_url_resolve(&u, &base, ref, URLMETA_URL_MAX - 13),
           URLMETA_E_NONE, "as long as may be");

    free(ref);
}


static void
link_cases(void)
{
    char    out[URLMETA_URL_TEXT_MAX], name[256];
    size_t  i, n;

    static const struct {
        const char  *base;
        const char  *ref;
        const char  *text;
    } cases[] = {
#define B  "http://ex.com/d1/d2/f?q#z"
        { B, "", "http://ex.com/d1/d2/f?q" },
        { B, "#", "http://ex.com/d1/d2/f?q#" },
        { B, "#a b\"<>`{}|^", "http://ex.com/d1/d2/f?q"
                              "#a%20b%22%3C%3E%60{}|^" },
        { B, "?a b'\"<>`{}|^[]", "http://ex.com/d1/d2/f"
                                 "?a%20b%27%22%3C%3E`{}|^[]" },
        { B, "a b'\"<>`{}|^[]", "http://ex.com/d1/d2/"
                                "a%20b'%22%3C%3E%60%7B%7D|%5E[]" },
        { B, " \t g\n.html \r", "http://ex.com/d1/d2/g.html" },
        { B, "%zz%4%41%c3", "http://ex.com/d1/d2/%zz%4%41%c3" },
        { B, "\xc3\xbc?\xc3\xbc#\xc3\xbc",
          "http://ex.com/d1/d2/%C3%BC?%C3%BC#%C3%BC" },
        { B, "../../../..", "http://ex.com/" },
        { B, "./%2E%2e/.%2e/x/.", "http://ex.com/x/" },
        { B, "%2e%2e%2e", "http://ex.com/d1/d2/%2e%2e%2e" },
        { B, "a//../b", "http://ex.com/d1/d2/a/b" },
        { B, "\\a\\b", "http://ex.com/a/b" },
        { B, "//x.com", "http://x.com/" },
        { B, "\\/x.com\\y", "http://x.com/y" },
        { B, "////x.com", "http://x.com/" },
        { B, "http:b", "http://ex.com/d1/d2/b" },
        { B, "http:/b", "http://ex.com/b" },
        { B, "https:b", "https://b/" },
        { B, "HTTP://A.COM:80?q", "http://a.com/?q" },
        { B, "https://a.com:443/", "https://a.com/" },
        { B, "https://a.com:0080/", "https://a.com:80/" },
        { B, "https://a.com:/", "https://a.com/" },
        { B, "http://a.com:65536/", "" },
        { B, "http://a.com:8a/", "" },
        { B, "http://u:p@h/", "http://u:p@h/" },
        { B, "http://u@v:p@h/", "http://u%40v:p@h/" },
        { B, "http://:@h/", "http://h/" },
        { B, "http://u@/", "" },
        { B, "http://b\xc3\xbc" "cher.de/", "http://xn--bcher-kva.de/" },
        { B, "http://fa\xc3\x9f.de", "http://xn--fa-hia.de/" },
        { B, "http://\xe2\x98\x83.net", "http://xn--n3h.net/" },
        { B, "http://a%41.com/", "http://aa.com/" },
        { B, "http://a%2fb.com/", "" },
        { B, "http://a b.com/", "" },
        { B, "http://a|b.com/", "" },
        { B, "http://a_b.c*m/", "http://a_b.c*m/" },
        { B, "http://a%ff.com/", "" },
        { B, "http://xn--a.com/", "" },
        { B, "http://127.1/", "http://127.0.0.1/" },
        { B, "http://0x7f.0.1/", "http://127.0.0.1/" },
        { B, "http://4294967295/", "http://255.255.255.255/" },
        { B, "http://4294967296/", "" },
        { B, "http://1.2.3.256/", "" },
        { B, "http://1.2.3.4.5/", "" },
        { B, "http://09.1/", "" },
        { B, "http://[::1.2.3.4]:81", "http://[::102:304]:81/" },
        { B, "http://[::1", "" },
        { B, "http://a..b/", "http://a..b/" },
        { B, "http://", "" },
        { B, "//", "" },
        { B, "javascript:alert(1)", "" },
        { B, "java\nscript:alert(1)", "" },
        { B, "mailto:a@b.com", "" },
        { B, "data:text/html,x", "" },
        { B, "1x:y", "http://ex.com/d1/d2/1x:y" },
        { B, ":", "http://ex.com/d1/d2/:" },
#undef B
        { "https://ex.com", "a", "https://ex.com/a" },
        { "https://ex.com", "", "https://ex.com/" },
        { "https://ex.com?q", "a", "https://ex.com/a" },
        { "HTTP://EX.com/A/../b c?", "d", "http://ex.com/d" },
        { "http://ex.com/a/b/../c", "d", "http://ex.com/a/d" },
        { "http://ex.com:80/a", "b", "http://ex.com/b" },
        { "http://ex.com:8080/a", "b", "http://ex.com:8080/b" },
        { "http://u:p@ex.com/a", "b", "http://u:p@ex.com/b" },
        { "http://[::1]/a", "b", "http://[::1]/b" },
        { "http://127.1/a", "b", "http://127.0.0.1/b" },
        { "http://b\xc3\xbc" "cher.de/a", "b", "http://xn--bcher-kva.de/b" },
        { "mailto:a@b.com", "b", "" },
        { "mailto:a@b.com", "http://x/", "http://x/" },
        { "", "b", "" },
        { "", "https://x.com", "https://x.com/" }
    };

    for (i = 0; i < nitems(cases); i++) {
        out[0] = '\0';

        n = urlmeta_url_resolve_link(out, cases[i].base,
                                     strlen(cases[i].base), cases[i].ref,
                                     strlen(cases[i].ref));

        printable(name, sizeof(name), cases[i].base, cases[i].ref);

        is_str(n ? out : "", cases[i].text, name);

        if (n && strlen(out) != n) {
            ok(0, "the length of %s", out);
        }
    }
}


static void
link_bounds(void)
{
    char    *ref, out[URLMETA_URL_TEXT_MAX];
    size_t   i, n;

    static const char  base[] = "http://ex.com/";

    ref = malloc(URLMETA_URL_TEXT_MAX * 2);
    if (ref == NULL) {
        exit(1);
    }

    memset(ref, 'a', URLMETA_URL_TEXT_MAX * 2);

    n = URLMETA_URL_TEXT_MAX - 1 - strlen(base);

    is_int(urlmeta_url_resolve_link(out, base, strlen(base), ref, n),
           URLMETA_URL_TEXT_MAX - 1, "as long as may be");
    is_int(strlen(out), URLMETA_URL_TEXT_MAX - 1, "zero terminated");
    is_int(urlmeta_url_resolve_link(out, base, strlen(base), ref, n + 1), 0,
           "one byte too long");
    is_int(urlmeta_url_resolve_link(out, base, strlen(base), ref,
                                    URLMETA_URL_TEXT_MAX * 2), 0,
           "far too long");

    /* each length around the bound, with bytes that grow */

    for (i = 0; i < 10; i++) {
        ref[n - i] = '"';

        if (urlmeta_url_resolve_link(out, base, strlen(base), ref, n - i + 1)
            != 0)
        {
            break;
        }
    }

    is_int(i, 3, "two more bytes for a quote at the end");

    /* an end that dot segments bring back */

    for (i = 0; i < URLMETA_URL_TEXT_MAX; i++) {
        ref[i] = "../"[i % 3];
    }

    n = urlmeta_url_resolve_link(out, base, strlen(base), ref,
                                 URLMETA_URL_TEXT_MAX - 2);
    ok(n == strlen(base) && strcmp(out, base) == 0, "two thousand \"..\"");

    memset(ref, '/', URLMETA_URL_TEXT_MAX);
    is_int(urlmeta_url_resolve_link(out, base, strlen(base), ref, 6000), 0,
           "six thousand slashes are no host");

    free(ref);
}


static void
names(void)
{
    size_t  i;

    static const struct {
        const char  *name;
        int          special;
    } cases[] = {
        { "localhost", 1 },
        { "intranet", 1 },
        { "com", 1 },
        { "a.localhost", 1 },
        { "metadata.google.internal", 1 },
        { "router.home.arpa", 1 },
        { "1.0.0.127.in-addr.arpa", 1 },
        { "kubernetes.default.svc", 1 },
        { "a.svc.cluster.local", 1 },
        { "printer.local", 1 },
        { "cluster.local", 1 },
        { "x.example", 1 },
        { "x.test", 1 },
        { "x.onion", 1 },
        { "example.com", 0 },
        { "localhost.com", 0 },
        { "example.local.com", 0 },
        { "a.notlocal", 0 },
        { "a.xarpa", 0 },
        { "my.home.page", 0 },
        { "a.b", 0 }
    };

    for (i = 0; i < nitems(cases); i++) {
        is_int(urlmeta_url_host_special(cases[i].name,
                                        strlen(cases[i].name)),
               cases[i].special, cases[i].name);
    }
}


static void
sites(void)
{
    char    name[128];
    size_t  i;

    static const struct {
        const char  *a;
        const char  *b;
        int          same;
    } cases[] = {
        { "example.com", "example.com", 1 },
        { "www.example.com", "example.com", 1 },
        { "a.b.example.co.uk", "c.example.co.uk", 1 },
        { "WWW.example.com", "cdn.EXAMPLE.com", 1 },
        { "example.co.uk", "other.co.uk", 0 },
        { "co.uk", "uk", 0 },
        { "a.github.io", "b.github.io", 0 },
        { "example.com", "example.org", 0 },
        { "notexample.com", "example.com", 0 },
        { "192.0.2.1", "192.0.2.1", 1 },
        { "192.0.2.1", "8.0.2.1", 0 },
        { "[::1]", "[::2]", 0 },
        { "xn--bcher-kva.de", "www.xn--bcher-kva.de", 1 },
        { "localhost", "localhost", 1 },
        { "", "example.com", 0 }
    };

    for (i = 0; i < nitems(cases); i++) {
        snprintf(name, sizeof(name), "site of %s and %s", cases[i].a,
                 cases[i].b);
        is_int(urlmeta_url_same_site(cases[i].a, strlen(cases[i].a),
                                     cases[i].b, strlen(cases[i].b)),
               cases[i].same, name);
    }
}


static void
ssrf_cases(void)
{
    char     path[1024];
    size_t   i;
    json_t  *root, *cases, *c;

    snprintf(path, sizeof(path), "%s/security/ssrf-urls.json", shared());

    root = json_load_file(path, JSON_ALLOW_NUL, NULL);
    if (root == NULL) {
        skip("no ssrf-urls.json");
        return;
    }

    cases = json_object_get(root, "cases");
    ok(json_array_size(cases) > 300, "there are cases");

    json_array_foreach(cases, i, c) {
        ssrf_case(c);
    }

    json_decref(root);
}


/* the default policy, with the answers that the case states */

static void
ssrf_case(json_t *c)
{
    json_t           *src, *ref, *text;
    const char       *id, *code;
    urlmeta_url_t     u;
    urlmeta_error_e   e;

    id = json_string_value(json_object_get(c, "id"));
    src = json_object_get(c, "url");
    code = json_string_value(json_object_get(c, "code"));
    ref = json_object_get(c, "redirect_to");
    text = json_object_get(c, "canonical");

    e = judge(&u, json_string_value(src), json_string_length(src));

    if (e == URLMETA_E_NONE && u.host_type == URLMETA_HOST_NAME) {
        e = judge_answer(json_object_get(c, "dns"));
    }

    if (e == URLMETA_E_NONE && ref) {
        e = judge_redirect(&u, ref);
    }

    if (e == URLMETA_E_NONE && code
        && (strcmp(code, "redirect_limit") == 0
            || (ref && strstr(json_string_value(ref), "rebind"))))
    {
        skip("this one needs a server, or the DNS");
        return;
    }

    is_str(code_name(e), code ? code : "none", id);

    if (text && e == URLMETA_E_NONE) {
        is_str(u.text, json_string_value(text), id);
    }

    if (e == URLMETA_E_NONE) {
        ok(libcurl_agrees(&u), "libcurl reads %s alike", u.text);
    }
}


static urlmeta_error_e
judge(urlmeta_url_t *u, const char *src, size_t len)
{
    char             *copy;
    urlmeta_error_e   e;

    /* without a zero behind it, for the sanitizer */

    copy = malloc(len ? len : 1);
    if (copy == NULL) {
        exit(1);
    }

    memcpy(copy, src, len);
    e = urlmeta_url_parse(u, copy, len);
    free(copy);

    return e == URLMETA_E_NONE ? judge_text(u) : e;
}


static urlmeta_error_e
judge_text(const urlmeta_url_t *u)
{
    if (u->host_type == URLMETA_HOST_NAME
        && urlmeta_url_host_special(u->text + u->host, u->host_len))
    {
        return URLMETA_E_HOST_DENIED;
    }

    if ((u->host_type == URLMETA_HOST_IPV4 && urlmeta_address_special4(u->addr))
        || (u->host_type == URLMETA_HOST_IPV6
            && urlmeta_address_special6(u->addr)))
    {
        return URLMETA_E_ADDRESS_DENIED;
    }

    return u->default_port ? URLMETA_E_NONE : URLMETA_E_PORT_DENIED;
}


static urlmeta_error_e
judge_answer(json_t *dns)
{
    size_t          i, j, k;
    json_t         *answers, *answer, *addrs, *addr;
    unsigned char   bin[16];

    static const char *types[] = { "A", "AAAA" };

    answers = json_object_get(dns, "sequence");

    for (i = 0; i < (answers ? json_array_size(answers) : 1); i++) {
        answer = answers ? json_array_get(answers, i) : dns;

        for (k = 0; k < 2; k++) {
            addrs = json_object_get(answer, types[k]);

            json_array_foreach(addrs, j, addr) {

                /* "$…": an address of the machine that runs the test */

                if (inet_pton(k ? AF_INET6 : AF_INET, json_string_value(addr),
                              bin)
                    != 1
                    || (k ? urlmeta_address_special6(bin)
                          : urlmeta_address_special4(bin)))
                {
                    return URLMETA_E_ADDRESS_DENIED;
                }
            }
        }
    }

    return URLMETA_E_NONE;
}


static urlmeta_error_e
judge_redirect(const urlmeta_url_t *base, json_t *ref)
{
    size_t           i, len;
    const char      *p;
    urlmeta_url_t    u;
    urlmeta_error_e  e;

    p = json_string_value(ref);
    len = json_string_length(ref);

    /* a Location header is no link in a page: blanks are not repaired */

    for (i = 0; i < len; i++) {
        if ((unsigned char) p[i] <= ' ' || p[i] == 0x7f || p[i] == '\\') {
            return URLMETA_E_REDIRECT_DENIED;
        }
    }

    e = urlmeta_url_resolve(&u, base, p, len);

    if (e == URLMETA_E_NONE) {
        e = judge_text(&u);
    }

    return e == URLMETA_E_NONE ? e : URLMETA_E_REDIRECT_DENIED;
}


/* the name of a test: a line of TAP, so without line ends */

static void
printable(char *dst, size_t size, const char *what, const char *text)
{
    snprintf(dst, size, "%s \"%s\"", what, text);

    for ( /* void */ ; *dst; dst++) {
        if (*dst < ' ' || *dst == '#' || *dst == '\\') {
            *dst = '?';
        }
    }
}


static const char *
code_name(urlmeta_error_e e)
{
    switch (e) {

    case URLMETA_E_NONE:
        return "none";

    case URLMETA_E_URL_INVALID:
        return "url_invalid";

    case URLMETA_E_URL_TOO_LONG:
        return "url_too_long";

    case URLMETA_E_SCHEME_DENIED:
        return "scheme_denied";

    case URLMETA_E_USERINFO_DENIED:
        return "userinfo_denied";

    case URLMETA_E_HOST_INVALID:
        return "host_invalid";

    case URLMETA_E_PORT_DENIED:
        return "port_denied";

    case URLMETA_E_HOST_DENIED:
        return "host_denied";

    case URLMETA_E_ADDRESS_DENIED:
        return "address_denied";

    case URLMETA_E_REDIRECT_DENIED:
        return "redirect_denied";

    default:
        return "another";
    }
}


/* libcurl is what opens the connection: it must see our host, not another */

static int
libcurl_agrees(const urlmeta_url_t *u)
{
    int     good;
    char   *scheme, *host, *port, *user;
    CURLU  *h;

    scheme = NULL;
    host = NULL;
    port = NULL;
    user = NULL;

    h = curl_url();

    good = h != NULL
           && curl_url_set(h, CURLUPART_URL, u->text, 0) == CURLUE_OK
           && curl_url_get(h, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK
           && curl_url_get(h, CURLUPART_HOST, &host, 0) == CURLUE_OK
           && curl_url_get(h, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT)
              == CURLUE_OK
           && curl_url_get(h, CURLUPART_USER, &user, 0) == CURLUE_NO_USER
           && strlen(scheme) == u->scheme_len
           && memcmp(scheme, u->text, u->scheme_len) == 0
           && strlen(host) == u->host_len
           && memcmp(host, u->text + u->host, u->host_len) == 0
           && (unsigned) atoi(port) == u->port;

    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_free(user);
    curl_url_cleanup(h);

    return good;
}
