
/*
 * The only URL parser there is: strict grammar, canonical text, references.
 *
 * A URL that passes urlmeta_url_parse() has one text, and the policy, the
 * cache key and libcurl see only that, so that no two of them disagree about
 * a host.
 */


#ifndef _URLMETA_URL_H_INCLUDED_
#define _URLMETA_URL_H_INCLUDED_


#include <stddef.h>

#include "error.h"


#define URLMETA_URL_MAX       2048      /* bytes as asked */
#define URLMETA_URL_TEXT_MAX  6656      /* canonical: every byte may become
                                           three, and a host grows a little */


typedef enum {
    URLMETA_HOST_NAME = 0,
    URLMETA_HOST_IPV4,
    URLMETA_HOST_IPV6
} urlmeta_host_e;


typedef struct {
    char              text[URLMETA_URL_TEXT_MAX];   /* zero terminated */
    size_t            len;

    /* parts of the text */
    size_t            scheme_len;       /* "http" or "https" at 0 */
    size_t            host;             /* offset; an IPv6 host with brackets */
    size_t            host_len;
    size_t            path;             /* offset of the path, then the query */

    unsigned          port;
    urlmeta_host_e    host_type;
    unsigned char     addr[16];         /* network order, of a literal host;
                                           IPv4 takes the first 4 bytes */
    unsigned          https:1;
    unsigned          default_port:1;
} urlmeta_url_t;


/*
 * The grammar of ../shared/reference/security.md section 2 as url_oracle.py
 * states it, but for what only policy knows: addresses, ports, the list of
 * hosts.  Returns URLMETA_E_NONE, or URL_INVALID, URL_TOO_LONG, SCHEME_DENIED,
 * USERINFO_DENIED, HOST_INVALID, or HOST_DENIED where a port that cannot be
 * read follows a special name.
 */
urlmeta_error_e urlmeta_url_parse(urlmeta_url_t *u, const char *src,
    size_t len);

/*
 * RFC 3986 section 5 (and "" and "#fragment"), then urlmeta_url_parse().
 * White space around the reference is dropped, tabs and line ends within it
 * too, spaces within it are percent-encoded, as the URL standard does for
 * links in pages; Location headers must be checked by the caller before.
 */
urlmeta_error_e urlmeta_url_resolve(urlmeta_url_t *u, const urlmeta_url_t *base,
    const char *ref, size_t len);

/*
 * For texts of a page: resolves "ref" against "base" (an absolute URL, or NULL
 * with length 0: then absolute references only) into "out", of
 * URLMETA_URL_TEXT_MAX bytes, zero terminated.  Unlike urlmeta_url_resolve() it
 * takes every http and https URL a browser would follow (ports, single-label
 * hosts, user names are left to those who fetch or link), and keeps the
 * fragment.  Returns the length, or 0 if the reference is no http or https URL.
 */
size_t urlmeta_url_resolve_link(char *out, const char *base, size_t base_len,
    const char *ref, size_t ref_len);

/* 1 if the name (lower case, canonical) is denied: a single label, or one
   that is equal to or below a special-use suffix */
int urlmeta_url_host_special(const char *name, size_t len);

/* 1 if both names have the same registrable domain (libpsl) */
int urlmeta_url_same_site(const char *a, size_t a_len, const char *b,
    size_t b_len);

/* reads the public suffix list before the first page needs it */
void urlmeta_url_init(void);


#endif /* _URLMETA_URL_H_INCLUDED_ */
