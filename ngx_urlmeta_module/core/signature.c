
/*
 * Signed requests.
 */


#include <stdint.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#if (OPENSSL_VERSION_NUMBER >= 0x30000000L)
#include <openssl/core_names.h>
#include <openssl/params.h>
#endif

#include "buffer.h"
#include "signature.h"


/* all bits if a character is in a range, else none, without a branch */
#define urlmeta_signature_in(c, first, last)                                  \
    (-(((unsigned) ((first) - 1 - (c)) & (unsigned) ((c) - (last) - 1)) >> 31))


#if (OPENSSL_VERSION_NUMBER >= 0x30000000L)

/* looking the algorithm up, as HMAC() does, costs three times the digest */

static EVP_MAC_CTX  *urlmeta_signature_ctx;

#else

static HMAC_CTX     *urlmeta_signature_ctx;

#endif


static int urlmeta_signature_expires(const urlmeta_signature_request_t *rq,
    int64_t *value);
static size_t urlmeta_signature_join(const urlmeta_signature_request_t *rq,
    size_t expires_len, char *out);
static void urlmeta_signature_encode(const unsigned char *mac, char *out);
static int urlmeta_signature_decode(const char *src, size_t len,
    unsigned char *mac);


size_t
urlmeta_signature_text(const urlmeta_signature_request_t *rq, char *out)
{
    int64_t  value;

    if (rq->url_len >= URLMETA_URL_TEXT_MAX
        || rq->format_len > URLMETA_SIGNATURE_MAX_FORMAT
        || !urlmeta_signature_expires(rq, &value))
    {
        return 0;
    }

    return urlmeta_signature_join(rq, rq->expires_len, out);
}


size_t
urlmeta_signature_make(const urlmeta_signature_key_t *key,
    const urlmeta_signature_request_t *rq, char *out)
{
    char           text[URLMETA_SIGNATURE_MAX_TEXT];
    size_t         len;
    unsigned char  mac[URLMETA_SIGNATURE_MAC_LEN];

    len = urlmeta_signature_text(rq, text);

    if (len == 0 || key->len < URLMETA_SIGNATURE_MIN_KEY
        || urlmeta_signature_mac(key, text, len, mac) != URLMETA_OK)
    {
        return 0;
    }

    urlmeta_signature_encode(mac, out);

    return URLMETA_SIGNATURE_LEN;
}


urlmeta_error_e
urlmeta_signature_verify(const urlmeta_signature_key_t *keys, size_t nkeys,
    const urlmeta_signature_request_t *rq, const char *signature, size_t len,
    time_t now)
{
    int            bad, matched;
    char           text[URLMETA_SIGNATURE_MAX_TEXT];
    size_t         i, text_len;
    int64_t        expires;
    unsigned char  mac[URLMETA_SIGNATURE_MAC_LEN];
    unsigned char  given[URLMETA_SIGNATURE_MAC_LEN];

    if (rq->url_len >= URLMETA_URL_TEXT_MAX
        || rq->format_len > URLMETA_SIGNATURE_MAX_FORMAT)
    {
        /* of the caller's own making: no canonical URL, no format */

        return URLMETA_E_SIGNATURE_INVALID;
    }

    /*
     * What is wrong is only noted, and the MACs are made and compared in any
     * case: neither the answer nor its time tells a reason.
     */

    bad = !urlmeta_signature_expires(rq, &expires);
    text_len = urlmeta_signature_join(rq, bad ? 0 : rq->expires_len, text);

    bad |= rq->expires && expires < (int64_t) now;
    bad |= !urlmeta_signature_decode(signature, len, given);

    matched = 0;

    for (i = 0; i < nkeys; i++) {
        bad |= keys[i].len < URLMETA_SIGNATURE_MIN_KEY;

        if (urlmeta_signature_mac(&keys[i], text, text_len, mac)
            != URLMETA_OK)
        {
            return URLMETA_E_INTERNAL_ERROR;
        }

        matched |= CRYPTO_memcmp(mac, given, URLMETA_SIGNATURE_MAC_LEN) == 0;
    }

    return (matched & !bad) ? URLMETA_E_NONE : URLMETA_E_SIGNATURE_INVALID;
}


#if (OPENSSL_VERSION_NUMBER >= 0x30000000L)

int
urlmeta_signature_mac(const urlmeta_signature_key_t *key, const char *text,
    size_t len, unsigned char *mac)
{
    char          digest[] = OSSL_DIGEST_NAME_SHA2_256;
    size_t        n;
    EVP_MAC      *hmac;
    OSSL_PARAM    params[2];
    EVP_MAC_CTX  *ctx;

    ctx = urlmeta_signature_ctx;
    params[0] = OSSL_PARAM_construct_end();

    if (ctx == NULL) {
        hmac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
        if (hmac == NULL) {
            return URLMETA_ERROR;
        }

        ctx = EVP_MAC_CTX_new(hmac);
        EVP_MAC_free(hmac);

        if (ctx == NULL) {
            return URLMETA_ERROR;
        }

        params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
                                                     digest, 0);
        params[1] = OSSL_PARAM_construct_end();
    }

    /* a NULL key would be the one of before */

    if (!EVP_MAC_init(ctx, (const unsigned char *) (key->len ? key->data : ""),
                      key->len, params)
        || !EVP_MAC_update(ctx, (const unsigned char *) text, len)
        || !EVP_MAC_final(ctx, mac, &n, URLMETA_SIGNATURE_MAC_LEN)
        || n != URLMETA_SIGNATURE_MAC_LEN)
    {
        urlmeta_signature_ctx = NULL;
        EVP_MAC_CTX_free(ctx);

        return URLMETA_ERROR;
    }

    urlmeta_signature_ctx = ctx;

    return URLMETA_OK;
}

