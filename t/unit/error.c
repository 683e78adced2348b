
/*
 * The table of errors: a code, a status and words for each.
 */


#include <ctype.h>

#include "tap.h"
#include "error.h"


typedef struct {
    urlmeta_error_e   e;
    unsigned          status;
    const char       *code;
} expected_t;


static const expected_t  expected[] = {
    { URLMETA_E_URL_MISSING, 400, "url_missing" },
    { URLMETA_E_FORMAT_UNKNOWN, 400, "format_unknown" },
    { URLMETA_E_BATCH_INVALID, 400, "batch_invalid" },
    { URLMETA_E_METHOD_NOT_ALLOWED, 405, "method_not_allowed" },
    { URLMETA_E_RATE_LIMITED, 429, "rate_limited" },
    { URLMETA_E_LOOP_DETECTED, 508, "loop_detected" },
    { URLMETA_E_INTERNAL_ERROR, 500, "internal_error" },
    { URLMETA_E_URL_INVALID, 400, "url_invalid" },
    { URLMETA_E_URL_TOO_LONG, 400, "url_too_long" },
    { URLMETA_E_SCHEME_DENIED, 400, "scheme_denied" },
    { URLMETA_E_USERINFO_DENIED, 400, "userinfo_denied" },
    { URLMETA_E_HOST_INVALID, 400, "host_invalid" },
    { URLMETA_E_PORT_DENIED, 400, "port_denied" },
    { URLMETA_E_HOST_DENIED, 403, "host_denied" },
    { URLMETA_E_ADDRESS_DENIED, 403, "address_denied" },
    { URLMETA_E_SIGNATURE_INVALID, 403, "signature_invalid" },
    { URLMETA_E_UPSTREAM_STATUS, 502, "upstream_status" },
    { URLMETA_E_REDIRECT_DENIED, 502, "redirect_denied" },
    { URLMETA_E_REDIRECT_LIMIT, 502, "redirect_limit" },
    { URLMETA_E_DNS_NOT_FOUND, 502, "dns_not_found" },
    { URLMETA_E_DNS_FAILED, 502, "dns_failed" },
    { URLMETA_E_CONNECT_FAILED, 502, "connect_failed" },
    { URLMETA_E_CONNECT_RESET, 502, "connect_reset" },
    { URLMETA_E_TLS_FAILED, 502, "tls_failed" },
    { URLMETA_E_PROTOCOL_ERROR, 502, "protocol_error" },
    { URLMETA_E_HEADER_TOO_LARGE, 502, "header_too_large" },
    { URLMETA_E_ENCODING_DENIED, 502, "encoding_denied" },
    { URLMETA_E_ENCODING_BAD, 502, "encoding_bad" },
    { URLMETA_E_INCOMPLETE, 502, "incomplete" },
    { URLMETA_E_HOST_BUSY, 503, "host_busy" },
    { URLMETA_E_BUSY, 503, "busy" },
    { URLMETA_E_DNS_TIMEOUT, 504, "dns_timeout" },
    { URLMETA_E_CONNECT_TIMEOUT, 504, "connect_timeout" },
    { URLMETA_E_UPSTREAM_TIMEOUT, 504, "upstream_timeout" },
    { URLMETA_E_ROBOTS_DENIED, 403, "robots_denied" }
};


int
main(void)
{
    size_t                  i, n;
    const char             *text;
    const urlmeta_error_t  *err;

    n = sizeof(expected) / sizeof(expected[0]);

    is_int(n, URLMETA_E_MAX - 1, "every code but none is expected here");

    for (i = 0; i < n; i++) {
        err = urlmeta_error(expected[i].e);

        is_str(err->code, expected[i].code, expected[i].code);
        is_int(urlmeta_error_status(expected[i].e, 0), expected[i].status,
               "its status");
        is_int(err->status, expected[i].status, "the same in the table");
        ok(strlen(err->title) > 8 && strlen(err->title) < 60,
           "a title of a few words");
        ok(strlen(err->detail) > 40 && strlen(err->detail) < 300,
           "a detail that helps");
        ok(err->title[strlen(err->title) - 1] != '.', "no stop after a title");
    }

    err = urlmeta_error(URLMETA_E_ADDRESS_DENIED);

    for (text = err->detail; *text; text++) {
        if (isdigit((unsigned char) *text)) {
            break;
        }
    }

    ok(*text == '\0', "address_denied names no address");
    ok(strstr(err->detail, "private") == NULL
       && strstr(err->detail, "address") == NULL
       && strstr(err->detail, "resolve") == NULL
       && strstr(err->detail, "name") == NULL,
       "address_denied tells no rule");

    is_int(urlmeta_error_status(URLMETA_E_UPSTREAM_STATUS, 404), 404,
           "the target's 404 is ours");
    is_int(urlmeta_error_status(URLMETA_E_UPSTREAM_STATUS, 410), 404,
           "the target's 410 is our 404");
    is_int(urlmeta_error_status(URLMETA_E_UPSTREAM_STATUS, 403), 502,
           "the target's 403 is our 502");
    is_int(urlmeta_error_status(URLMETA_E_TLS_FAILED, 404), 502,
           "the upstream status matters for one code only");

    is_str(urlmeta_error(URLMETA_E_MAX)->code, "internal_error",
           "a number past the end");
    is_str(urlmeta_error((urlmeta_error_e) -7)->code, "internal_error",
           "a negative number");
    is_int(urlmeta_error_status((urlmeta_error_e) 100000, 404), 500,
           "the status of a number out of range");

    return done_testing();
}
