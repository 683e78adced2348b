
/*
 * One worker wakes another.
 *
 * Places are those of ngx_process_slot: no two living processes of a master
 * have the same one, old and new workers of a reload included.  A worker that
 * was forked before a descriptor was made does not have it and wakes nobody
 * through it: the safety poll of those who wait finds out then.
 */


#include "ngx_http_urlmeta_wake.h"

#if (NGX_LINUX)
#include <sys/eventfd.h>
#endif


/* the master's, inherited by every worker; -1 beyond */

typedef struct {
    int                        fds[NGX_HTTP_URLMETA_WAKE_SLOTS];
    ngx_uint_t                 nfds;
    ngx_connection_t          *connection;
    ngx_http_urlmeta_wake_pt   handler;
} ngx_http_urlmeta_wake_worker_t;


static void ngx_http_urlmeta_wake_handler(ngx_event_t *ev);


static ngx_http_urlmeta_wake_worker_t  ngx_http_urlmeta_wake_worker;


ngx_int_t
ngx_http_urlmeta_wake_init_module(ngx_cycle_t *cycle, ngx_uint_t workers)
{
#if (NGX_LINUX)

    int                              fd;
    ngx_uint_t                       n;
    ngx_http_urlmeta_wake_worker_t  *w;

    w = &ngx_http_urlmeta_wake_worker;

    /* old and new workers of a reload, the cache manager and loader */

    n = ngx_min(2 * workers + 8, NGX_HTTP_URLMETA_WAKE_SLOTS);

    while (w->nfds < n) {

        fd = eventfd(0, EFD_NONBLOCK|EFD_CLOEXEC);

        if (fd == -1) {
            ngx_log_error(NGX_LOG_WARN, cycle->log, ngx_errno,
                          "eventfd() failed, workers will wait for each "
                          "other's fetches by polling");
            break;
        }

        w->fds[w->nfds++] = fd;
    }

#endif

    return NGX_OK;
}


ngx_int_t
ngx_http_urlmeta_wake_init_process(ngx_cycle_t *cycle,
    ngx_http_urlmeta_wake_pt handler)
{
    ngx_connection_t                *c;
    ngx_http_urlmeta_wake_worker_t  *w;

    w = &ngx_http_urlmeta_wake_worker;

    w->handler = handler;

    if ((ngx_uint_t) ngx_process_slot >= w->nfds) {
        return NGX_OK;
    }

    c = ngx_get_connection(w->fds[ngx_process_slot], cycle->log);
    if (c == NULL) {
        return NGX_ERROR;
    }

    c->log = cycle->log;
    c->read->log = cycle->log;
    c->write->log = cycle->log;
    c->read->handler = ngx_http_urlmeta_wake_handler;

    /* a worker that shuts down does not complain of it */

    c->read->channel = 1;

    if (ngx_add_event(c->read, NGX_READ_EVENT,
                      (ngx_event_flags & NGX_USE_CLEAR_EVENT)
                      ? NGX_CLEAR_EVENT : NGX_LEVEL_EVENT)
        != NGX_OK)
    {
        ngx_free_connection(c);
        c->fd = (ngx_socket_t) -1;

        return NGX_ERROR;
    }

    w->connection = c;

    return NGX_OK;
}


void
ngx_http_urlmeta_wake_exit_process(void)
{
    ngx_connection_t                *c;
    ngx_http_urlmeta_wake_worker_t  *w;

    w = &ngx_http_urlmeta_wake_worker;
    c = w->connection;

    if (c == NULL) {
        return;
    }

    w->connection = NULL;

    if (c->read->active) {
        ngx_del_event(c->read, NGX_READ_EVENT, 0);
    }

    if (c->read->posted) {
        ngx_delete_posted_event(c->read);
    }

    ngx_free_connection(c);
    c->fd = (ngx_socket_t) -1;
}


ngx_uint_t
ngx_http_urlmeta_wake_slow(void)
{
    return ngx_http_urlmeta_wake_worker.connection == NULL;
}


ngx_uint_t
ngx_http_urlmeta_wake_slot(void)
{
    return (ngx_uint_t) ngx_process_slot;
}


void
ngx_http_urlmeta_wake(ngx_http_urlmeta_wake_set_t *set)
{
    uint64_t                         one;
    ngx_uint_t                       i;
    ngx_http_urlmeta_wake_worker_t  *w;

    w = &ngx_http_urlmeta_wake_worker;
    one = 1;

    for (i = 0; i < w->nfds; i++) {

        if (!(set->bits[i / 64] & ((uint64_t) 1 << (i % 64)))) {
            continue;
        }

        /* a full counter wakes as well */

        (void) !write(w->fds[i], &one, sizeof(uint64_t));
    }
}


static void
ngx_http_urlmeta_wake_handler(ngx_event_t *ev)
{
    uint64_t           n;
    ngx_connection_t  *c;

    c = ev->data;

    (void) !read(c->fd, &n, sizeof(uint64_t));

    ngx_http_urlmeta_wake_worker.handler();
}
