
/*
 * How long a card is fresh: RFC 9111's arithmetic, for the answer that a card
 * was made of.  No function here allocates, and every value may be hostile.
 */


#ifndef _URLMETA_FRESHNESS_H_INCLUDED_
#define _URLMETA_FRESHNESS_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>


/* what is larger counts as this, RFC 9111 section 1.2.2 */
#define URLMETA_SECONDS_MAX   2147483648

/* of what urlmeta_freshness_pack() writes */
#define URLMETA_FIELDS_MAX    1024

/* s, of a page that broke off or must not be stored */
#define URLMETA_SHIELD_MAX    60


/* of one response; NULL: absent; several lines of one field joined by ", " */

typedef struct {
    const char  *cache_control;
    const char  *targeted;      /* the one that is obeyed, RFC 9213 */
    const char  *expires;
    const char  *date;
    const char  *age;
    const char  *last_modified;
    const char  *etag;
    const char  *vary;
    unsigned     status;
    unsigned     set_cookie:1;
} urlmeta_freshness_fields_t;


typedef struct {
    int64_t      lifetime;          /* s; -1: nothing was stated and there is
                                       no heuristic */
    int64_t      age;               /* s: corrected initial age */
    int64_t      while_revalidate;  /* s; -1: not stated */
    int64_t      if_error;          /* s; -1: not stated */
    unsigned     stated:1;          /* a lifetime, were it an invalid one */
    unsigned     heuristic:1;
    unsigned     no_store:1;        /* no-store, private, Vary: *, Set-Cookie
                                       where no lifetime is stated */
    unsigned     no_cache:1;
    unsigned     must_revalidate:1; /* proxy-revalidate and s-maxage, too */
    unsigned     bounded:1;         /* a part of a chain stated nothing, so that
                                       the default is its upper bound */
} urlmeta_freshness_t;


typedef struct {
    int64_t      min;               /* s, as all of these */
    int64_t      max;
    int64_t      valid;             /* where nothing is stated */
    int64_t      while_revalidate;  /* maximum, and what holds if not stated */
    int64_t      if_error;
    unsigned     truncated:1;       /* the page broke off */
    unsigned     stated_only:1;     /* what is not stated is 0: nothing is
                                       served stale but by the origin's leave */
} urlmeta_freshness_bounds_t;


typedef struct {
    int64_t      age;               /* s now: what Age begins with */
    int64_t      fresh;             /* s from now; 0: not at all */
    int64_t      while_revalidate;  /* s after it became stale */
    int64_t      if_error;          /* s after it became stale */
    unsigned     store:1;           /* may be kept beyond the answer to those
                                       who wait for it */
} urlmeta_freshness_times_t;


/* "now": s since the epoch when the answer came; "delay": s it took */
void urlmeta_freshness(urlmeta_freshness_t *f,
    const urlmeta_freshness_fields_t *fields, int64_t now, int64_t delay);

/*
 * Adds a redirect that led to the response: what is left of the chain is the
 * least of what is left of its parts, and what forbids one forbids all.  A
 * temporary redirect that states nothing makes the default an upper bound; a
 * permanent one (301, 308) does not.  Its age stays the response's.
 */
void urlmeta_freshness_hop(urlmeta_freshness_t *chain,
    const urlmeta_freshness_t *hop, unsigned hop_status);

void urlmeta_freshness_times(urlmeta_freshness_times_t *t,
    const urlmeta_freshness_t *f, const urlmeta_freshness_bounds_t *bounds);

/*
 * What a refresh needs of the stored response.  pack() writes at most
 * URLMETA_FIELDS_MAX bytes and returns their number, 0 if they are too few.
 * unpack() returns 0 for what pack() did not write; the strings are in "from".
 */
size_t urlmeta_freshness_pack(char *to,
    const urlmeta_freshness_fields_t *fields);
int urlmeta_freshness_unpack(urlmeta_freshness_fields_t *fields,
    const char *from, size_t len);

/*
 * Whether a 304 speaks of the stored response, RFC 9111 section 4.3.4: if it
 * names another validator, only a full fetch can tell.
 */
int urlmeta_freshness_same(const urlmeta_freshness_fields_t *stored,
    const urlmeta_freshness_fields_t *from_304);

/* its fields replace the stored ones, the rest stays */
void urlmeta_freshness_update(urlmeta_freshness_fields_t *stored,
    const urlmeta_freshness_fields_t *from_304);

/*
 * Seconds since the epoch of one of HTTP's three forms, RFC 9110 section
 * 5.6.7, or -1; nothing before 1970.  "now" tells the century of RFC 850's.
 */
int64_t urlmeta_http_date(const char *value, size_t len);
int64_t urlmeta_http_date_at(const char *value, size_t len, int64_t now);

/* Retry-After: seconds from "now" on, or -1 */
int64_t urlmeta_retry_after(const char *value, int64_t now);


#endif /* _URLMETA_FRESHNESS_H_INCLUDED_ */
