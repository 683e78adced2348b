
/*
 * What the policy on targets sees of a URL, before names are resolved: "URL",
 * or "URL LF REDIRECT".  Nothing that names a denied address or host may look
 * like something else: to libcurl, which gets the canonical text, a host is
 * what it is here; an address is judged the same in every form; and no other
 * spelling of a URL has another canonical text.
 */


#include <arpa/inet.h>

#include <curl/curl.h>

#include "address.h"
#include "fuzz.h"
#include "url.h"
#include "urlmeta.h"


static int allowed(const urlmeta_url_t *u);
static void check_address(const urlmeta_url_t *u);
static void check_embedded(const unsigned char *addr);
static void check_libcurl(const urlmeta_url_t *u);
static void check_spellings(const urlmeta_url_t *u);
static void same(const urlmeta_url_t *u, const char *text, size_t len);


/* the policy's defaults, but for ports and names that have to be resolved */

static int
allowed(const urlmeta_url_t *u)
{
    switch (u->host_type) {

    case URLMETA_HOST_IPV4:
        return !urlmeta_address_special4(u->addr);

    case URLMETA_HOST_IPV6:
        return !urlmeta_address_special6(u->addr);

    default:
        return !urlmeta_url_host_special(u->text + u->host, u->host_len);
    }
}


static void
check_address(const urlmeta_url_t *u)
{
    char            host[INET6_ADDRSTRLEN + 3];
    size_t          len;
    unsigned char   addr[16];

    if (u->host_type == URLMETA_HOST_NAME) {

        /* no reader of old notations takes it for an address */

        len = u->host_len < sizeof(host) ? u->host_len : sizeof(host) - 1;
        memcpy(host, u->text + u->host, len);
        host[len] = '\0';

        must(inet_pton(AF_INET, host, addr) != 1);
        must(inet_pton(AF_INET6, host, addr) != 1);
        must(u->host_len >= sizeof(host)
             || inet_aton(host, (struct in_addr *) addr) == 0);

        return;
    }

    must(u->host_len < sizeof(host));

    if (u->host_type == URLMETA_HOST_IPV4) {
        memcpy(host, u->text + u->host, u->host_len);
        host[u->host_len] = '\0';

        must(inet_pton(AF_INET, host, addr) == 1);
        must(memcmp(addr, u->addr, 4) == 0);

        check_embedded(u->addr);

    } else {
        must(u->text[u->host] == '[');
        must(u->text[u->host + u->host_len - 1] == ']');

        memcpy(host, u->text + u->host + 1, u->host_len - 2);
        host[u->host_len - 2] = '\0';

        must(inet_pton(AF_INET6, host, addr) == 1);
        must(memcmp(addr, u->addr, 16) == 0);
    }
}


/* a denied IPv4 address is denied within every IPv6 one that leads to it */

static void
check_embedded(const unsigned char *addr)
{
    int            special;
    size_t         i;
    unsigned char  six[16];

    static const struct {
        unsigned char  prefix[12];
        unsigned       at;
    } forms[] = {
        { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff }, 12 },
        { { 0 }, 12 },
        { { 0, 0x64, 0xff, 0x9b }, 12 },
        { { 0x20, 0x02 }, 2 },
        { { 0x20, 0x01, 0x04, 0x70, 0, 1, 0, 2, 0, 0, 0x5e, 0xfe }, 12 }
    };

    special = urlmeta_address_special4(addr);

    for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        memset(six, 0, sizeof(six));
        memcpy(six, forms[i].prefix, sizeof(forms[i].prefix));
        memcpy(six + forms[i].at, addr, 4);

        must(!special || urlmeta_address_special6(six));
    }
}


static void
check_libcurl(const urlmeta_url_t *u)
{
    char     *host, *port;
    CURLU    *h;
    size_t    len;
    CURLUcode rc;

    h = curl_url();
    must(h != NULL);

    rc = curl_url_set(h, CURLUPART_URL, u->text, 0);

    /* what libcurl does not take it does not ask */

    if (rc == CURLUE_OK) {
        must(curl_url_get(h, CURLUPART_HOST, &host, 0) == CURLUE_OK);
        must(curl_url_get(h, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT)
             == CURLUE_OK);

        len = strlen(host);

        must(len == u->host_len);
        must(memcmp(host, u->text + u->host, len) == 0);
        must((unsigned) atoi(port) == u->port);

        curl_free(host);
        curl_free(port);
    }

    curl_url_cleanup(h);
}


/* of a canonical text that is as long as it may be, there are no others */

static void
check_spellings(const urlmeta_url_t *u)
{
    char    text[URLMETA_URL_TEXT_MAX + 64];
    size_t  i, n;

    /* a fragment, and the scheme and host in capitals */

    n = snprintf(text, sizeof(text), "%s#a/../@[", u->text);

    for (i = 0; i < u->host + u->host_len; i++) {

        if (text[i] >= 'a' && text[i] <= 'z') {
            text[i] -= 'a' - 'A';
        }
    }

    same(u, text, n);

    /* the default port, and a dot behind a name */

    if (u->default_port) {
        n = snprintf(text, sizeof(text), "%.*s%s:%03u%s",
                     (int) (u->host + u->host_len), u->text,
                     u->host_type == URLMETA_HOST_NAME ? "." : "", u->port,
                     u->text + u->path);
        same(u, text, n);
    }

    /* segments that go nowhere */

    n = snprintf(text, sizeof(text), "%.*s/./x/%%2E%%2e%s", (int) u->path,
                 u->text, u->text + u->path);
    same(u, text, n);
}


static void
same(const urlmeta_url_t *u, const char *text, size_t len)
{
    urlmeta_url_t  other;

    if (len > URLMETA_URL_MAX) {
        return;
    }

    must(urlmeta_url_parse(&other, text, len) == URLMETA_E_NONE);
    must(strcmp(other.text, u->text) == 0);
    must(other.host_type == u->host_type && other.port == u->port);
    must(allowed(&other) == allowed(u));
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
    size_t          len;
    urlmeta_url_t   u, to;

    text = fuzz_copy(data, size);
    end = memchr(text, '\n', size);
    len = end ? (size_t) (end - text) : size;

    if (urlmeta_url_parse(&u, text, len) == URLMETA_E_NONE) {
        check_address(&u);
        check_libcurl(&u);
        check_spellings(&u);

        if (end && urlmeta_url_resolve(&to, &u, end + 1, size - len - 1)
                   == URLMETA_E_NONE)
        {
            check_address(&to);
            check_libcurl(&to);
            check_spellings(&to);
        }
    }

    free(text);

    return 0;
}
