
/*
 * The errors that a client can see, their HTTP status and their words.
 */


#ifndef _URLMETA_ERROR_H_INCLUDED_
#define _URLMETA_ERROR_H_INCLUDED_


/* numbers are stored in shared memory and in snapshots: add at the end only */

typedef enum {
    URLMETA_E_NONE = 0,
    URLMETA_E_URL_MISSING,
    URLMETA_E_FORMAT_UNKNOWN,
    URLMETA_E_BATCH_INVALID,
    URLMETA_E_METHOD_NOT_ALLOWED,
    URLMETA_E_RATE_LIMITED,
    URLMETA_E_LOOP_DETECTED,
    URLMETA_E_INTERNAL_ERROR,
    URLMETA_E_URL_INVALID,
    URLMETA_E_URL_TOO_LONG,
    URLMETA_E_SCHEME_DENIED,
    URLMETA_E_USERINFO_DENIED,
    URLMETA_E_HOST_INVALID,
    URLMETA_E_PORT_DENIED,
    URLMETA_E_HOST_DENIED,
    URLMETA_E_ADDRESS_DENIED,
    URLMETA_E_SIGNATURE_INVALID,
    URLMETA_E_UPSTREAM_STATUS,
    URLMETA_E_REDIRECT_DENIED,
    URLMETA_E_REDIRECT_LIMIT,
    URLMETA_E_DNS_NOT_FOUND,
    URLMETA_E_DNS_FAILED,
    URLMETA_E_CONNECT_FAILED,
    URLMETA_E_CONNECT_RESET,
    URLMETA_E_TLS_FAILED,
    URLMETA_E_PROTOCOL_ERROR,
    URLMETA_E_HEADER_TOO_LARGE,
    URLMETA_E_ENCODING_DENIED,
    URLMETA_E_ENCODING_BAD,
    URLMETA_E_INCOMPLETE,
    URLMETA_E_HOST_BUSY,
    URLMETA_E_BUSY,
    URLMETA_E_DNS_TIMEOUT,
    URLMETA_E_CONNECT_TIMEOUT,
    URLMETA_E_UPSTREAM_TIMEOUT,
    URLMETA_E_ROBOTS_DENIED,
    URLMETA_E_MAX
} urlmeta_error_e;


typedef struct {
    const char  *code;          /* "address_denied" */
    unsigned     status;        /* of our answer */
    const char  *title;         /* what was wrong, a few words */
    const char  *detail;        /* what was wrong and what to do */
} urlmeta_error_t;


/* never NULL; a number out of range is URLMETA_E_INTERNAL_ERROR's */
const urlmeta_error_t *urlmeta_error(urlmeta_error_e e);

/* the HTTP status of our answer; upstream_status matters for one code only */
unsigned urlmeta_error_status(urlmeta_error_e e, unsigned upstream_status);


#endif /* _URLMETA_ERROR_H_INCLUDED_ */
