
/*
 * When a fetch may start: the worker has room, and its host is not asked by
 * too many others.  What has to wait does so for a moment, in order.
 */


#include "ngx_http_urlmeta_fetch_queue.h"


static void ngx_http_urlmeta_fetch_activate(ngx_http_urlmeta_fetch_t *fetch);
static ngx_int_t ngx_http_urlmeta_fetch_may_start(
    ngx_http_urlmeta_fetch_t *fetch);
static ngx_int_t ngx_http_urlmeta_fetch_host_begin(
    ngx_http_urlmeta_fetch_t *fetch, ngx_uint_t conn);
static void ngx_http_urlmeta_fetch_host_name(ngx_http_urlmeta_fetch_t *fetch,
    ngx_str_t *host);
static ngx_uint_t ngx_http_urlmeta_fetch_same_host(
    ngx_http_urlmeta_fetch_t *one, ngx_http_urlmeta_fetch_t *other);


void
ngx_http_urlmeta_fetch_start(ngx_http_urlmeta_fetch_t *fetch)
{
    fetch->started = ngx_current_msec;
    fetch->left = fetch->conf->timeout;

    if (fetch->passive) {
        ngx_http_urlmeta_fetch_lead(fetch);
        return;
    }

    ngx_http_urlmeta_count(NGX_HTTP_URLMETA_COUNT_STARTED);

    if (fetch->conf->robots && ngx_http_urlmeta_fetch_robots(fetch) != NGX_OK)
    {
        return;
    }

    ngx_http_urlmeta_fetch_enter(fetch);
}