#else

int
urlmeta_signature_mac(const urlmeta_signature_key_t *key, const char *text,
    size_t len, unsigned char *mac)
{
    unsigned  n;

    if (urlmeta_signature_ctx == NULL) {
        urlmeta_signature_ctx = HMAC_CTX_new();

        if (urlmeta_signature_ctx == NULL) {
            return URLMETA_ERROR;
        }
    }

    if (!HMAC_Init_ex(urlmeta_signature_ctx, key->len ? key->data : "",
                      (int) key->len, EVP_sha256(), NULL)
        || !HMAC_Update(urlmeta_signature_ctx, (const unsigned char *) text,
                        len)
        || !HMAC_Final(urlmeta_signature_ctx, mac, &n)
        || n != URLMETA_SIGNATURE_MAC_LEN)
    {
        HMAC_CTX_free(urlmeta_signature_ctx);
        urlmeta_signature_ctx = NULL;

        return URLMETA_ERROR;
    }

    return URLMETA_OK;
}

#endif


/* 1 if there is none, or one that is written in the one way there is */

static int
urlmeta_signature_expires(const urlmeta_signature_request_t *rq,
    int64_t *value)
{
    size_t  i;

    *value = 0;

    if (rq->expires == NULL) {
        return 1;
    }

    if (rq->expires_len == 0
        || rq->expires_len > URLMETA_SIGNATURE_MAX_EXPIRES
        || (rq->expires[0] == '0' && rq->expires_len > 1))
    {
        return 0;
    }

    for (i = 0; i < rq->expires_len; i++) {

        if (rq->expires[i] < '0' || rq->expires[i] > '9') {
            return 0;
        }

        *value = *value * 10 + (rq->expires[i] - '0');
    }

    return 1;
}


static size_t
urlmeta_signature_join(const urlmeta_signature_request_t *rq,
    size_t expires_len, char *out)
{
    char  *p;

    p = out;

    memcpy(p, rq->url, rq->url_len);
    p += rq->url_len;
    *p++ = '\n';

    memcpy(p, rq->format, rq->format_len);
    p += rq->format_len;
    *p++ = '\n';

    if (rq->expires) {
        memcpy(p, rq->expires, expires_len);
        p += expires_len;
    }

    return p - out;
}


static void
urlmeta_signature_encode(const unsigned char *mac, char *out)
{
    size_t    i, n;
    unsigned  bits, count;

    static const char  alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "abcdefghijklmnopqrstuvwxyz"
                                    "0123456789-_";

    bits = 0;
    count = 0;
    n = 0;

    for (i = 0; i < URLMETA_SIGNATURE_MAC_LEN; i++) {
        bits = (bits << 8 | mac[i]) & 0xffff;
        count += 8;

        while (count >= 6) {
            count -= 6;
            out[n++] = alphabet[bits >> count & 0x3f];
        }
    }

    out[n++] = alphabet[bits << (6 - count) & 0x3f];
    out[n] = '\0';
}


/*
 * 1 if it is well formed, which includes that the last two bits, which are no
 * part of the 32 bytes, are zero: a signature has one spelling.  As many
 * steps whatever is given.
 */

static int
urlmeta_signature_decode(const char *src, size_t len, unsigned char *mac)
{
    int       good, value, c;
    char      text[URLMETA_SIGNATURE_LEN];
    size_t    i, n;
    unsigned  bits, count;

    memset(text, 'A', URLMETA_SIGNATURE_LEN);

    good = (len == URLMETA_SIGNATURE_LEN);

    if (len != 0) {
        n = len < URLMETA_SIGNATURE_LEN ? len : URLMETA_SIGNATURE_LEN;
        memcpy(text, src, n);
    }

    bits = 0;
    count = 0;
    n = 0;

    for (i = 0; i < URLMETA_SIGNATURE_LEN; i++) {
        c = (unsigned char) text[i];

        value = -1 + (urlmeta_signature_in(c, 'A', 'Z') & (c - 'A' + 1))
                + (urlmeta_signature_in(c, 'a', 'z') & (c - 'a' + 27))
                + (urlmeta_signature_in(c, '0', '9') & (c - '0' + 53))
                + (urlmeta_signature_in(c, '-', '-') & 63)
                + (urlmeta_signature_in(c, '_', '_') & 64);

        good &= value >= 0;

        bits = (bits << 6 | (value & 0x3f)) & 0xffff;
        count += 6;

        if (count >= 8) {
            count -= 8;
            mac[n++] = (unsigned char) (bits >> count);
        }
    }

    return good & ((bits & 3) == 0);
}
