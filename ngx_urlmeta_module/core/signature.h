
/*
 * Signed requests: HMAC-SHA256 over what is asked for.
 *
 * What is signed is
 *
 *     URL LF FORMAT LF EXPIRES
 *
 * without a line end behind it.  URL is the canonical text of
 * urlmeta_url_parse(), FORMAT the name of the format that was asked for, and
 * EXPIRES the decimal digits of the argument, or nothing where there is none.
 * None of them can hold a line end, so no two requests have one text.
 *
 * The signature is base64url (RFC 4648 section 5) of all 32 bytes, without
 * padding: 43 characters, in the one way to write them.
 */


#ifndef _URLMETA_SIGNATURE_H_INCLUDED_
#define _URLMETA_SIGNATURE_H_INCLUDED_


#include <stddef.h>
#include <time.h>

#include "error.h"
#include "url.h"


#define URLMETA_SIGNATURE_MAC_LEN      32
#define URLMETA_SIGNATURE_LEN          43
#define URLMETA_SIGNATURE_MIN_KEY      16      /* bytes */
#define URLMETA_SIGNATURE_MAX_KEYS     8
#define URLMETA_SIGNATURE_MAX_FORMAT   32
#define URLMETA_SIGNATURE_MAX_EXPIRES  15      /* digits */

#define URLMETA_SIGNATURE_MAX_TEXT                                            \
    (URLMETA_URL_TEXT_MAX + URLMETA_SIGNATURE_MAX_FORMAT                      \
     + URLMETA_SIGNATURE_MAX_EXPIRES + 2)


typedef struct {
    const char  *data;
    size_t       len;
} urlmeta_signature_key_t;


/* expires is NULL where there is no such argument */

typedef struct {
    const char  *url;
    size_t       url_len;
    const char  *format;
    size_t       format_len;
    const char  *expires;
    size_t       expires_len;
} urlmeta_signature_request_t;


/* HMAC-SHA256 (RFC 2104), any key; URLMETA_OK or URLMETA_ERROR */
int urlmeta_signature_mac(const urlmeta_signature_key_t *key,
    const char *text, size_t len, unsigned char *mac);

/*
 * The text to sign, of at most URLMETA_SIGNATURE_MAX_TEXT bytes and not zero
 * terminated; its length.  0 if the request cannot be signed: a part is too
 * long, or expires is not 1 to 15 digits without a zero in front.
 */
size_t urlmeta_signature_text(const urlmeta_signature_request_t *rq,
    char *out);

/*
 * The signature, URLMETA_SIGNATURE_LEN characters and a zero; its length.  0 if
 * the request cannot be signed, the key is too short, or memory ran out.
 */
size_t urlmeta_signature_make(const urlmeta_signature_key_t *key,
    const urlmeta_signature_request_t *rq, char *out);

/*
 * Whether one of the keys made the signature, "now" is not after expires, and
 * no key is too short: URLMETA_E_NONE or URLMETA_E_SIGNATURE_INVALID, and
 * URLMETA_E_INTERNAL_ERROR if memory ran out.  Every key is tried, and the
 * work is the same whatever is wrong; length 0 is a missing signature.
 */
urlmeta_error_e urlmeta_signature_verify(const urlmeta_signature_key_t *keys,
    size_t nkeys, const urlmeta_signature_request_t *rq, const char *signature,
    size_t len, time_t now);


#endif /* _URLMETA_SIGNATURE_H_INCLUDED_ */
