
/*
 * The HTML card.
 */


#include "tap.h"
#include "render.h"


typedef struct {
    unsigned       state[8];
    unsigned char  block[64];
    size_t         used;
    size_t         total;
} sha256_t;


static const char *document(const char *card);
static const char *fragment(const char *card);
static void skeleton(const char *html, urlmeta_buf_t *out);
static int has(const char *text);
static void test_layouts(void);
static void test_escape(void);
static void test_urls(void);
static void test_skeleton(void);
static void test_facts(void);
static void test_style(void);
static void sha256(const char *data, size_t len, unsigned char *digest);
static void sha256_block(sha256_t *s);
static void sha256_add(sha256_t *s, const unsigned char *data, size_t len);
static void base64(const unsigned char *src, size_t len, char *dst);


static urlmeta_buf_t  buf;


int
main(void)
{
    test_layouts();
    test_escape();
    test_urls();
    test_skeleton();
    test_facts();
    test_style();

    urlmeta_buf_free(&buf);

    return done_testing();
}


static const char *
document(const char *card)
{
    int      rc;
    json_t  *value;

    value = json_loads(card, 0, NULL);
    urlmeta_buf_reset(&buf);
    rc = urlmeta_render_document(value, &buf);
    json_decref(value);

    return rc == URLMETA_OK ? buf.data : "";
}


static const char *
fragment(const char *card)
{
    int      rc;
    json_t  *value;

    value = json_loads(card, 0, NULL);
    urlmeta_buf_reset(&buf);
    rc = urlmeta_render_fragment(value, &buf);
    json_decref(value);

    return rc == URLMETA_OK ? buf.data : "";
}


static int
has(const char *text)
{
    return strstr(buf.data, text) != NULL;
}


static void
test_layouts(void)
{
    fragment("{\"url\":\"https://a.example/x\",\"title\":\"T\","
             "\"layout\":\"large\",\"host\":\"a.example\","
             "\"image\":{\"url\":\"https://a.example/i.png\",\"width\":9,"
             "\"height\":9,\"alt\":\"A\"}}");

    ok(has("class=\"urlmeta-card urlmeta-large\""), "large");
    ok(has("src=\"https://a.example/i.png\" alt=\"A\" width=\"600\" "
           "height=\"314\" loading=\"lazy\" decoding=\"async\" "
           "referrerpolicy=\"no-referrer\">"),
       "the picture's sides are ours");
    ok(has("<a class=\"urlmeta-link\" href=\"https://a.example/x\" "
           "rel=\"noopener noreferrer nofollow ugc\" "
           "referrerpolicy=\"no-referrer\">T</a>"), "the link");
    ok(!has("<style") && !has("<html") && !has("style="),
       "no style in a fragment");

    fragment("{\"url\":\"https://a.example/x\",\"title\":\"T\","
             "\"layout\":\"thumb\",\"language\":\"de\",\"direction\":\"rtl\","
             "\"image\":{\"url\":\"https://a.example/i.png\"}}");

    ok(has("class=\"urlmeta-card urlmeta-thumb\" dir=\"rtl\" lang=\"de\""),
       "thumb");
    ok(has("alt=\"\" width=\"125\" height=\"125\""), "a square");

    fragment("{\"url\":\"https://a.example/x\",\"title\":\"T\","
             "\"layout\":\"large\",\"image\":null}");
    ok(has("urlmeta-card urlmeta-text\" dir=\"auto\" lang=\"\""),
       "without a picture it is text");

    fragment("{\"url\":\"https://a.example/x\",\"title\":\"T\","
             "\"layout\":\"\\\"><script>\",\"image\":null}");
    ok(has("urlmeta-card urlmeta-text\""), "an unknown layout is text");

    fragment("{\"url\":\"https://www.a.example/\",\"title\":\"T\","
             "\"site_name\":\"a.example\",\"host\":\"www.a.example\"}");
    ok(has("urlmeta-name urlmeta-same") && has(">www.a.example</span>"),
       "a name that only repeats the host");

    fragment("{\"url\":\"https://evil.example/\",\"title\":\"T\","
             "\"site_name\":\"Bank\",\"host\":\"evil.example\"}");
    ok(has(">Bank</span>") && has(">evil.example</span>"),
       "the real host is beside what the site calls itself");

    document("{\"url\":\"https://a.example/x\",\"title\":\"T\","
             "\"language\":\"de\"}");
    ok(strncmp(buf.data, "<!doctype html><html lang=\"de\">", 31) == 0,
       "a document");
    ok(has("<title>T</title>") && has("target=\"_blank\""), "its parts");
    ok(has("</body></html>\n"), "its end");

    document("{}");
    ok(has("</article></body></html>"), "an empty card");
}


