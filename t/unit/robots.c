
/*
 * robots.txt: the examples of RFC 9309, files as they are found, and hostile
 * ones; X-Robots-Tag.
 */


#include <stdlib.h>

#include "tap.h"
#include "robots.h"
#include "robots_tag.h"


/* 2027-01-15 08:00:00 UTC */
#define NOW  1800000000


static void rules_are(const char *token, const char *file, const char *rules,
    const char *what);
static int allowed(const char *file, const char *path);
static char *rules_of(const char *token, const char *file, size_t len,
    size_t piece, int cut);
static void token_is(const char *user_agent, const char *token);
static void tag_is(const char *header, const char *expected);
static void tag_text(urlmeta_robots_tag_t *tag, char *text, size_t size);
static void test_groups(void);
static void test_lines(void);
static void test_match(void);
static void test_hostile(void);
static void test_tags(void);


static char *
rules_of(const char *token, const char *file, size_t len, size_t piece, int cut)
{
    int                rc;
    size_t             n, pos;
    urlmeta_buf_t      out;
    urlmeta_robots_t  *rb;

    memset(&out, 0, sizeof(urlmeta_buf_t));
    rb = urlmeta_robots_create(token, strlen(token));
    rc = URLMETA_OK;

    for (pos = 0; pos < len && rc == URLMETA_OK; pos += n) {
        n = len - pos < piece ? len - pos : piece;
        rc = urlmeta_robots_feed(rb, file + pos, n);
    }

    (void) urlmeta_robots_finish(rb, cut, &out);
    urlmeta_robots_destroy(rb);

    return out.data ? out.data : strdup("");
}


static void
rules_are(const char *token, const char *file, const char *rules,
    const char *what)
{
    char    *whole, *bytes;

    whole = rules_of(token, file, strlen(file), strlen(file) + 1, 0);
    bytes = rules_of(token, file, strlen(file), 1, 0);

    is_str(whole, rules, what);
    is_str(bytes, rules, "the same byte by byte");

    free(whole);
    free(bytes);
}


static int
allowed(const char *file, const char *path)
{
    int    rc;
    char  *rules;

    rules = rules_of("bot", file, strlen(file), 7, 0);
    rc = urlmeta_robots_allowed(rules, strlen(rules), path, strlen(path));
    free(rules);

    return rc;
}


static void
token_is(const char *user_agent, const char *token)
{
    char         found[100];
    size_t       len;
    const char  *p;

    len = urlmeta_robots_token(user_agent, strlen(user_agent), &p);
    memcpy(found, p, len);
    found[len] = '\0';

    is_str(found, token, user_agent);
}


static void
test_groups(void)
{
    rules_are("bot", "User-agent: *\nDisallow: /a\n", "D/a\n", "for all");
    rules_are("bot", "User-agent: other\nDisallow: /a\n", "", "for another");
    rules_are("bot", "User-agent: *\nDisallow: /a\n\nUser-agent: BOT\n"
              "Allow: /b\n", "A/b\n", "for us, in any case");
    rules_are("bot", "User-agent: bot\nDisallow: /a\nUser-agent: x\n"
              "Disallow: /b\nUser-agent: bot\nDisallow: /c\n", "D/a\nD/c\n",
              "two groups are one");
    rules_are("bot", "User-agent: x\nUser-agent: bot\nUser-agent: y\n"
              "Disallow: /a\nDisallow: /b\n", "D/a\nD/b\n",
              "several names of a group");
    rules_are("bot", "User-agent: *\nDisallow: /\nUser-agent: bot\n"
              "Disallow:\n", "", "nothing is disallowed us");
    rules_are("bot", "User-agent: bot\nCrawl-delay: 5\nUser-agent: x\n"
              "Disallow: /a\n", "D/a\n", "another record ends no names");
    rules_are("bot", "User-agent: bot/2.1\nDisallow: /a\n", "D/a\n",
              "with a version");
    rules_are("bot", "User-agent: botnet\nDisallow: /a\n", "",
              "not the beginning of a name");
    rules_are("botnet", "User-agent: bot\nDisallow: /a\n", "",
              "nor of ours");
    rules_are("bot", "User-agent: bot.b\nDisallow: /a\n", "",
              "a dot is part of it");
    rules_are("", "User-agent:\nDisallow: /a\n", "", "no name");
    rules_are("bot", "Disallow: /a\n", "", "a rule of no group");
    rules_are("bot", "User-agent: *\nUser-agent: bot\nDisallow: /a\n",
              "D/a\n", "for all, and for us");

    token_is("ngx_urlmeta/0.1.0", "ngx_urlmeta");
    token_is("ExampleBot/1.0 (+https://example.com/bot)", "ExampleBot");
    token_is("Mozilla/5.0 (compatible; ExampleBot/2.0; +http://e.com)",
             "ExampleBot");
    token_is("Mozilla/5.0 (X11; Linux)", "Mozilla");
    token_is("mozilla/5.0 (COMPATIBLE;x)", "x");
    token_is("Mozilla/5.0 (compatible;", "");
    token_is("(none)", "");
    token_is("", "");
}


