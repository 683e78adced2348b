
/*
 * Signed requests: HMAC-SHA256 by RFC 4231, the text that is signed, the one
 * spelling of a signature, and 10,000 signatures that are nearly right.
 *
 * "signature work KIND COUNT" verifies a good or a bad signature so many
 * times, for who measures that both are the same work.
 */


#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "signature.h"
#include "tap.h"


#define nitems(x)  (sizeof(x) / sizeof((x)[0]))

#define NOW        1893456000
#define MUTATIONS  10000


static void vectors(void);
static void texts(void);
static void made(void);
static void expiry(void);
static void spellings(void);
static void rotation(void);
static void short_keys(void);
static void one_byte(void);
static void mutations(void);
static int work(const char *kind, int count);
static urlmeta_signature_request_t request(const char *url,
    const char *format, const char *expires);
static int valid(const urlmeta_signature_key_t *keys, size_t nkeys,
    const urlmeta_signature_request_t *rq, const char *signature);
static uint32_t next(void);


static const char  alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789-_";

static const urlmeta_signature_key_t  one[] = {
    { "0123456789abcdef0123456789abcdef", 32 }
};

static const urlmeta_signature_key_t  two[] = {
    { "a new key of the two, 32 bytes..", 32 },
    { "0123456789abcdef0123456789abcdef", 32 }
};

static uint32_t  state = 1;


int
main(int argc, char *argv[])
{
    if (argc == 4 && strcmp(argv[1], "work") == 0) {
        return work(argv[2], atoi(argv[3]));
    }

    vectors();
    texts();
    made();
    expiry();
    spellings();
    rotation();
    short_keys();
    one_byte();
    mutations();

    return done_testing();
}


/* RFC 4231 section 4, and the empty key after another one */