void
ngx_http_urlmeta_fetch_enter(ngx_http_urlmeta_fetch_t *fetch)
{
    ngx_http_urlmeta_fetch_worker_t  *w;

    w = &ngx_http_urlmeta_fetch_worker;

    switch (ngx_http_urlmeta_fetch_may_start(fetch)) {

    case NGX_OK:
        ngx_http_urlmeta_fetch_activate(fetch);
        return;

    case NGX_BUSY:
        ngx_http_urlmeta_fetch_fail(fetch, URLMETA_E_HOST_BUSY, NULL);
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

    if (!w->event.timer_set) {
        ngx_add_timer(&w->event, NGX_HTTP_URLMETA_QUEUE_POLL);
    }
}


void
ngx_http_urlmeta_fetch_queue_handler(ngx_event_t *ev)
{
    ngx_int_t                         rc;
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

        rc = ngx_http_urlmeta_fetch_may_start(fetch);

        if (rc == NGX_AGAIN) {
            blocked = fetch;
            continue;
        }

        if (rc == NGX_BUSY) {

            /* it leaves the queue itself */

            ngx_http_urlmeta_fetch_fail(fetch, URLMETA_E_HOST_BUSY, NULL);
            continue;
        }

        ngx_queue_remove(q);
        fetch->queued = 0;
        ngx_http_urlmeta_gauge(NGX_HTTP_URLMETA_GAUGE_WAITING, --w->queued);

        ngx_http_urlmeta_fetch_activate(fetch);
    }

    /* the places at a host are those of other workers, too */

    if (!ngx_queue_empty(&w->queue) && !w->event.timer_set) {
        ngx_add_timer(&w->event, NGX_HTTP_URLMETA_QUEUE_POLL);
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

    fetch->deadline = ngx_current_msec + fetch->left;

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


void
ngx_http_urlmeta_fetch_yield(ngx_http_urlmeta_fetch_t *fetch)
{
    ngx_http_urlmeta_fetch_worker_t  *w;

    w = &ngx_http_urlmeta_fetch_worker;

    if (fetch->place.id) {
        ngx_http_urlmeta_cache_host_end(fetch->conf->zone, &fetch->place);
    }

    fetch->active = 0;
    ngx_http_urlmeta_gauge(NGX_HTTP_URLMETA_GAUGE_ACTIVE, --w->active);
    ngx_queue_remove(&fetch->queue);

    if (!ngx_queue_empty(&w->queue) && !w->event.posted) {
        ngx_post_event(&w->event, &ngx_posted_events);
    }
}


/*
 * NGX_OK: its place at the host is taken.  NGX_AGAIN: it has to wait.
 * NGX_BUSY with fetch->retry_after: its host was asked too often.
 */

static ngx_int_t
ngx_http_urlmeta_fetch_may_start(ngx_http_urlmeta_fetch_t *fetch)
{
    ngx_int_t                         rc;
    ngx_uint_t                        n;
    ngx_queue_t                      *q;
    ngx_http_urlmeta_fetch_t         *other;
    ngx_http_urlmeta_fetch_worker_t  *w;

    w = &ngx_http_urlmeta_fetch_worker;

    if (w->active >= w->max) {
        return NGX_AGAIN;
    }

    if (fetch->conf->host_rate == 0) {
        return NGX_OK;
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

    if (n >= fetch->conf->host_conn) {
        return NGX_AGAIN;
    }

    rc = ngx_http_urlmeta_fetch_host_begin(fetch, fetch->conf->host_conn);

    fetch->polite = (rc == NGX_OK);

    return rc;
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


void
ngx_http_urlmeta_fetch_timer(ngx_http_urlmeta_fetch_t *fetch,
    ngx_msec_t deadline)
{
    ngx_msec_int_t  left;

    if (!fetch->queued && !fetch->following
        && (ngx_msec_int_t) (deadline - fetch->deadline) > 0)
    {
        deadline = fetch->deadline;
    }

    left = (ngx_msec_int_t) (deadline - ngx_current_msec);

    if (fetch->timer.timer_set) {
        ngx_del_timer(&fetch->timer);
    }

    ngx_add_timer(&fetch->timer, left > 0 ? (ngx_msec_t) left : 0);
}


/*
 * Each hop asks some host, and the first one was counted when it started.  A
 * host that a redirect leads to counts this one, but is not waited for.
 */

ngx_int_t
ngx_http_urlmeta_fetch_polite(ngx_http_urlmeta_fetch_t *fetch)
{
    ngx_int_t  rc;

    if (fetch->polite) {
        fetch->polite = 0;
        return NGX_OK;
    }

    if (fetch->conf->host_rate == 0 || fetch->conf->zone == NULL) {
        return NGX_OK;
    }

    ngx_http_urlmeta_cache_host_end(fetch->conf->zone, &fetch->place);

    rc = ngx_http_urlmeta_fetch_host_begin(fetch, fetch->conf->host_conn);

    if (rc == NGX_AGAIN) {
        rc = ngx_http_urlmeta_fetch_host_begin(fetch,
                                           NGX_HTTP_URLMETA_CACHE_PLACES + 1);
    }

    return rc;
}


static ngx_int_t
ngx_http_urlmeta_fetch_host_begin(ngx_http_urlmeta_fetch_t *fetch,
    ngx_uint_t conn)
{
    ngx_str_t                        host;
    ngx_int_t                        rc;
    ngx_msec_t                       wait;
    ngx_http_urlmeta_cache_limit_t   limit;

    if (fetch->conf->zone == NULL) {
        return NGX_OK;
    }

    ngx_http_urlmeta_fetch_host_name(fetch, &host);

    limit.rate = fetch->conf->host_rate;
    limit.burst = fetch->conf->host_burst;
    limit.conn = conn;
    limit.obey = 1;

    wait = 0;

    rc = ngx_http_urlmeta_cache_host_begin(fetch->conf->zone, &host, &limit,
                                           fetch->conf->timeout,
                                           &fetch->place, &wait);
    if (rc == NGX_BUSY) {
        fetch->retry_after = (time_t) ((wait + 999) / 1000);
    }

    return rc;
}


/* what the end of a hop says about its host */

void
ngx_http_urlmeta_fetch_host_result(ngx_http_urlmeta_fetch_t *fetch,
    urlmeta_error_e error, time_t retry_after)
{
    ngx_str_t   host;
    ngx_uint_t  failed;

    if (fetch->conf->host_rate == 0 || fetch->conf->zone == NULL
        || fetch->passive)
    {
        return;
    }

    switch (error) {

    case URLMETA_E_NONE:
        failed = 0;
        break;

    case URLMETA_E_DNS_NOT_FOUND:
    case URLMETA_E_DNS_FAILED:
    case URLMETA_E_DNS_TIMEOUT:
    case URLMETA_E_CONNECT_FAILED:
    case URLMETA_E_CONNECT_RESET:
    case URLMETA_E_CONNECT_TIMEOUT:
    case URLMETA_E_TLS_FAILED:
    case URLMETA_E_UPSTREAM_TIMEOUT:
        failed = 1;
        break;

    default:

        /* about what it answered */
        return;
    }

    ngx_http_urlmeta_fetch_host_name(fetch, &host);

    ngx_http_urlmeta_cache_host_result(fetch->conf->zone, &host, failed,
                                       retry_after);
}


static void
ngx_http_urlmeta_fetch_host_name(ngx_http_urlmeta_fetch_t *fetch,
    ngx_str_t *host)
{
    host->data = (u_char *) fetch->url->text + fetch->url->host;
    host->len = fetch->url->host_len;
}
