
/*
 * What the processes of the fault laboratory share.
 */


#ifndef _URLMETA_FAULT_H_INCLUDED_
#define _URLMETA_FAULT_H_INCLUDED_


#include "lab.h"


#define LAB_SLOTS    4
#define LAB_KEYS     96
#define LAB_POINTS   1000
#define LAB_ARMED    10
#define LAB_LIFE     400           /* operations, on the average */
#define LAB_LEASE    30            /* ms */
#define LAB_SIZE     (256 * 1024)
#define LAB_HELD     2
#define LAB_LINGER   5000


enum {
    LAB_GET = 0,
    LAB_PUT,
    LAB_VARIANT,
    LAB_RENEW,
    LAB_DELETE,
    LAB_PREFIX,
    LAB_LEASED,
    LAB_POLL,
    LAB_USE,
    LAB_HOST,
    LAB_NEXT,
    LAB_SAVE,
    LAB_OPS
};


typedef struct {
    uint32_t                        pid;
    uint64_t                        deadline;
} lab_holder_t;


typedef struct {
    uint32_t                        armed[LAB_POINTS];
    uint32_t                        kills[LAB_POINTS];
    uint64_t                        passed[LAB_POINTS];
    uint32_t                        started[LAB_KEYS];
    uint32_t                        completed[LAB_KEYS];
    lab_holder_t                    holders[LAB_KEYS];
    uint64_t                        ops[LAB_OPS];
    uint64_t                        hits;
    uint64_t                        dead_holders;
    uint64_t                        leased_again;
    uint64_t                        bodies;
    uint64_t                        wrong;
    uint64_t                        failed;
    uint64_t                        stuck;
    uint32_t                        dead[LAB_SLOTS];
    uint32_t                        stop;
    char                            what[512];
} lab_shared_t;


#define lab_count(n)  __atomic_add_fetch(&(n), 1, __ATOMIC_RELAXED)


extern lab_shared_t              *lab_shared;
extern ngx_shm_zone_t            *lab_shm;
extern ngx_http_urlmeta_cache_t  *lab_zone_cache;
extern ngx_pool_t                *lab_pool;
extern ngx_uint_t                 lab_mortal;


void lab_fail(uint64_t *counter, const char *what);

/* against the versions that it may be */
void lab_check(uint32_t id, uint32_t least, uint32_t most, ngx_uint_t variant,
    lab_card_t *card);

/* a process of its own, until it dies or all end */
void lab_worker(ngx_uint_t slot, uint64_t seed);


#endif /* _URLMETA_FAULT_H_INCLUDED_ */
