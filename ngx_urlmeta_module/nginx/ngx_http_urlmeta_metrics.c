
/*
 * The counters' zone.
 *
 *   header | gauges of each process | slots
 *
 * A worker adds to a slot of its own, so that no cache line goes from core to
 * core; the reader adds up the slots.  Nothing is ever taken away from a
 * counter, and nothing in the zone needs a worker to be alive: one that is
 * killed leaves what it has counted.
 */


#include "ngx_http_urlmeta_metrics.h"


#define NGX_HTTP_URLMETA_METRICS_MAGIC   0x75726c63

/* to be changed where the meaning of a counter changes, but not their number */
#define NGX_HTTP_URLMETA_METRICS_LAYOUT  (1 << 16 | NGX_HTTP_URLMETA_COUNT_MAX)

/* processes of a higher number share them */
#define NGX_HTTP_URLMETA_METRICS_SLOTS   64

#define NGX_HTTP_URLMETA_METRICS_LINE    64


typedef struct {
    uint32_t                           magic;
    uint32_t                           layout;
    uint64_t                           since;
} ngx_http_urlmeta_metrics_sh_t;


/* indexed by ngx_process_slot, which no two live processes have in common */

typedef struct {
    ngx_atomic_uint_t                  pid;      /* 0: no worker */
    ngx_atomic_uint_t                  values[NGX_HTTP_URLMETA_GAUGE_MAX];
} ngx_http_urlmeta_metrics_gauges_t;


/* words, since not all platforms add 64 bits at once */

typedef struct {
    ngx_atomic_uint_t                  counts[NGX_HTTP_URLMETA_COUNT_MAX];
} ngx_http_urlmeta_metrics_slot_t;


/* a worker's own */

typedef struct {
    ngx_http_urlmeta_metrics_sh_t      *sh;
    ngx_http_urlmeta_metrics_gauges_t  *gauges;
    u_char                             *slots;
    ngx_http_urlmeta_metrics_slot_t    *slot;
    ngx_http_urlmeta_metrics_gauges_t  *gauge;
} ngx_http_urlmeta_metrics_worker_t;


static ngx_int_t ngx_http_urlmeta_metrics_init_zone(ngx_shm_zone_t *zone,
    void *data);
static ngx_uint_t ngx_http_urlmeta_metrics_alive(ngx_atomic_uint_t pid);


#define ngx_http_urlmeta_metrics_line(size)                                   \
    ngx_align(size, NGX_HTTP_URLMETA_METRICS_LINE)

#define NGX_HTTP_URLMETA_METRICS_SLOT                                         \
    ngx_http_urlmeta_metrics_line(sizeof(ngx_http_urlmeta_metrics_slot_t))

#define NGX_HTTP_URLMETA_METRICS_HEAD                                         \
    ngx_http_urlmeta_metrics_line(sizeof(ngx_http_urlmeta_metrics_sh_t))

#define NGX_HTTP_URLMETA_METRICS_GAUGES                                       \
    ngx_http_urlmeta_metrics_line(NGX_MAX_PROCESSES                           \
                                  * sizeof(ngx_http_urlmeta_metrics_gauges_t))

#define NGX_HTTP_URLMETA_METRICS_SIZE                                         \
    (NGX_HTTP_URLMETA_METRICS_HEAD + NGX_HTTP_URLMETA_METRICS_GAUGES          \
     + NGX_HTTP_URLMETA_METRICS_SLOTS * NGX_HTTP_URLMETA_METRICS_SLOT)


static ngx_http_urlmeta_metrics_worker_t  ngx_http_urlmeta_metrics_worker;


static const ngx_msec_t  ngx_http_urlmeta_metrics_ms[] = {
    5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000
};


static const ngx_msec_t  ngx_http_urlmeta_metrics_us[] = {
    50, 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000
};