static void
test_escape(void)
{
    static const char  card[] =
        "{\"url\":\"https://a.example/?a=1&b='\\\"<>\","
        "\"title\":\"</title><script>alert(1)</script>\","
        "\"description\":\"\\\" onmouseover=\\\"a' onfocus='b & c\","
        "\"site_name\":\"S\\\" /><svg onload=x>\",\"host\":\"<h>\","
        "\"language\":\"\\\"><b>\",\"published\":\"2024\\\"><i>\","
        "\"author\":{\"name\":\"<u>A</u>\"},\"layout\":\"thumb\","
        "\"icon\":{\"url\":\"https://a.example/i\\\"x\"},"
        "\"image\":{\"url\":\"https://a.example/'\\\"\","
        "\"alt\":\"\\\" onerror=\\\"x\"},"
        "\"facts\":{\"price\":\"<1>\",\"currency\":\"<EUR>\","
        "\"location\":\"<L>\"},"
        "\"labels\":[{\"label\":\"<l>\",\"value\":\"<v>\"}]}";

    document(card);

    ok(!has("<script") && !has("<svg") && !has("<h>") && !has("<b>")
       && !has("<i>") && !has("<u>") && !has("<1>") && !has("<EUR>")
       && !has("<L>") && !has("<l>") && !has("<v>"), "no markup of a value");
    ok(has("<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;"
           "</title>"), "the title of a document");
    ok(has("&quot; onmouseover=&quot;a&#39; onfocus=&#39;b &amp; c</p>"),
       "quotes and ampersands in a text");
    ok(has("href=\"https://a.example/?a=1&amp;b=&#39;&quot;&lt;&gt;\""),
       "and in an address");
    ok(has("alt=\"&quot; onerror=&quot;x\""), "and in an alternative text");
    ok(!has("'"), "no apostrophe at all");
}


static void
test_urls(void)
{
    int                 i;
    char                card[512];
    static const char  *urls[] = {
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x",
        " https://a.example/", "//a.example/", "/x", "x", "file:///etc/passwd",
        "httpx://a.example/", "HTTPS://a.example/", "", NULL
    };

    for (i = 0; urls[i] != NULL; i++) {
        snprintf(card, sizeof(card),
                 "{\"url\":\"%s\",\"title\":\"T\",\"layout\":\"large\","
                 "\"image\":{\"url\":\"%s\"},\"icon\":{\"url\":\"%s\"}}",
                 urls[i], urls[i], urls[i]);

        document(card);
        ok(!has(" href=") && !has(" src=") && has(">T</span>"),
           "no link to \"%s\"", urls[i]);
    }
}


/* the elements with the names of their attributes */

static void
skeleton(const char *html, urlmeta_buf_t *out)
{
    char  quote;

    urlmeta_buf_reset(out);

    while (*html != '\0') {

        if (*html++ != '<') {
            continue;
        }

        while (*html != '>' && *html != '\0') {

            if (*html == '"' || *html == '\'') {
                quote = *html++;
                html += strcspn(html, quote == '"' ? "\"" : "'");

                if (*html != '\0') {
                    html++;
                }

                continue;
            }

            urlmeta_buf_add_char(out, *html++);
        }

        urlmeta_buf_add_char(out, '|');
    }
}


