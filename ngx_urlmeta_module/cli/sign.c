
/*
 * Signed requests for a location with urlmeta_signature.
 */


#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../core/signature.h"

#include "cli.h"


/* bytes of a file with a key; more is some other file */
#define URLMETA_SIGN_MAX_KEY  4096


static int urlmeta_sign_key(const urlmeta_cli_sign_t *sign, char *out,
    urlmeta_signature_key_t *key);
static int urlmeta_sign_file(const char *file, char *out, size_t *len);
static int urlmeta_sign_expires(const char *text, char *out, size_t size);
static int urlmeta_sign_print(const urlmeta_cli_sign_t *sign,
    const urlmeta_signature_request_t *rq, const char *signature);
static void urlmeta_sign_escape(const char *text, size_t len);


int
urlmeta_cli_sign(const urlmeta_cli_sign_t *sign, const char *url)
{
    int                           rc;
    char                          text[URLMETA_SIGN_MAX_KEY + 1];
    char                          expires[32];
    char                          signature[URLMETA_SIGNATURE_LEN + 1];
    urlmeta_error_e               e;
    urlmeta_signature_key_t       key;
    urlmeta_signature_request_t   rq;

    static urlmeta_url_t  parsed;

    memset(&rq, 0, sizeof(urlmeta_signature_request_t));

    rc = urlmeta_sign_key(sign, text, &key);

    if (rc != URLMETA_CLI_OK) {
        return rc;
    }

    if (key.len < URLMETA_SIGNATURE_MIN_KEY) {
        urlmeta_cli_error("the key is too short, it must have %d bytes at "
                          "least", URLMETA_SIGNATURE_MIN_KEY);
        return URLMETA_CLI_FAILED;
    }

    if (sign->expires) {

        if (urlmeta_sign_expires(sign->expires, expires, sizeof(expires))
            == -1)
        {
            urlmeta_cli_error("--expires takes seconds since 1970, or +N for "
                              "N seconds from now");
            return URLMETA_CLI_USAGE;
        }

        rq.expires = expires;
        rq.expires_len = strlen(expires);
    }

    e = urlmeta_url_parse(&parsed, url, strlen(url));

    if (e != URLMETA_E_NONE) {
        urlmeta_cli_error("%s: %s", url, urlmeta_error(e)->title);
        return URLMETA_CLI_FAILED;
    }

    rq.url = parsed.text;
    rq.url_len = parsed.len;
    rq.format = sign->format ? sign->format : "json";
    rq.format_len = strlen(rq.format);

    if (urlmeta_signature_make(&key, &rq, signature) == 0) {
        urlmeta_cli_error("the signature could not be made");
        return URLMETA_CLI_FAILED;
    }

    return urlmeta_sign_print(sign, &rq, signature);
}


static int
urlmeta_sign_key(const urlmeta_cli_sign_t *sign, char *out,
    urlmeta_signature_key_t *key)
{
    key->data = sign->key;

    if (sign->file) {
        key->data = out;
        return urlmeta_sign_file(sign->file, out, &key->len);
    }

    if (sign->env) {
        key->data = getenv(sign->env);

        if (key->data == NULL) {
            urlmeta_cli_error("there is no variable \"%s\" in the environment",
                              sign->env);
            return URLMETA_CLI_FAILED;
        }
    }

    key->len = strlen(key->data);

    return URLMETA_CLI_OK;
}


/* the whole file but for a line end, which editors add */

static int
urlmeta_sign_file(const char *file, char *out, size_t *len)
{
    int    failed;
    FILE  *f;

    f = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");

    if (f == NULL) {
        urlmeta_cli_error("%s: %s", file, strerror(errno));
        return URLMETA_CLI_FAILED;
    }

    *len = fread(out, 1, URLMETA_SIGN_MAX_KEY + 1, f);
    failed = ferror(f);

    if (failed) {
        urlmeta_cli_error("%s: %s", file, strerror(errno));
    }

    if (f != stdin) {
        (void) fclose(f);
    }

    if (failed) {
        return URLMETA_CLI_FAILED;
    }

    if (*len > URLMETA_SIGN_MAX_KEY) {
        urlmeta_cli_error("%s: more than %d bytes are no key", file,
                          URLMETA_SIGN_MAX_KEY);
        return URLMETA_CLI_FAILED;
    }

    if (*len && out[*len - 1] == '\n') {
        (*len)--;
    }

    if (*len && out[*len - 1] == '\r') {
        (*len)--;
    }

    return URLMETA_CLI_OK;
}


static int
urlmeta_sign_expires(const char *text, char *out, size_t size)
{
    size_t     i, start;
    long long  value;

    start = (text[0] == '+');

    for (i = start; text[i]; i++) {

        if (text[i] < '0' || text[i] > '9'
            || i - start == URLMETA_SIGNATURE_MAX_EXPIRES - 1)
        {
            return -1;
        }
    }

    if (i == start) {
        return -1;
    }

    value = strtoll(text + start, NULL, 10);

    if (start) {
        value += (long long) time(NULL);
    }

    (void) snprintf(out, size, "%lld", value);

    return 0;
}


static int
urlmeta_sign_print(const urlmeta_cli_sign_t *sign,
    const urlmeta_signature_request_t *rq, const char *signature)
{
    printf("url=");
    urlmeta_sign_escape(rq->url, rq->url_len);

    if (sign->format) {
        printf("&format=%s", rq->format);
    }

    if (rq->expires) {
        printf("&expires=%s", rq->expires);
    }

    printf("&signature=%s\n", signature);

    if (fflush(stdout) != 0) {
        urlmeta_cli_error("standard output: %s", strerror(errno));
        return URLMETA_CLI_FAILED;
    }

    return URLMETA_CLI_OK;
}


static void
urlmeta_sign_escape(const char *text, size_t len)
{
    size_t         i;
    unsigned char  c;

    for (i = 0; i < len; i++) {
        c = (unsigned char) text[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
            || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_'
            || c == '~')
        {
            putchar(c);

        } else {
            printf("%%%02X", c);
        }
    }
}
