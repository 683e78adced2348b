
/*
 * URLs and references: "URL", or "BASE<line end>REFERENCE".  A canonical text
 * is its own canonical text, and its parts are where they are said to be.
 */


#include "fuzz.h"
#include "url.h"
#include "urlmeta.h"
#include "utf8.h"


static void check(const urlmeta_url_t *u);
static void check_link(const char *base, size_t base_len, const char *ref,
    size_t ref_len);


static void
check(const urlmeta_url_t *u)
{
    size_t         i;
    urlmeta_url_t  again;

    must(u->len < URLMETA_URL_TEXT_MAX);
    must(strlen(u->text) == u->len);

    for (i = 0; i < u->len; i++) {
        must(u->text[i] > ' ' && u->text[i] < 0x7f);
    }

    must(u->host + u->host_len <= u->path);
    must(u->path < u->len);
    must(u->text[u->path] == '/');
    must(u->port < 65536);
    must(memcmp(u->text, "http", 4) == 0);
    must(u->scheme_len == 4u + u->https);
    must(u->host == u->scheme_len + 3);

    /* the host has one spelling, and no user name before it */

    for (i = u->host; i < u->host + u->host_len; i++) {
        must(u->text[i] != '@' && u->text[i] != '/' && u->text[i] != '%');
        must(u->text[i] < 'A' || u->text[i] > 'Z');
    }

    if (u->len <= URLMETA_URL_MAX) {
        must(urlmeta_url_parse(&again, u->text, u->len) == URLMETA_E_NONE);
        must(strcmp(again.text, u->text) == 0);
        must(again.host == u->host && again.host_len == u->host_len);
        must(again.path == u->path && again.port == u->port);
        must(again.host_type == u->host_type);

        if (u->host_type != URLMETA_HOST_NAME) {
            must(memcmp(again.addr, u->addr,
                        u->host_type == URLMETA_HOST_IPV4 ? 4 : 16) == 0);
        }
    }

    (void) urlmeta_url_host_special(u->text + u->host, u->host_len);

    must(urlmeta_url_same_site(u->text + u->host, u->host_len,
                               u->text + u->host, u->host_len));
}


static void
check_link(const char *base, size_t base_len, const char *ref, size_t ref_len)
{
    char    out[URLMETA_URL_TEXT_MAX], again[URLMETA_URL_TEXT_MAX];
    size_t  len;

    len = urlmeta_url_resolve_link(out, base, base_len, ref, ref_len);

    if (len == 0) {
        return;
    }

    must(len < URLMETA_URL_TEXT_MAX);
    must(strlen(out) == len);
    must(memcmp(out, "http", 4) == 0);
    must(urlmeta_utf8_valid(out, len) == len);

    /* a quotation mark may stand in a host, to the standard */
    must(strcspn(out, " \t\r\n<>") == len);

    must(urlmeta_url_resolve_link(again, NULL, 0, out, len) == len);
    must(strcmp(out, again) == 0);
}


int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    urlmeta_init();

    return 0;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char           *text, *end;
    size_t          len, ref_len;
    const char     *ref;
    urlmeta_url_t   u, resolved;

    text = fuzz_copy(data, size);
    end = memchr(text, '\n', size);

    len = end ? (size_t) (end - text) : size;
    ref = end ? end + 1 : text;
    ref_len = end ? size - len - 1 : size;

    if (urlmeta_url_parse(&u, text, len) == URLMETA_E_NONE) {
        check(&u);

        if (urlmeta_url_resolve(&resolved, &u, ref, ref_len)
            == URLMETA_E_NONE)
        {
            check(&resolved);
        }

        check_link(u.text, u.len, ref, ref_len);
    }

    check_link(NULL, 0, text, len);
    check_link("https://example.com/a/b?c", 25, ref, ref_len);

    free(text);

    return 0;
}
