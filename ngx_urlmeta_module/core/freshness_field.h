
/*
 * Cache-Control and its targeted kin, for freshness.c.
 */


#ifndef _URLMETA_FRESHNESS_FIELD_H_INCLUDED_
#define _URLMETA_FRESHNESS_FIELD_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>


typedef struct {
    int64_t      s_maxage;          /* s; -1: absent; 0 where it is invalid */
    int64_t      max_age;
    int64_t      while_revalidate;  /* s; -1: absent or invalid */
    int64_t      if_error;
    unsigned     no_store:1;
    unsigned     no_cache:1;        /* with field names, too */
    unsigned     is_private:1;
    unsigned     is_public:1;
    unsigned     must_revalidate:1;
    unsigned     proxy_revalidate:1;
} urlmeta_cache_control_t;


/* by RFC 9111: of a directive that is repeated the first counts */
void urlmeta_cache_control(urlmeta_cache_control_t *cc, const char *value);

/*
 * By RFC 9213, a dictionary of RFC 8941: returns 0 if it is none, is empty, or
 * a directive's value is of another type; then it is as if it were absent.
 */
int urlmeta_cache_control_targeted(urlmeta_cache_control_t *cc,
    const char *value);

/* digits and nothing else, at most URLMETA_SECONDS_MAX; or -1 */
int64_t urlmeta_delta_seconds(const char *value, size_t len);


#endif /* _URLMETA_FRESHNESS_FIELD_H_INCLUDED_ */