static void
test_skeleton(void)
{
    int             i;
    char            card[4096];
    urlmeta_buf_t   harmless = { NULL, 0, 0 }, hostile = { NULL, 0, 0 };

    static const char  form[] =
        "{\"url\":\"https://a.example/%s\",\"title\":\"%s\","
        "\"description\":\"%s\",\"site_name\":\"%s\",\"host\":\"%s\","
        "\"language\":\"%s\",\"published\":\"%s\",\"layout\":\"%s\","
        "\"author\":{\"name\":\"%s\"},\"icon\":{\"url\":\"https://%s\"},"
        "\"image\":{\"url\":\"https://%s\",\"alt\":\"%s\"}}";

    static const char  *values[] = {
        "<plaintext>", "<!--", "]]>", "--!>", "&lt;", "<a href='x'>",
        "' x='", "\\\" x=\\\"", "`", "=", "<textarea>", "</p></div>",
        "a.example", "large", NULL
    };

#define FILL(v)  v, v, v, v, v, v, v, v, v, v, v, v

    snprintf(card, sizeof(card), form, FILL("x"));
    skeleton(document(card), &harmless);

    for (i = 0; values[i] != NULL; i++) {
        snprintf(card, sizeof(card), form, FILL(values[i]));
        skeleton(document(card), &hostile);
        is_str(hostile.data, harmless.data, values[i]);
    }

    urlmeta_buf_free(&harmless);
    urlmeta_buf_free(&hostile);
}


static void
test_facts(void)
{
    fragment("{\"title\":\"T\",\"published\":\"2024-01-02T03:04:05+02:00\","
             "\"author\":{\"name\":\"Ada\"},"
             "\"facts\":{\"price\":\"19.99\",\"currency\":\"EUR\","
             "\"rating\":4.5,\"rating_best\":5,\"rating_count\":1234,"
             "\"duration\":489}}");

    ok(has("datetime=\"2024-01-02T03:04:05+02:00\">2024-01-02</time>"),
       "a date");
    ok(has(">Ada</span>"), "an author");
    ok(has(">19.99 EUR</span>"), "a price");
    ok(has("\xe2\x98\x85 4.5/5 (1234)</span>"), "a rating");
    ok(has(">8:09</span>"), "a duration");

    fragment("{\"title\":\"T\",\"facts\":{\"duration\":4507}}");
    ok(has("<p class=\"urlmeta-facts\"><span class=\"urlmeta-fact\" "
           "dir=\"auto\">1:15:07</span></p>"), "a long one, alone");

    fragment("{\"title\":\"T\",\"facts\":{}}");
    ok(!has("urlmeta-facts"), "no facts, no row");

    fragment("{\"title\":\"T\",\"facts\":{\"rating\":1e300,"
             "\"rating_count\":1e300,\"rating_best\":-1e300}}");
    ok(has("</article>"), "absurd numbers");

    fragment("{\"url\":\"https://a.example/x\",\"title\":\"T\","
             "\"facts\":{\"price\":\"19.99\",\"currency\":\"USD\"},"
             "\"labels\":[{\"label\":\"Price\",\"value\":\"$19.99\"},"
             "{\"label\":\"Size\",\"value\":\"XL\"}]}");
    ok(has("19.99 USD") && !has("$19.99") && has("XL"),
       "a price is shown once");

    fragment("{\"url\":\"https://a.example/x\",\"title\":\"T\","
             "\"labels\":[{\"label\":\"Price\",\"value\":\"free\"}]}");
    ok(has("free"), "a label that gave none is");
}


static void
test_style(void)
{
    char            hash[64], source[96];
    const char     *start, *end;
    unsigned char   digest[32];

    sha256("abc", 3, digest);
    base64(digest, 32, hash);
    is_str(hash, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
           "the digest of the test is right");

    document("{\"title\":\"T\"}");
    start = strstr(buf.data, "<style>");
    end = strstr(buf.data, "</style>");

    if (!ok(start != NULL && end != NULL, "there is a style")) {
        return;
    }

    start += 7;
    sha256(start, (size_t) (end - start), digest);
    base64(digest, 32, hash);

    snprintf(source, sizeof(source), "style-src 'sha256-%s';", hash);

    if (!ok(strstr(urlmeta_render_csp(), source) != NULL,
            "the policy has the style's digest"))
    {
        printf("# %s\n", hash);
    }

    ok(strstr(start, "url(") == NULL && strstr(start, "@import") == NULL,
       "the style loads nothing");
    ok(strstr(start, ".urlmeta-host{flex:0 2 auto;min-width:40%;"
              "white-space:normal;overflow-wrap:anywhere}") != NULL
       && strstr(start, ",.urlmeta-host{") == NULL
       && strstr(start, ".urlmeta-host,") == NULL,
       "and hides nothing of a host");

    ok(strncmp(urlmeta_render_csp(), "default-src 'none'; ", 20) == 0
       && strstr(urlmeta_render_csp(), "script") == NULL
       && strstr(urlmeta_render_csp(), "unsafe") == NULL,
       "the policy allows no script");
    ok(strstr(urlmeta_render_csp(), "img-src https: http:;") != NULL
       && strstr(urlmeta_render_csp(), "base-uri 'none';") != NULL
       && strstr(urlmeta_render_csp(), "form-action 'none';") != NULL
       && strstr(urlmeta_render_csp(), "frame-ancestors *;") != NULL,
       "and says the rest");
}