static void
test_lines(void)
{
    rules_are("bot", "User-agent:*\r\nDisallow:/a\r\n", "D/a\n", "CRLF");
    rules_are("bot", "User-agent: *\rDisallow: /a\r", "D/a\n", "CR");
    rules_are("bot", "\xef\xbb\xbfUser-agent: *\nDisallow: /a", "D/a\n",
              "a BOM, and no end of the last line");
    rules_are("bot", "  uSER-aGENT \t: * # all\n\tdisallow :\t/a # b\n",
              "D/a\n", "blanks, comments, case");
    rules_are("bot", "User-agent: *\n\n\n# x\nSitemap: http://a/\nDisallow: /a",
              "D/a\n", "empty lines end no group");
    rules_are("bot", "User-agent: *\nDisallow: a\nDisallow /b\n<p>\n", "",
              "lines that say nothing");
    rules_are("bot", "User-agent: *\nDisallow: /%7ea%2Fb%c3%9c\xc3\x9c c\n",
              "D/~a%2Fb%C3%9C%C3%9C%20c\n", "one form of each byte");
    rules_are("bot", "User-agent: *\nDisallow: /a***b$c$\nDisallow: /%zz%\n",
              "D/a*b%24c$\nD/%zz%\n", "asterisks and dollars");
}


static void
test_match(void)
{
    const char  *file;

    /* RFC 9309 section 5.2 */

    file = "User-Agent: bot\n"
           "Allow: /example/page/\n"
           "Disallow: /example/page/disallowed.gif\n";

    is_int(allowed(file, "/example/page/"), 1, "RFC: allowed");
    is_int(allowed(file, "/example/page/disallowed.gif"), 0,
           "RFC: the longest");
    is_int(allowed(file, "/other"), 1, "RFC: no match");

    /* section 2.2.2 */

    is_int(allowed("User-agent: *\nDisallow: /foo/bar?baz=quz",
                   "/foo/bar?baz=quz"), 0, "RFC: a query");
    is_int(allowed("User-agent: *\nDisallow: /foo/bar/%E3%83%84",
                   "/foo/bar/\xe3\x83\x84"), 0, "RFC: escaped in the file");
    is_int(allowed("User-agent: *\nDisallow: /foo/bar/\xe3\x83\x84",
                   "/foo/bar/%E3%83%84"), 0, "RFC: escaped in the address");
    is_int(allowed("User-agent: *\nDisallow: /foo/bar/%62%61%7A",
                   "/foo/bar/baz"), 0, "RFC: needlessly escaped");
    is_int(allowed("User-agent: *\nDisallow: /a%2Fb", "/a/b"), 1,
           "a reserved character is not what it stands for");

    /* section 2.2.3 */

    is_int(allowed("User-agent: *\nDisallow: /*/x$", "/a/b/x"), 0,
           "to the end");
    is_int(allowed("User-agent: *\nDisallow: /*/x$", "/a/b/xy"), 1,
           "not after");
    is_int(allowed("User-agent: *\nDisallow: /file-%2A.html",
                   "/file-*.html"), 0, "RFC: an asterisk in the address");
    is_int(allowed("User-agent: *\nDisallow: /foo-%24", "/foo-$"), 0,
           "RFC: a dollar in the address");
    is_int(allowed("User-agent: *\nDisallow: /*a*b*c", "/xaxbxc"), 0, "three");
    is_int(allowed("User-agent: *\nDisallow: /*a*b*c", "/xcxbxa"), 1,
           "in their order");
    is_int(allowed("User-agent: *\nDisallow: /a*$", "/abc"), 0, "/a*$");
    is_int(allowed("User-agent: *\nDisallow: *.gif$", "/a/b.gif"), 0, "*.gif$");
    is_int(allowed("User-agent: *\nDisallow: *.gif$", "/a/b.gif?x"), 1,
           "and no query");
    is_int(allowed("User-agent: *\nDisallow: /ab*b$", "/ab"), 1,
           "no byte is two");

    is_int(allowed("User-agent: *\nDisallow: /a\nAllow: /a", "/a"), 1,
           "of two as long the one that allows");
    is_int(allowed("User-agent: *\nAllow: /a\nDisallow: /a", "/a"), 1,
           "in any order");
    is_int(allowed("User-agent: *\nDisallow: /", "/robots.txt"), 1,
           "/robots.txt");
    is_int(allowed("User-agent: *\nDisallow: /", "/"), 0, "everything");
    is_int(allowed("User-agent: *\nDisallow: /A", "/a"), 1, "case matters");
}


