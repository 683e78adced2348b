
/*
 * One page, one key: 1,000 random URLs, each in another spelling of it, made
 * side by side with the canonical text that it must come to, so that the
 * parser is not asked what it thinks is right.  And what is another page stays
 * one.
 */


#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tap.h"
#include "url.h"


#define nitems(x)  (sizeof(x) / sizeof((x)[0]))

#define PAIRS      1000
#define MAX_TEXT   2048


/* the canonical text, and a spelling of the same */

typedef struct {
    char    text[2][MAX_TEXT];
    size_t  len[2];
} pair_t;


static void make(pair_t *p);
static void make_host(pair_t *p);
static void make_ipv6(pair_t *p);
static void make_port(pair_t *p, int https);
static void make_path(pair_t *p);
static void make_dots(pair_t *p);
static void make_atom(pair_t *p, int query);
static void add(pair_t *p, int which, const char *text);
static void both(pair_t *p, const char *text);
static void octet(pair_t *p, int which, unsigned ch, int how);
static uint32_t next(uint32_t n);


static uint32_t  state = 20240229;


int
main(void)
{
    int              i, parsed, one, itself, differ, changed, others;
    char             c;
    size_t           at;
    urlmeta_url_t    u, v;
    static pair_t    p;

    parsed = 0;
    one = 0;
    itself = 0;
    differ = 0;
    changed = 0;
    others = 0;

    for (i = 0; i < PAIRS; i++) {
        make(&p);

        differ += strcmp(p.text[0], p.text[1]) != 0;

        if (urlmeta_url_parse(&u, p.text[0], p.len[0]) != URLMETA_E_NONE
            || urlmeta_url_parse(&v, p.text[1], p.len[1]) != URLMETA_E_NONE)
        {
            printf("# refused: %s\n# or:      %s\n", p.text[0], p.text[1]);
            continue;
        }

        parsed++;
        itself += strcmp(u.text, p.text[0]) == 0;

        if (strcmp(v.text, p.text[0]) == 0 && v.port == u.port
            && v.host_type == u.host_type && v.https == u.https)
        {
            one++;

        } else {
            printf("#      asked: %s\n#       came: %s\n# canonical: %s\n",
                   p.text[1], v.text, p.text[0]);
        }

        /* one letter or digit of the path or the query is another one */

        for (at = u.path + next((uint32_t) (u.len - u.path)); at < u.len;
             at++)
        {
            c = u.text[at];

            if (c >= 'g' && c < 'z') {
                p.text[0][at] = c + 1;
                changed++;
                others += urlmeta_url_parse(&v, p.text[0], p.len[0])
                          == URLMETA_E_NONE && strcmp(v.text, u.text) != 0;
                break;
            }
        }
    }

    is_int(parsed, PAIRS, "pairs of spellings are taken");
    is_int(itself, PAIRS, "each canonical text is its own");
    is_int(one, PAIRS, "each pair has one key");
    is_int(others, changed, "and no other page has it");
    ok(changed >= PAIRS / 3, "%d other pages", changed);
    ok(differ >= PAIRS * 9 / 10, "%d of the spellings are others", differ);

    return done_testing();
}


static void
make(pair_t *p)
{
    int     https;
    size_t  i;

    memset(p, 0, sizeof(pair_t));

    https = (int) next(2);
    both(p, https ? "https://" : "http://");

    make_host(p);

    /* up to here capitals do not matter */

    for (i = 0; i < p->len[1]; i++) {

        if (p->text[1][i] >= 'a' && p->text[1][i] <= 'z' && next(3) == 0) {
            p->text[1][i] -= 'a' - 'A';
        }
    }

    make_port(p, https);
    make_path(p);

    if (next(2)) {
        add(p, 1, next(2) ? "#" : "#part?/../%41");
    }
}


static void
make_host(pair_t *p)
{
    char      label[16];
    size_t    i, n;
    uint32_t  labels;

    /* the name in Unicode, in two ways where there are two, and in ASCII */

    static const char  *names[][3] = {
        { "xn--bcher-kva.example", "b\xc3\xbc" "cher.example",
          "bu\xcc\x88" "cher.example" },
        { "xn--strae-oqa.example", "stra\xc3\x9f" "e.example",
          "STRA\xc3\x9f" "E.example" },
        { "xn--fsqu00a.xn--0zwm56d",
          "\xe4\xbe\x8b\xe5\xad\x90.\xe6\xb5\x8b\xe8\xaf\x95",
          "\xe4\xbe\x8b\xe5\xad\x90\xe3\x80\x82\xe6\xb5\x8b\xe8\xaf\x95" },
        { "example.com", "\xef\xbd\x85xample.com",
          "ex\xef\xbd\x81mple\xef\xbc\x8e" "com" }
    };

    switch (next(6)) {

    case 0:
        i = next(nitems(names));
        add(p, 0, names[i][0]);
        add(p, 1, names[i][next(3)]);
        break;

    case 1:
        snprintf(label, sizeof(label), "%u.%u.%u.%u", 1 + next(223),
                 next(256), next(256), next(256));
        both(p, label);
        return;

    case 2:
        make_ipv6(p);
        return;

    default:
        for (labels = 1 + next(3); labels; labels--) {
            n = 1 + next(10);

            for (i = 0; i < n; i++) {
                label[i] = "abcdefghijklmnopqrstuvwxyz0123456789"[
                               next(i ? 36 : 26)];
            }

            label[n] = '\0';
            both(p, label);
            both(p, ".");
        }

        both(p, next(2) ? "com" : "org");
    }

    if (next(4) == 0) {
        add(p, 1, ".");
    }
}