/* FIPS 180-4 */

static void
sha256(const char *data, size_t len, unsigned char *digest)
{
    int            i;
    sha256_t       s;
    unsigned char  end[72];
    size_t         pad;

    static const unsigned  initial[] = {
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
    };

    memset(&s, 0, sizeof(s));
    memcpy(s.state, initial, sizeof(initial));

    sha256_add(&s, (const unsigned char *) data, len);

    memset(end, 0, sizeof(end));
    end[0] = 0x80;
    pad = (s.used < 56 ? 56 : 120) - s.used;

    for (i = 0; i < 8; i++) {
        end[pad + i] = (unsigned char) ((unsigned long long) len * 8
                                        >> (56 - 8 * i));
    }

    sha256_add(&s, end, pad + 8);

    for (i = 0; i < 32; i++) {
        digest[i] = (unsigned char) (s.state[i / 4] >> (24 - i % 4 * 8));
    }
}


static void
sha256_add(sha256_t *s, const unsigned char *data, size_t len)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        s->block[s->used++] = data[i];

        if (s->used == 64) {
            sha256_block(s);
            s->used = 0;
        }
    }
}


#define ROTATE(x, n)  ((x) >> (n) | (x) << (32 - (n)))


static void
sha256_block(sha256_t *s)
{
    int       i;
    unsigned  w[64], v[8], a, b;

    static const unsigned  k[] = {
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b,
        0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
        0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7,
        0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
        0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152,
        0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
        0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
        0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
        0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
        0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
        0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
        0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
    };

    for (i = 0; i < 16; i++) {
        w[i] = (unsigned) s->block[i * 4] << 24
               | (unsigned) s->block[i * 4 + 1] << 16
               | (unsigned) s->block[i * 4 + 2] << 8
               | s->block[i * 4 + 3];
    }

    for ( /* void */ ; i < 64; i++) {
        a = ROTATE(w[i - 15], 7) ^ ROTATE(w[i - 15], 18) ^ w[i - 15] >> 3;
        b = ROTATE(w[i - 2], 17) ^ ROTATE(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + a + w[i - 7] + b;
    }

    memcpy(v, s->state, sizeof(v));

    for (i = 0; i < 64; i++) {
        a = v[7] + (ROTATE(v[4], 6) ^ ROTATE(v[4], 11) ^ ROTATE(v[4], 25))
            + ((v[4] & v[5]) ^ (~v[4] & v[6])) + k[i] + w[i];
        b = (ROTATE(v[0], 2) ^ ROTATE(v[0], 13) ^ ROTATE(v[0], 22))
            + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));

        memmove(v + 1, v, 7 * sizeof(v[0]));
        v[4] += a;
        v[0] = a + b;
    }

    for (i = 0; i < 8; i++) {
        s->state[i] += v[i];
    }
}


static void
base64(const unsigned char *src, size_t len, char *dst)
{
    size_t    i;
    unsigned  n;

    static const char  digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (i = 0; i < len; i += 3) {
        n = (unsigned) src[i] << 16
            | (i + 1 < len ? (unsigned) src[i + 1] << 8 : 0)
            | (i + 2 < len ? src[i + 2] : 0);

        *dst++ = digits[n >> 18];
        *dst++ = digits[n >> 12 & 63];
        *dst++ = i + 1 < len ? digits[n >> 6 & 63] : '=';
        *dst++ = i + 2 < len ? digits[n & 63] : '=';
    }

    *dst = '\0';
}