ngx_shm_zone_t *
ngx_http_urlmeta_metrics_zone(ngx_conf_t *cf)
{
    size_t           size;
    ngx_shm_zone_t  *zone;

    static ngx_str_t  name = ngx_string("urlmeta_metrics");

    /* the slab pool's own data takes less than two pages of them */

    size = ngx_align(NGX_HTTP_URLMETA_METRICS_SIZE, ngx_pagesize)
           + 8 * ngx_pagesize;

    /*
     * A tag of its own: "urlmeta_cache" with this name must not find the zone,
     * and a size that depends on the layout lets another version of the module
     * have another zone.
     */

    zone = ngx_shared_memory_add(cf, &name, size,
                                 &ngx_http_urlmeta_metrics_worker);
    if (zone == NULL) {
        return NULL;
    }

    zone->init = ngx_http_urlmeta_metrics_init_zone;

    return zone;
}


static ngx_int_t
ngx_http_urlmeta_metrics_init_zone(ngx_shm_zone_t *zone, void *data)
{
    ngx_slab_pool_t                *shpool;
    ngx_http_urlmeta_metrics_sh_t  *sh = data;

    shpool = (ngx_slab_pool_t *) zone->shm.addr;

    if (sh == NULL && zone->shm.exists) {
        sh = shpool->data;
    }

    if (sh == NULL) {
        sh = ngx_slab_alloc(shpool, NGX_HTTP_URLMETA_METRICS_SIZE);
        if (sh == NULL) {
            return NGX_ERROR;
        }

        shpool->data = sh;
        sh->magic = 0;
    }

    zone->data = sh;

    if (sh->magic == NGX_HTTP_URLMETA_METRICS_MAGIC
        && sh->layout == NGX_HTTP_URLMETA_METRICS_LAYOUT)
    {
        /* a reload: old workers go on counting, and nothing is lost */

        return NGX_OK;
    }

    /*
     * New, or of another layout.  Workers of that layout may still count, which
     * makes their last numbers wrong and nothing else: it has the same size.
     */

    ngx_memzero(sh, NGX_HTTP_URLMETA_METRICS_SIZE);

    sh->since = (uint64_t) ngx_time();
    sh->layout = NGX_HTTP_URLMETA_METRICS_LAYOUT;
    sh->magic = NGX_HTTP_URLMETA_METRICS_MAGIC;

    return NGX_OK;
}


void
ngx_http_urlmeta_metrics_init(ngx_shm_zone_t *zone)
{
    u_char                             *p;
    ngx_uint_t                          i;
    ngx_http_urlmeta_metrics_worker_t  *w;

    w = &ngx_http_urlmeta_metrics_worker;

    if (zone == NULL || zone->data == NULL) {
        return;
    }

    p = zone->data;

    w->sh = zone->data;
    w->gauges = (ngx_http_urlmeta_metrics_gauges_t *)
                    (p + NGX_HTTP_URLMETA_METRICS_HEAD);
    w->slots = p + NGX_HTTP_URLMETA_METRICS_HEAD
               + NGX_HTTP_URLMETA_METRICS_GAUGES;

    w->slot = (ngx_http_urlmeta_metrics_slot_t *)
                  (w->slots + ngx_process_slot % NGX_HTTP_URLMETA_METRICS_SLOTS
                              * NGX_HTTP_URLMETA_METRICS_SLOT);
    w->gauge = &w->gauges[ngx_process_slot];

    /* the process that had the number may have been killed */

    for (i = 0; i < NGX_HTTP_URLMETA_GAUGE_MAX; i++) {
        __atomic_store_n(&w->gauge->values[i], 0, __ATOMIC_RELAXED);
    }

    __atomic_store_n(&w->gauge->pid, (ngx_atomic_uint_t) ngx_pid,
                     __ATOMIC_RELAXED);
}


void
ngx_http_urlmeta_metrics_exit(void)
{
    if (ngx_http_urlmeta_metrics_worker.gauge) {
        __atomic_store_n(&ngx_http_urlmeta_metrics_worker.gauge->pid, 0,
                         __ATOMIC_RELAXED);
    }
}


void
ngx_http_urlmeta_count(ngx_uint_t counter)
{
    ngx_http_urlmeta_count_n(counter, 1);
}


void
ngx_http_urlmeta_count_n(ngx_uint_t counter, size_t n)
{
    ngx_http_urlmeta_metrics_slot_t  *slot;

    slot = ngx_http_urlmeta_metrics_worker.slot;

    if (slot == NULL || counter >= NGX_HTTP_URLMETA_COUNT_MAX) {
        return;
    }

    (void) __atomic_fetch_add(&slot->counts[counter], n, __ATOMIC_RELAXED);
}


