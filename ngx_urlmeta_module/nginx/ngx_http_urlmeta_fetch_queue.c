
/*
 * When a fetch may start: the worker has room, and its host is not asked by
 * too many others.  What has to wait does so for a moment, in order.
 */


#include "ngx_http_urlmeta_fetch_queue.h"


static void ngx_http_urlmeta_fetch_activate(ngx_http_urlmeta_fetch_t *fetch);
static ngx_uint_t ngx_http_urlmeta_fetch_may_start(
    ngx_http_urlmeta_fetch_t *fetch);
static ngx_uint_t ngx_http_urlmeta_fetch_same_host(
    ngx_http_urlmeta_fetch_t *one, ngx_http_urlmeta_fetch_t *other);


void
ngx_http_urlmeta_fetch_start(ngx_http_urlmeta_fetch_t *fetch)
{
    ngx_http_urlmeta_fetch_worker_t  *w;

    w = &ngx_http_urlmeta_fetch_worker;

    fetch->started = ngx_current_msec;
    ngx_http_urlmeta_count(NGX_HTTP_URLMETA_COUNT_STARTED);

    if (ngx_http_urlmeta_fetch_may_start(fetch)) {
        ngx_http_urlmeta_fetch_activate(fetch);
        return;
    }

    if (w->queued >= NGX_HTTP_URLMETA_MAX_QUEUE) {
        ngx_http_urlmeta_fetch_fail(fetch, URLMETA_E_BUSY, "queue is full");
        return;
    }

    fetch->queued = 1;
    ngx_http_urlmeta_count(NGX_HTTP_URLMETA_COUNT_QUEUED);
    ngx_http_urlmeta_gauge(NGX_HTTP_URLMETA_GAUGE_WAITING, ++w->queued);
    ngx_queue_insert_tail(&w->queue, &fetch->queue);

    if (fetch->leased && fetch->conf->timeout < NGX_HTTP_URLMETA_QUEUE_TIME) {

        /* the lease is not to end while it waits */

        ngx_http_urlmeta_cache_lease_extend(fetch->zone, &fetch->lease,
                                            NGX_HTTP_URLMETA_QUEUE_TIME
                                            + NGX_HTTP_URLMETA_LEASE_MORE);
    }

    ngx_http_urlmeta_fetch_timer(fetch,
                              ngx_current_msec + NGX_HTTP_URLMETA_QUEUE_TIME);
}


void
ngx_http_urlmeta_fetch_queue_handler(ngx_event_t *ev)
{
    ngx_queue_t                      *q, *next;
    ngx_http_urlmeta_fetch_t         *fetch, *blocked;
    ngx_http_urlmeta_fetch_worker_t  *w;

    w = ev->data;
    blocked = NULL;

    for (q = ngx_queue_head(&w->queue);
         q != ngx_queue_sentinel(&w->queue) && w->active < w->max;
         q = next)
    {
        next = ngx_queue_next(q);
        fetch = ngx_queue_data(q, ngx_http_urlmeta_fetch_t, queue);

        /* mostly it is one host that many wait for */

        if (blocked && ngx_http_urlmeta_fetch_same_host(fetch, blocked)) {
            continue;
        }

        if (!ngx_http_urlmeta_fetch_may_start(fetch)) {
            blocked = fetch;
            continue;
        }

        ngx_queue_remove(q);
        fetch->queued = 0;
        ngx_http_urlmeta_gauge(NGX_HTTP_URLMETA_GAUGE_WAITING, --w->queued);

        ngx_http_urlmeta_fetch_activate(fetch);
    }
}


static void
ngx_http_urlmeta_fetch_activate(ngx_http_urlmeta_fetch_t *fetch)
{
    ngx_http_urlmeta_fetch_worker_t  *w;

    w = &ngx_http_urlmeta_fetch_worker;

    fetch->active = 1;
    ngx_http_urlmeta_gauge(NGX_HTTP_URLMETA_GAUGE_ACTIVE, ++w->active);
    ngx_queue_insert_tail(&w->running, &fetch->queue);

    fetch->deadline = ngx_current_msec + fetch->conf->timeout;

    if (fetch->leased && fetch->deadline - fetch->started
                         != fetch->conf->timeout)
    {
        /* its time began when it had to wait for its turn */

        ngx_http_urlmeta_cache_lease_extend(fetch->zone, &fetch->lease,
                                            fetch->conf->timeout
                                            + NGX_HTTP_URLMETA_LEASE_MORE);
    }

    ngx_http_urlmeta_fetch_hop(fetch);
}


static ngx_uint_t
ngx_http_urlmeta_fetch_may_start(ngx_http_urlmeta_fetch_t *fetch)
{
    ngx_uint_t                        n;
    ngx_queue_t                      *q;
    ngx_http_urlmeta_fetch_t         *other;
    ngx_http_urlmeta_fetch_worker_t  *w;

    w = &ngx_http_urlmeta_fetch_worker;

    if (w->active >= w->max) {
        return 0;
    }

    if (fetch->conf->host_rate == 0) {
        return 1;
    }

    n = 0;

    for (q = ngx_queue_head(&w->running);
         q != ngx_queue_sentinel(&w->running);
         q = ngx_queue_next(q))
    {
        other = ngx_queue_data(q, ngx_http_urlmeta_fetch_t, queue);

        if (ngx_http_urlmeta_fetch_same_host(fetch, other)) {
            n++;
        }
    }

    return n < fetch->conf->host_conn;
}


static ngx_uint_t
ngx_http_urlmeta_fetch_same_host(ngx_http_urlmeta_fetch_t *one,
    ngx_http_urlmeta_fetch_t *other)
{
    return one->url->host_len == other->url->host_len
           && ngx_memcmp(one->url->text + one->url->host,
                         other->url->text + other->url->host,
                         one->url->host_len)
              == 0;
}


/* each hop asks some host */

ngx_int_t
ngx_http_urlmeta_fetch_polite(ngx_http_urlmeta_fetch_t *fetch)
{
    ngx_str_t   host;
    ngx_msec_t  wait;

    if (fetch->conf->host_rate == 0 || fetch->conf->zone == NULL) {
        return NGX_OK;
    }

    host.data = (u_char *) fetch->url->text + fetch->url->host;
    host.len = fetch->url->host_len;

    wait = ngx_http_urlmeta_cache_host(fetch->conf->zone, &host,
                                       fetch->conf->host_rate,
                                       fetch->conf->host_burst);
    if (wait == 0) {
        return NGX_OK;
    }

    fetch->retry_after = (time_t) ((wait + 999) / 1000);

    return NGX_BUSY;
}
