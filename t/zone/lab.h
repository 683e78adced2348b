
/*
 * The shared zone without a server around it: nginx's own objects, a zone in
 * real shared memory with nginx's slab pool and mutex, and processes that use
 * it.  A body is a function of its key and version, so that a wrong byte is
 * seen wherever it comes from.
 */


#ifndef _URLMETA_LAB_H_INCLUDED_
#define _URLMETA_LAB_H_INCLUDED_


#include "ngx_http_urlmeta_cache_zone.h"

#include <ngx_event.h>


#define LAB_VARIANTS  2


typedef struct {
    uint32_t                        id;
    uint32_t                        version;
    ngx_uint_t                      variant;
    ngx_uint_t                      error;
    ngx_uint_t                      group;       /* of the name */
    size_t                          len;         /* of the body */
    ngx_http_urlmeta_cache_entry_t  entry;
} lab_card_t;


extern ngx_log_t   lab_log;
extern ngx_uint_t  lab_warnings;
extern char        lab_complaint[512];


/* the global state that nginx's objects need; once */
void lab_init(void);

void lab_die(const char *what);

/* zero for "inactive": a day; "file" of the state, "memory" of the zone, or
   NULL */
ngx_shm_zone_t *lab_zone(size_t size, time_t inactive, const char *file,
    const char *memory);
void lab_zone_free(ngx_shm_zone_t *zone);

/* the zone once more, as after a restart */
ngx_http_urlmeta_cache_t *lab_cache(ngx_shm_zone_t *zone);

uint64_t lab_mix(uint64_t n);
uint64_t lab_random(void);
void lab_seed(uint64_t seed);
size_t lab_between(size_t low, size_t high);
size_t lab_between_log(size_t low, size_t high);

uint64_t lab_ns(void);

void lab_key(u_char *key, uint32_t id, ngx_uint_t variant);
void lab_make(lab_card_t *card);
ngx_int_t lab_put(ngx_shm_zone_t *zone, lab_card_t *card);
ngx_int_t lab_get(ngx_shm_zone_t *zone, ngx_pool_t *pool, uint32_t id,
    ngx_uint_t variant, lab_card_t *card);

/* whether the entry is what lab_make() made of its version; if not, says so */
ngx_uint_t lab_right(uint32_t id, ngx_uint_t variant, lab_card_t *card);

/*
 * A full walk, under the lock: every chunk is free or of one record, lists and
 * hash lead to all records and to nothing else, counters are right.  NULL, or
 * what is wrong.
 */
const char *lab_walk(ngx_http_urlmeta_cache_t *cache);


#endif /* _URLMETA_LAB_H_INCLUDED_ */