void
ngx_http_urlmeta_observe(ngx_http_urlmeta_count_e histogram, ngx_msec_t value)
{
    ngx_uint_t         i;
    const ngx_msec_t  *bounds;

    bounds = ngx_http_urlmeta_metrics_bounds(histogram);

    for (i = 0; i < NGX_HTTP_URLMETA_COUNT_BOUNDS; i++) {
        if (value <= bounds[i]) {
            break;
        }
    }

    ngx_http_urlmeta_count(histogram + i);
    ngx_http_urlmeta_count_n(histogram + NGX_HTTP_URLMETA_COUNT_BOUNDS + 1,
                             value);
}


void
ngx_http_urlmeta_gauge(ngx_http_urlmeta_gauge_e gauge, ngx_uint_t value)
{
    if (ngx_http_urlmeta_metrics_worker.gauge == NULL) {
        return;
    }

    __atomic_store_n(&ngx_http_urlmeta_metrics_worker.gauge->values[gauge],
                     value, __ATOMIC_RELAXED);
}


/* nginx's own clock stands still during an event */

uint64_t
ngx_http_urlmeta_slice(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000000000 + (uint64_t) ts.tv_nsec;
}


uint64_t
ngx_http_urlmeta_slice_end(uint64_t begin)
{
    uint64_t  ns;

    ns = ngx_http_urlmeta_slice() - begin;

    ngx_http_urlmeta_count(NGX_HTTP_URLMETA_COUNT_SLICES);

    if (ns > 1000000) {
        ngx_http_urlmeta_count(NGX_HTTP_URLMETA_COUNT_SLICES_1MS);
    }

    if (ns > 10000000) {
        ngx_http_urlmeta_count(NGX_HTTP_URLMETA_COUNT_SLICES_10MS);
    }

    return ns;
}


const ngx_msec_t *
ngx_http_urlmeta_metrics_bounds(ngx_http_urlmeta_count_e histogram)
{
    return histogram == NGX_HTTP_URLMETA_PARSE_TIME
           ? ngx_http_urlmeta_metrics_us : ngx_http_urlmeta_metrics_ms;
}


void
ngx_http_urlmeta_metrics_read(ngx_http_urlmeta_metrics_t *metrics)
{
    ngx_uint_t                          i, n;
    ngx_atomic_uint_t                   pid;
    ngx_http_urlmeta_metrics_slot_t    *slot;
    ngx_http_urlmeta_metrics_worker_t  *w;

    w = &ngx_http_urlmeta_metrics_worker;

    ngx_memzero(metrics, sizeof(ngx_http_urlmeta_metrics_t));

    if (w->sh == NULL) {
        return;
    }

    metrics->since = (time_t) w->sh->since;

    for (n = 0; n < NGX_MAX_PROCESSES; n++) {

        pid = __atomic_load_n(&w->gauges[n].pid, __ATOMIC_RELAXED);

        /* one that was killed in the course of a reload has no successor */

        if (pid == 0 || !ngx_http_urlmeta_metrics_alive(pid)) {
            continue;
        }

        metrics->workers++;

        for (i = 0; i < NGX_HTTP_URLMETA_GAUGE_MAX; i++) {
            metrics->gauges[i] += __atomic_load_n(&w->gauges[n].values[i],
                                                  __ATOMIC_RELAXED);
        }
    }

    for (n = 0; n < NGX_HTTP_URLMETA_METRICS_SLOTS; n++) {

        slot = (ngx_http_urlmeta_metrics_slot_t *)
                   (w->slots + n * NGX_HTTP_URLMETA_METRICS_SLOT);

        for (i = 0; i < NGX_HTTP_URLMETA_COUNT_MAX; i++) {
            metrics->counts[i] += __atomic_load_n(&slot->counts[i],
                                                  __ATOMIC_RELAXED);
        }
    }
}


static ngx_uint_t
ngx_http_urlmeta_metrics_alive(ngx_atomic_uint_t pid)
{
    return pid == (ngx_atomic_uint_t) ngx_pid
           || kill((ngx_pid_t) pid, 0) == 0
           || ngx_errno != NGX_ESRCH;
}