static void
test_hostile(void)
{
    int      rc;
    char    *file, *rules, path[2048];
    size_t   i, len;

    file = malloc(700000);

    /* a line that is too long, and one that is not */

    len = sprintf(file, "User-agent: *\nDisallow: /");
    memset(file + len, 'x', 9000);
    len += 9000;
    len += sprintf(file + len, "\nDisallow: /b\n");

    rules = rules_of("bot", file, len, 4096, 0);
    is_str(rules, "D/b\n", "a line that is too long is none");
    free(rules);

    /* only what arrives within 500 KB */

    len = sprintf(file, "User-agent: *\n");

    while (len < 600000) {
        len += sprintf(file + len, "Disallow: /%zu\n", len);
    }

    rules = rules_of("bot", file, len, 100000, 0);
    ok(strlen(rules) < URLMETA_ROBOTS_MAX, "500 KB are read");
    ok(strstr(rules, "/511960") == NULL, "and not half a line at their end");
    free(rules);

    rules = rules_of("bot", "User-agent: *\nDisallow: /a\nDisallow: /b", 39,
                     50, 1);
    is_str(rules, "D/a\n", "nor where the file was cut");
    free(rules);

    /* patterns that are looked for everywhere */

    len = sprintf(file, "User-agent: *\n");

    while (len < 500000) {
        len += sprintf(file + len, "Disallow: /*aaaaaaaaaaaaaaaaaaaaaaab\n");
    }

    memset(path, 'a', sizeof(path));
    path[0] = '/';

    rules = rules_of("bot", file, len, 100000, 0);
    rc = urlmeta_robots_allowed(rules, strlen(rules), path, sizeof(path));
    is_int(rc, 0, "too much work: nothing is allowed");
    rc = urlmeta_robots_allowed(rules, strlen(rules), "/b", 2);
    is_int(rc, 1, "a short path is no work");
    free(rules);

    /* any bytes */

    for (i = 0; i < 200000; i++) {
        file[i] = (char) (i * 2654435761u >> 13);
    }

    rules = rules_of("bot", file, 200000, 777, 0);
    ok(rules != NULL, "any bytes");
    free(rules);
    free(file);
}


static void
tag_text(urlmeta_robots_tag_t *tag, char *text, size_t size)
{
    snprintf(text, size, "%s%s%s%s", tag->noindex ? "noindex " : "",
             tag->nosnippet ? "nosnippet " : "",
             tag->noimage ? "noimage " : "", tag->until ? "until" : "");
}


static void
tag_is(const char *header, const char *expected)
{
    char                   text[100];
    urlmeta_robots_tag_t   tag;

    memset(&tag, 0, sizeof(urlmeta_robots_tag_t));
    tag.header = header;
    tag.token = "bot";

    urlmeta_robots_tag_header(&tag, NOW);
    tag_text(&tag, text, sizeof(text));

    is_str(text, expected, header);
}


static void
test_tags(void)
{
    char                   text[100];
    urlmeta_robots_tag_t   tag;

    tag_is("noindex", "noindex ");
    tag_is(" NoIndex , nofollow", "noindex ");
    tag_is("none", "noindex ");
    tag_is("all", "");
    tag_is("nofollow, noarchive, notranslate", "");
    tag_is("nosnippet, noimageindex", "nosnippet noimage ");
    tag_is("max-snippet:0", "nosnippet ");
    tag_is("max-snippet: 20, max-image-preview:large", "");
    tag_is("max-image-preview: none", "noimage ");
    tag_is("bot: noindex", "noindex ");
    tag_is("BOT : noindex, nosnippet", "noindex nosnippet ");
    tag_is("other: noindex, nosnippet", "");
    tag_is("other: noindex\nnosnippet", "nosnippet ");
    tag_is("other: nofollow\nbot: noimageindex\nthird: none", "noimage ");
    tag_is("other: none, bot: nosnippet", "nosnippet ");
    tag_is("other: max-snippet:0", "");
    tag_is("noindexed, xnoindex, no index", "");
    tag_is("", "");
    tag_is(",,:,:,::", "");
    tag_is("unavailable_after: 25 Jun 2010 15:00:00 PST", "noindex ");
    tag_is("unavailable_after: Wed, 25 Aug 2027 15:00:00 GMT", "until");
    tag_is("unavailable_after: Wed, 25 Aug 2027 15:00:00 GMT, nosnippet",
           "nosnippet until");
    tag_is("unavailable_after: 2026-12-31, noimageindex",
           "noindex noimage ");
    tag_is("unavailable_after: soon", "");
    tag_is("unavailable_after: Wed", "");
    tag_is("other: unavailable_after: 2010-01-01", "");

    memset(&tag, 0, sizeof(urlmeta_robots_tag_t));
    tag.token = "bot";
    tag.header = "unavailable_after: 2027-01-15T08:00:10Z\n"
                 "unavailable_after: 2027-01-15T08:00:09Z";
    urlmeta_robots_tag_header(&tag, NOW);
    is_int(tag.until, NOW + 9, "the earlier one");

    memset(&tag, 0, sizeof(urlmeta_robots_tag_t));
    tag.token = "bot";
    urlmeta_robots_tag_meta(&tag, "index,\n NOSNIPPET", 17, NOW);
    tag_text(&tag, text, sizeof(text));
    is_str(text, "nosnippet ", "a meta");

    memset(&tag, 0, sizeof(urlmeta_robots_tag_t));
    tag.token = "bot";
    urlmeta_robots_tag_header(&tag, NOW);
    tag_text(&tag, text, sizeof(text));
    is_str(text, "", "no header");
}


int
main(void)
{
    test_groups();
    test_lines();
    test_match();
    test_hostile();
    test_tags();

    return done_testing();
}