static void
make_ipv6(pair_t *p)
{
    char           text[INET6_ADDRSTRLEN];
    size_t         i, groups;
    unsigned char  addr[16];

    memset(addr, 0, sizeof(addr));

    addr[0] = 0x26;

    for (i = 2; i < 16; i += 2) {

        if (next(2)) {
            addr[i] = (unsigned char) (next(3) ? next(256) : 0);
            addr[i + 1] = (unsigned char) next(256);
        }
    }

    both(p, "[");

    inet_ntop(AF_INET6, addr, text, sizeof(text));
    add(p, 0, text);

    groups = next(3) ? 8 : 6;

    for (i = 0; i < groups; i++) {
        snprintf(text, sizeof(text), next(2) ? "%s%04x" : "%s%x",
                 i ? ":" : "", addr[2 * i] << 8 | addr[2 * i + 1]);
        add(p, 1, text);
    }

    if (groups == 6) {
        snprintf(text, sizeof(text), ":%u.%u.%u.%u", addr[12], addr[13],
                 addr[14], addr[15]);
        add(p, 1, text);
    }

    both(p, "]");
}


static void
make_port(pair_t *p, int https)
{
    char      text[16];
    unsigned  port;

    static const char  *defaults[2][4] = {
        { "", ":", ":80", ":00080" }, { "", ":", ":443", ":00443" }
    };

    if (next(4)) {
        add(p, 1, defaults[https][next(4)]);
        return;
    }

    do {
        port = next(65536);
    } while (port == 80 || port == 443);

    snprintf(text, sizeof(text), ":%u", port);
    add(p, 0, text);

    snprintf(text, sizeof(text), next(2) ? ":%05u" : ":%u", port);
    add(p, 1, text);
}


static void
make_path(pair_t *p)
{
    int       query;
    uint32_t  segments, atoms;

    segments = next(5);
    query = next(2);

    add(p, 0, "/");

    if (segments == 0 && next(2)) {

        /* an empty path is the root */

    } else {
        add(p, 1, "/");
        make_dots(p);
    }

    while (segments--) {

        /* a letter in front: no dot segment by chance */

        both(p, "s");

        for (atoms = next(8); atoms; atoms--) {
            make_atom(p, 0);
        }

        if (segments == 0 && next(2)) {
            break;
        }

        both(p, "/");
        make_dots(p);
    }

    if (query) {
        both(p, "?");

        for (atoms = next(12); atoms; atoms--) {
            make_atom(p, 1);
        }
    }
}


/* behind a slash: segments that lead back to where they are */

static void
make_dots(pair_t *p)
{
    static const char  *dots[] = {
        "./", "%2e/", "%2E/", "a/../", "a/b/../../", "x/%2e%2E/", "a/.%2e/",
        "a/./../", "%20%/.%2E/"
    };

    while (next(4) == 0) {
        add(p, 1, dots[next(nitems(dots))]);
    }
}


static void
make_atom(pair_t *p, int query)
{
    char      text[2];
    unsigned  ch;

    static const char  unreserved[] = "abcxyzABCXYZ0189-._~";
    static const char  kept[] = "!$&'()*+,;=:@/?";
    static const char  encoded[] = "\"<>`{}|^[]";
    static const char  reserved[] = "/?#%&=+ \\\n[]";

    text[1] = '\0';

    switch (next(5)) {

    case 0:

        /* means the same, encoded or not */

        ch = (unsigned char) unreserved[next(sizeof(unreserved) - 1)];
        octet(p, 0, ch, 0);

        if (next(2)) {
            octet(p, 1, ch, 1);

        } else {
            octet(p, 1, ch, 0);
        }

        break;

    case 1:

        /* delimiters: encoded ones are others */

        text[0] = kept[next(sizeof(kept) - (query ? 1 : 3))];
        both(p, text);
        break;

    case 2:
        ch = (unsigned char) encoded[next(sizeof(encoded) - (query ? 3 : 1))];
        octet(p, 0, ch, 2);
        octet(p, 1, ch, (int) next(2));
        break;

    case 3:
        ch = (unsigned char) reserved[next(sizeof(reserved) - 1)];
        octet(p, 0, ch, 2);
        octet(p, 1, ch, 1);
        break;

    default:
        octet(p, 0, 0xc3, 2);
        octet(p, 0, 0xa9, 2);
        ch = next(2);
        octet(p, 1, 0xc3, (int) ch);
        octet(p, 1, 0xa9, (int) ch);
        break;
    }
}


static void
add(pair_t *p, int which, const char *text)
{
    size_t  len;

    len = strlen(text);

    if (p->len[which] + len < MAX_TEXT) {
        memcpy(p->text[which] + p->len[which], text, len + 1);
        p->len[which] += len;
    }
}


static void
both(pair_t *p, const char *text)
{
    add(p, 0, text);
    add(p, 1, text);
}


/* as it is, encoded in any case, or encoded in upper case */

static void
octet(pair_t *p, int which, unsigned ch, int how)
{
    char  text[4];

    if (how == 0) {
        text[0] = (char) ch;
        text[1] = '\0';

    } else {
        snprintf(text, sizeof(text),
                 how == 2 || next(2) ? "%%%02X" : "%%%02x", ch);
    }

    add(p, which, text);
}


static uint32_t
next(uint32_t n)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;

    return state % n;
}
