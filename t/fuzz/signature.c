
/*
 * Signed requests: "K<URL>LF<format>LF<expires>LF<signature>", where K chooses
 * the keys.  A signature that begins with "=" is the right one, with each pair
 * of bytes behind that a place and what is put there.  What is let through is
 * what urlmeta_signature_make() makes, and nothing else.
 */


#include "fuzz.h"
#include "signature.h"


#define NOW  1893456000


static size_t line(const char **p, const char *last, const char **start);
static int made(const urlmeta_signature_key_t *keys, size_t nkeys,
    const urlmeta_signature_request_t *rq, const char *signature, size_t len);


static const urlmeta_signature_key_t  all[] = {
    { "0123456789abcdef0123456789abcdef", 32 },
    { "a new key of the two, 32 bytes..", 32 },
    { "0123456789abcde", 15 },
    { NULL, 0 }
};


/* the next line and its length; of the last one, all that is left */

static size_t
line(const char **p, const char *last, const char **start)
{
    size_t       len;
    const char  *end;

    *start = *p;
    end = *p < last ? memchr(*p, '\n', last - *p) : NULL;
    len = (end ? end : last) - *p;
    *p = end ? end + 1 : last;

    return len;
}


static int
made(const urlmeta_signature_key_t *keys, size_t nkeys,
    const urlmeta_signature_request_t *rq, const char *signature, size_t len)
{
    int     found;
    char    text[URLMETA_SIGNATURE_LEN + 1];
    size_t  i;

    found = 0;

    for (i = 0; i < nkeys; i++) {

        if (keys[i].len < URLMETA_SIGNATURE_MIN_KEY) {
            must(urlmeta_signature_make(&keys[i], rq, text) == 0);
            return 0;
        }

        if (urlmeta_signature_make(&keys[i], rq, text) != 0) {
            must(strlen(text) == URLMETA_SIGNATURE_LEN);
            found |= len == URLMETA_SIGNATURE_LEN
                     && memcmp(text, signature, len) == 0;
        }
    }

    if (rq->expires) {

        /* the digits were looked at by who made it */

        found &= rq->expires_len <= URLMETA_SIGNATURE_MAX_EXPIRES
                 && strtoll(rq->expires, NULL, 10) >= NOW;
    }

    return found;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char                         *copy, *given, *expires;
    char                          text[URLMETA_SIGNATURE_MAX_TEXT];
    char                          right[URLMETA_SIGNATURE_LEN + 1];
    size_t                        i, first, nkeys, len, n;
    unsigned                      choice;
    const char                   *p, *last, *signature, *part;
    urlmeta_error_e               e;
    urlmeta_signature_request_t   rq;

    choice = fuzz_choice(&data, &size, 16);
    first = choice % 4;
    nkeys = choice / 4 % (5 - first);
    nkeys = nkeys > 4 - first ? 4 - first : nkeys;

    copy = fuzz_copy(data, size);
    p = copy;
    last = copy + size;

    rq.url_len = line(&p, last, &rq.url);
    rq.format_len = line(&p, last, &rq.format);

    /* each has nothing behind it, and strtoll() needs its end */

    rq.expires_len = line(&p, last, &part);
    expires = calloc(1, rq.expires_len + 1);
    must(expires != NULL);
    memcpy(expires, part, rq.expires_len);

    rq.expires = rq.expires_len == 0 ? NULL : expires;

    if (rq.expires_len == 1 && expires[0] == '-') {

        /* an argument that is there and empty */

        rq.expires_len = 0;
        expires[0] = '\0';
    }

    signature = p;
    len = last - p;

    if (len != 0 && signature[0] == '='
        && urlmeta_signature_make(&all[choice & 1], &rq, right) != 0)
    {
        for (i = 1; i + 1 < len; i += 2) {
            right[(unsigned char) signature[i] % URLMETA_SIGNATURE_LEN] =
                signature[i + 1];
        }

        signature = right;
        len = URLMETA_SIGNATURE_LEN;
    }

    given = fuzz_copy(signature, len);

    e = urlmeta_signature_verify(&all[first], nkeys, &rq, given, len, NOW);

    must(e == URLMETA_E_NONE || e == URLMETA_E_SIGNATURE_INVALID);
    must((e == URLMETA_E_NONE)
         == made(&all[first], nkeys, &rq, given, len));

    n = urlmeta_signature_text(&rq, text);

    if (n != 0) {
        must(n == rq.url_len + rq.format_len + rq.expires_len + 2);
        must(memcmp(text, rq.url, rq.url_len) == 0);
        must(text[rq.url_len] == '\n');
        must(text[rq.url_len + 1 + rq.format_len] == '\n');
    }

    free(given);
    free(expires);
    free(copy);

    return 0;
}


int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    return 0;
}