static void
vectors(void)
{
    int                       rc;
    char                      key[131], data[160], hex[65];
    size_t                    i, n, len;
    unsigned char             mac[URLMETA_SIGNATURE_MAC_LEN];
    urlmeta_signature_key_t   k;

    static const struct {
        int          byte;          /* repeated, or -1 for 1, 2, 3 ... */
        const char  *key;
        size_t       key_len;
        int          data_byte;
        const char  *data;
        size_t       data_len;
        const char  *mac;
    } cases[] = {
        { 0x0b, NULL, 20, 0, "Hi There", 8,
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
        { 0, "Jefe", 4, 0, "what do ya want for nothing?", 28,
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
        { 0xaa, NULL, 20, 0xdd, NULL, 50,
          "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
        { -1, NULL, 25, 0xcd, NULL, 50,
          "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b" },
        { 0x0c, NULL, 20, 0, "Test With Truncation", 20,
          "a3b6167473100ee06e0c796c2955552b" },
        { 0xaa, NULL, 131, 0,
          "Test Using Larger Than Block-Size Key - Hash Key First", 54,
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
        { 0xaa, NULL, 131, 0,
          "This is a test using a larger than block-size key and a larger "
          "than block-size data. The key needs to be hashed before being "
          "used by the HMAC algorithm.", 152,
          "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2" },
        { 0, "", 0, 0, "", 0,
          "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad" }
    };

    for (i = 0; i < nitems(cases); i++) {

        for (n = 0; n < cases[i].key_len; n++) {
            key[n] = cases[i].key ? cases[i].key[n]
                     : cases[i].byte == -1 ? (char) (n + 1)
                     : (char) cases[i].byte;
        }

        memset(data, cases[i].data_byte, sizeof(data));

        if (cases[i].data) {
            memcpy(data, cases[i].data, cases[i].data_len);
        }

        k.data = key;
        k.len = cases[i].key_len;

        rc = urlmeta_signature_mac(&k, data, cases[i].data_len, mac);

        for (n = 0; n < sizeof(mac); n++) {
            snprintf(hex + 2 * n, 3, "%02x", mac[n]);
        }

        /* the fifth one is cut in the RFC */

        len = strlen(cases[i].mac);
        hex[len] = '\0';

        ok(rc == URLMETA_OK && strcmp(hex, cases[i].mac) == 0,
           "RFC 4231, case %d", (int) i + 1);
    }
}


static void
texts(void)
{
    char                         out[URLMETA_SIGNATURE_MAX_TEXT + 1];
    size_t                       i, len;
    urlmeta_signature_request_t  rq;

    static const struct {
        const char  *expires;
        const char  *text;
    } cases[] = {
        { NULL, "https://example.com/\njson\n" },
        { "1893456000", "https://example.com/\njson\n1893456000" },
        { "0", "https://example.com/\njson\n0" },
        { "999999999999999", "https://example.com/\njson\n999999999999999" },
        { "1000000000000000", "" },
        { "", "" },
        { "01", "" },
        { "+1", "" },
        { "-1", "" },
        { " 1", "" },
        { "1 ", "" },
        { "0x1", "" },
        { "1e9", "" },
        { "never", "" },
        { "99999999999999999999999999999999999", "" }
    };

    for (i = 0; i < nitems(cases); i++) {
        rq = request("https://example.com/", "json", cases[i].expires);
        len = urlmeta_signature_text(&rq, out);
        out[len] = '\0';

        is_str(out, cases[i].text,
               cases[i].expires ? cases[i].expires : "no expires");
    }
}


/* by openssl: printf TEXT | openssl dgst -sha256 -hmac KEY -binary | base64 */

static void
made(void)
{
    char                         out[URLMETA_SIGNATURE_LEN + 1];
    urlmeta_signature_request_t  rq;

    rq = request("https://example.com/page?a=1&b=2", "json", "1893456000");

    is_int(urlmeta_signature_make(one, &rq, out), URLMETA_SIGNATURE_LEN,
           "made");
    is_str(out, "YPgzAO-mRb9PcBYFUbCOVMgrdLKmSk2JD_67sfVnepw", "as by openssl");
    ok(valid(one, 1, &rq, out), "and valid");

    rq.expires = "1e9";
    rq.expires_len = 3;
    is_int(urlmeta_signature_make(one, &rq, out), 0, "a bad time is no text");
}


static void
expiry(void)
{
    char                         out[URLMETA_SIGNATURE_LEN + 1];
    size_t                       i;
    urlmeta_signature_request_t  rq;

    static const struct {
        const char  *expires;
        int          good;
    } cases[] = {
        { NULL, 1 },
        { "1893456001", 1 },
        { "1893456000", 1 },
        { "1893455999", 0 },
        { "0", 0 },
        { "999999999999999", 1 }
    };

    for (i = 0; i < nitems(cases); i++) {
        rq = request("https://example.com/", "json", cases[i].expires);

        (void) urlmeta_signature_make(one, &rq, out);

        is_int(valid(one, 1, &rq, out), cases[i].good,
               cases[i].expires ? cases[i].expires : "never");
    }
}


static void
spellings(void)
{
    int                          n, good;
    char                         c, out[URLMETA_SIGNATURE_LEN + 1];
    char                         text[URLMETA_SIGNATURE_LEN + 8];
    size_t                       i;
    urlmeta_signature_request_t  rq;

    rq = request("https://example.com/page?a=1&b=2", "json", "1893456000");

    (void) urlmeta_signature_make(one, &rq, out);

    /* every other last character, three of which are the same 32 bytes */

    good = 0;

    for (n = 0; n < 256; n++) {
        memcpy(text, out, sizeof(out));
        text[URLMETA_SIGNATURE_LEN - 1] = (char) n;
        good += valid(one, 1, &rq, text);
    }

    is_int(good, 1, "one last character of 256");

    /* base64 instead of base64url: this one has both of '-' and '_' */

    ok(strchr(out, '-') && strchr(out, '_'), "a sample with - and _");

    memcpy(text, out, sizeof(out));

    for (i = 0; text[i]; i++) {
        text[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
    }

    ok(!valid(one, 1, &rq, text), "base64");

    snprintf(text, sizeof(text), "%s=", out);
    ok(!valid(one, 1, &rq, text), "padding");

    snprintf(text, sizeof(text), "%sA", out);
    ok(!valid(one, 1, &rq, text), "one more");

    snprintf(text, sizeof(text), " %s", out);
    ok(!valid(one, 1, &rq, text), "a space before");

    good = 0;

    for (i = 0; i < URLMETA_SIGNATURE_LEN; i++) {
        memcpy(text, out, sizeof(out));
        text[i] = '\0';
        good += valid(one, 1, &rq, text);
    }

    is_int(good, 0, "none of the shorter ones");

    memcpy(text, out, sizeof(out));
    c = text[20];
    text[20] = '\0';
    ok(urlmeta_signature_verify(one, 1, &rq, text, URLMETA_SIGNATURE_LEN, NOW)
       == URLMETA_E_SIGNATURE_INVALID, "a zero byte");
    text[20] = c;
    ok(urlmeta_signature_verify(one, 1, &rq, text, URLMETA_SIGNATURE_LEN, NOW)
       == URLMETA_E_NONE, "the right one, without a zero behind");
    ok(urlmeta_signature_verify(one, 1, &rq, NULL, 0, NOW)
       == URLMETA_E_SIGNATURE_INVALID, "none");
    ok(urlmeta_signature_verify(one, 0, &rq, out, URLMETA_SIGNATURE_LEN, NOW)
       == URLMETA_E_SIGNATURE_INVALID, "no keys");
}


static void
rotation(void)
{
    char                         out[URLMETA_SIGNATURE_LEN + 1];
    urlmeta_signature_request_t  rq;

    rq = request("https://example.com/", "html", NULL);

    (void) urlmeta_signature_make(&two[0], &rq, out);
    ok(valid(two, 2, &rq, out), "the new key");
    ok(!valid(&two[1], 1, &rq, out), "the new key, where it is not known");

    (void) urlmeta_signature_make(&two[1], &rq, out);
    ok(valid(two, 2, &rq, out), "the old key");
    ok(!valid(two, 1, &rq, out), "the old key, once it is gone");
}


static void
short_keys(void)
{
    char                         out[URLMETA_SIGNATURE_LEN + 1];
    size_t                       i;
    urlmeta_signature_key_t      keys[2];
    urlmeta_signature_request_t  rq;

    rq = request("https://example.com/", "json", NULL);

    (void) urlmeta_signature_make(one, &rq, out);

    for (i = 0; i < 2; i++) {
        keys[i] = one[0];
        keys[1 - i].data = NULL;
        keys[1 - i].len = 0;

        ok(!valid(keys, 2, &rq, out), "an empty key beside a good one");
    }

    keys[0].data = "123456789012345";
    keys[0].len = 15;
    is_int(urlmeta_signature_make(keys, &rq, out), 0,
           "15 bytes are too short to sign");

    keys[0].data = "1234567890123456";
    keys[0].len = 16;
    is_int(urlmeta_signature_make(keys, &rq, out), URLMETA_SIGNATURE_LEN,
           "16 bytes are not");
    ok(valid(keys, 1, &rq, out), "nor to verify");
}


/* whatever is signed: one byte of it more, less or another */

static void
one_byte(void)
{
    int                          tried, good;
    char                         out[URLMETA_SIGNATURE_LEN + 1];
    char                         part[3][64], kept;
    size_t                       i, p, len;
    urlmeta_signature_request_t  rq;

    static const char  *parts[] = {
        "https://example.com/page?a=1&b=2", "fragment", "1893456000"
    };

    tried = 0;
    good = 0;

    rq = request(parts[0], parts[1], parts[2]);
    (void) urlmeta_signature_make(one, &rq, out);
    ok(valid(one, 1, &rq, out), "unchanged");

    for (p = 0; p < 3; p++) {

        for (i = 0; i < 3; i++) {
            strcpy(part[i], parts[i]);
        }

        len = strlen(parts[p]);

        for (i = 0; i < len; i++) {
            kept = part[p][i];
            part[p][i] = (char) (kept ^ 1);
            rq = request(part[0], part[1], part[2]);
            good += valid(one, 1, &rq, out);
            part[p][i] = kept;
            tried++;
        }

        part[p][len - 1] = '\0';
        rq = request(part[0], part[1], part[2]);
        good += valid(one, 1, &rq, out);
        tried++;

        snprintf(part[p], sizeof(part[p]), "%s0", parts[p]);
        rq = request(part[0], part[1], part[2]);
        good += valid(one, 1, &rq, out);
        tried++;
    }

    /* a border between the parts that moves */

    rq = request("https://example.com/page?a=1&b=2\nfragment\n", "1893456000",
                 NULL);
    good += valid(one, 1, &rq, out);

    rq = request(parts[0], parts[1], NULL);
    good += valid(one, 1, &rq, out);

    ok(good == 0, "%d requests nearly the same: %d valid", tried + 2, good);
}


static void
mutations(void)
{
    int                          i, n, good, different;
    char                         out[URLMETA_SIGNATURE_LEN + 1];
    char                         text[2 * URLMETA_SIGNATURE_LEN];
    size_t                       at, len;
    urlmeta_signature_request_t  rq;

    rq = request("https://example.com/page?a=1&b=2", "json", "1893456000");

    (void) urlmeta_signature_make(&two[1], &rq, out);
    ok(valid(two, 2, &rq, out), "the right one");

    good = 0;
    different = 0;

    for (i = 0; different < MUTATIONS && i < 4 * MUTATIONS; i++) {
        memcpy(text, out, sizeof(out));
        len = URLMETA_SIGNATURE_LEN;

        for (n = 1 + next() % 3; n != 0; n--) {
            at = next() % len;

            switch (next() % 6) {

            case 0:
                text[at] ^= (char) (1 << next() % 8);
                break;

            case 1:
                text[at] = alphabet[next() % 64];
                break;

            case 2:
                memmove(text + at, text + at + 1, len - at);
                len--;
                break;

            case 3:
                memmove(text + at + 1, text + at, len - at + 1);
                text[at] = alphabet[next() % 64];
                len++;
                break;

            case 4:
                text[at] = text[next() % len];
                break;

            default:
                text[at] = (char) (text[at] ^ 0x20);
                break;
            }
        }

        if (len == URLMETA_SIGNATURE_LEN && memcmp(text, out, len) == 0) {
            continue;
        }

        different++;
        good += urlmeta_signature_verify(two, 2, &rq, text, len, NOW)
                == URLMETA_E_NONE;
    }

    is_int(different, MUTATIONS, "signatures nearly right");
    is_int(good, 0, "none of them valid");
}


static int
work(const char *kind, int count)
{
    int                          i, good;
    char                         out[URLMETA_SIGNATURE_LEN + 1];
    const char                  *signature;
    urlmeta_signature_request_t  rq;

    rq = request("https://example.com/page?a=1&b=2", "json", "1893456000");
    signature = out;

    (void) urlmeta_signature_make(&two[1], &rq, out);

    if (strcmp(kind, "new") == 0) {
        (void) urlmeta_signature_make(&two[0], &rq, out);

    } else if (strcmp(kind, "wrong-first") == 0) {
        out[0] = out[0] == 'A' ? 'B' : 'A';

    } else if (strcmp(kind, "wrong-last") == 0) {
        out[URLMETA_SIGNATURE_LEN - 2] ^= 1;

    } else if (strcmp(kind, "missing") == 0) {
        signature = NULL;

    } else if (strcmp(kind, "malformed") == 0) {
        memset(out, '!', URLMETA_SIGNATURE_LEN);

    } else if (strcmp(kind, "short") == 0) {
        out[10] = '\0';

    } else if (strcmp(kind, "expired") == 0) {
        rq.expires = "1893455999";
        (void) urlmeta_signature_make(&two[1], &rq, out);

    } else if (strcmp(kind, "bad-expires") == 0) {
        rq.expires = "189345599x";

    } else if (strcmp(kind, "old") != 0) {
        return 2;
    }

    good = 0;

    for (i = 0; i < count; i++) {
        good += urlmeta_signature_verify(two, 2, &rq, signature,
                                         signature ? strlen(signature) : 0,
                                         NOW)
                == URLMETA_E_NONE;
    }

    printf("%d of %d\n", good, count);

    return 0;
}


static urlmeta_signature_request_t
request(const char *url, const char *format, const char *expires)
{
    urlmeta_signature_request_t  rq;

    rq.url = url;
    rq.url_len = strlen(url);
    rq.format = format;
    rq.format_len = strlen(format);
    rq.expires = expires;
    rq.expires_len = expires ? strlen(expires) : 0;

    return rq;
}


static int
valid(const urlmeta_signature_key_t *keys, size_t nkeys,
    const urlmeta_signature_request_t *rq, const char *signature)
{
    return urlmeta_signature_verify(keys, nkeys, rq, signature,
                                    strlen(signature), NOW)
           == URLMETA_E_NONE;
}


static uint32_t
next(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;

    return state;
}
