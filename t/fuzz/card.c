
/*
 * The addresses of a card, judged as the server and "urlmeta --policy" do.
 * The first byte chooses the page's own address, the rest is the page.  What
 * a reader's browser would open is looked at again, by other means: at its
 * authority as it is written.
 */


#include <ctype.h>
#include <jansson.h>

#include "address.h"
#include "buffer.h"
#include "fuzz.h"
#include "url.h"
#include "url_host.h"
#include "urlmeta.h"


static json_t *read_card(const char *url, const uint8_t *data, size_t size,
    int policy, int details);
static void check(const char *own, const char *key, json_t *value, int policy);
static void check_url(const char *own, const char *url, int policy);
static void check_host(const char *host, size_t len);
static size_t authority(const char *url, size_t *scheme);


/* a public page, one that an operator allowed, one without an address */

static const char  *addresses[] = {
    "https://example.com/dir/doc", "http://10.1.2.3:8080/dir/doc",
    "http://wiki.internal/a?b#c", "https://[fd00::1]/", ""
};


static json_t *
read_card(const char *url, const uint8_t *data, size_t size, int policy,
    int details)
{
    int                rc;
    char              *copy;
    json_t            *card;
    urlmeta_buf_t      out;
    urlmeta_http_t     http;
    urlmeta_reader_t  *rd;

    rd = urlmeta_reader_create(url, "text/html; charset=utf-8", details);
    must(rd != NULL);

    if (!policy) {
        urlmeta_reader_any_address(rd);
    }

    copy = fuzz_copy(data, size);
    rc = urlmeta_reader_feed(rd, copy, size);
    must(rc == URLMETA_OK || rc == URLMETA_DONE);
    free(copy);

    memset(&out, 0, sizeof(urlmeta_buf_t));
    memset(&http, 0, sizeof(urlmeta_http_t));

    http.requested_url = url;
    http.effective_url = url;
    http.status = 200;
    http.bytes = size;

    must(urlmeta_reader_card(rd, &http, &out) == URLMETA_OK);

    card = json_loadb(out.data, out.len,
                      JSON_DECODE_INT_AS_REAL|JSON_ALLOW_NUL, NULL);
    must(json_is_object(card));

    urlmeta_buf_free(&out);
    urlmeta_reader_destroy(rd);

    return card;
}


/* every member that holds an address ends in "url" */

static void
check(const char *own, const char *key, json_t *value, int policy)
{
    size_t       i, len;
    json_t      *item;
    const char  *name;

    if (json_is_array(value)) {

        json_array_foreach(value, i, item) {
            check(own, key, item, policy);
        }

        return;
    }

    if (json_is_object(value)) {

        json_object_foreach(value, name, item) {
            check(own, name, item, policy);
        }

        return;
    }

    len = strlen(key);

    if (json_is_string(value)
        && (strcmp(key, "license") == 0
            || (len >= 3 && strcmp(key + len - 3, "url") == 0)))
    {
        must(json_string_length(value) == strlen(json_string_value(value)));
        must(json_string_length(value) <= URLMETA_URL_MAX);
        check_url(own, json_string_value(value), policy);
    }
}


static void
check_url(const char *own, const char *url, int policy)
{
    size_t       i, len, scheme, own_len, own_scheme;
    const char  *host;

    for (i = 0; url[i]; i++) {
        must(url[i] > ' ' && url[i] < 0x7f);
        must(strchr("\"<>\\", url[i]) == NULL);
    }

    len = authority(url, &scheme);
    must(len != 0);

    if (!policy) {
        return;
    }

    /* the page's own scheme, host and port */

    own_len = authority(own, &own_scheme);

    if (own_len && scheme + len == own_scheme + own_len
        && strncmp(url, own, scheme + len) == 0)
    {
        return;
    }

    host = url + scheme;

    must(memchr(host, '@', len) == NULL);
    must(memchr(host, '%', len) == NULL);

    for (i = len; i > 0 && host[i - 1] >= '0' && host[i - 1] <= '9'; i--) {
        /* void */
    }

    if (i > 0 && host[i - 1] == ':' && (host[0] != '[' || host[i - 2] == ']')) {
        must(i == len || atoi(host + i) == (scheme == 7 ? 80 : 443));
        len = i - 1;
    }

    check_host(host, len);
}


static void
check_host(const char *host, size_t len)
{
    size_t         i, last;
    unsigned char  addr[16];

    for (i = 0; i < len; i++) {
        must(!(host[i] >= 'A' && host[i] <= 'Z'));
    }

    if (host[0] == '[') {
        len = strcspn(host, "]");
        must(urlmeta_host_ipv6(addr, host + 1, len - 1));
        must(!urlmeta_address_special6(addr));
        return;
    }

    if (host[len - 1] == '.') {
        len--;
    }

    for (last = len; last > 0 && host[last - 1] != '.'; last--) { /* void */ }

    /* to a browser a name that ends in a number is an address, of any form */

    i = last;

    while (i < len && isdigit((unsigned char) host[i])) {
        i++;
    }

    if (i < len && i == last + 1 && host[last] == '0' && host[i] == 'x') {
        i++;

        while (i < len && isxdigit((unsigned char) host[i])) {
            i++;
        }
    }

    if (i == len) {
        must(urlmeta_host_ipv4(addr, host, len));
        must(!urlmeta_address_special4(addr));
        return;
    }

    must(last != 0);
    must(!urlmeta_url_host_special(host, len));
}


/* the length of the authority, which stands after "*scheme" bytes */

static size_t
authority(const char *url, size_t *scheme)
{
    *scheme = strncmp(url, "http://", 7) == 0 ? 7
              : strncmp(url, "https://", 8) == 0 ? 8 : 0;

    return *scheme ? strcspn(url + *scheme, "/?#") : 0;
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
    size_t       i;
    json_t      *card, *open, *details, *value;
    const char  *own, *key;

    /* what the policy has no say in */

    static const char  *keys[] = {
        "title", "title_short", "description", "site_name", "published",
        "modified", "language", "direction", "locale", "tags", "section",
        "facts", "labels", "theme_color", "robots", "twitter",
        "fediverse_creator", "http", NULL
    };

    own = addresses[fuzz_choice(&data, &size,
                                sizeof(addresses) / sizeof(char *))];

    card = read_card(own, data, size, 1, 0);
    details = read_card(own, data, size, 1, 1);
    open = read_card(own, data, size, 0, 1);

    check(own, "", card, 1);

    json_object_foreach(details, key, value) {

        /* these are what the page says, judged by nobody */

        if (strcmp(key, "meta") && strcmp(key, "json_ld")
            && strcmp(key, "links") && strcmp(key, "headings")
            && strcmp(key, "sources"))
        {
            check(own, key, value, 1);
            check(own, key, json_object_get(open, key), 0);
        }
    }

    for (i = 0; keys[i]; i++) {
        must(json_equal(json_object_get(details, keys[i]),
                        json_object_get(open, keys[i])));
    }

    json_decref(card);
    json_decref(details);
    json_decref(open);

    return 0;
}
