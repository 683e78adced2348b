
/*
 * urlmeta_cache_purge: one key, or all that begin alike.
 *
 * These are looked for in steps, between which the worker does other things.
 */


#include "ngx_http_urlmeta_module.h"


/* steps at once, and ms until the next ones: under half a millisecond each */
#define NGX_HTTP_URLMETA_PURGE_STEPS  8
#define NGX_HTTP_URLMETA_PURGE_PAUSE  1


typedef struct {
    ngx_event_t           event;
    ngx_http_request_t   *request;
    ngx_shm_zone_t       *zone;
    ngx_str_t             prefix;
    uint32_t              position;
    ngx_uint_t            found;
} ngx_http_urlmeta_purge_t;


static ngx_int_t ngx_http_urlmeta_purge_start(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx);
static void ngx_http_urlmeta_purge_handler(ngx_event_t *ev);
static void ngx_http_urlmeta_purge_cleanup(void *data);
static ngx_int_t ngx_http_urlmeta_purge_send(ngx_http_request_t *r,
    ngx_uint_t found);


ngx_int_t
ngx_http_urlmeta_purge(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx)
{
    if (ulcf->cache_zone == NULL) {
        return ngx_http_urlmeta_purge_send(r, 0);
    }

    if (ctx->name.len && ctx->name.data[ctx->name.len - 1] == '*') {
        return ngx_http_urlmeta_purge_start(r, ulcf, ctx);
    }

    return ngx_http_urlmeta_purge_send(r,
                   ngx_http_urlmeta_cache_delete(ulcf->cache_zone, ctx->key));
}


static ngx_int_t
ngx_http_urlmeta_purge_start(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx)
{
    ngx_pool_cleanup_t        *cln;
    ngx_http_urlmeta_purge_t  *purge;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_urlmeta_purge_t));
    if (cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    purge = cln->data;

    ngx_memzero(purge, sizeof(ngx_http_urlmeta_purge_t));

    cln->handler = ngx_http_urlmeta_purge_cleanup;

    purge->event.handler = ngx_http_urlmeta_purge_handler;
    purge->event.data = purge;
    purge->event.log = r->connection->log;
    purge->request = r;
    purge->zone = ulcf->cache_zone;
    purge->prefix.data = ctx->name.data;
    purge->prefix.len = ctx->name.len - 1;

    ngx_post_event(&purge->event, &ngx_posted_events);

    /* what was begun is brought to its end, whether the client waits or not */

    r->read_event_handler = ngx_http_block_reading;
    r->write_event_handler = ngx_http_request_empty_handler;

    r->main->count++;

    return NGX_DONE;
}


static void
ngx_http_urlmeta_purge_handler(ngx_event_t *ev)
{
    ngx_uint_t                 i;
    ngx_connection_t          *c;
    ngx_http_request_t        *r;
    ngx_http_urlmeta_purge_t  *purge;

    purge = ev->data;
    r = purge->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    for (i = 0; i < NGX_HTTP_URLMETA_PURGE_STEPS; i++) {

        if (ngx_http_urlmeta_cache_delete_prefix(purge->zone, &purge->prefix,
                                                 &purge->position,
                                                 &purge->found)
            == NGX_DONE)
        {
            ngx_http_finalize_request(r,
                                ngx_http_urlmeta_purge_send(r, purge->found));
            ngx_http_run_posted_requests(c);
            return;
        }
    }

    ngx_add_timer(ev, NGX_HTTP_URLMETA_PURGE_PAUSE);
}


static void
ngx_http_urlmeta_purge_cleanup(void *data)
{
    ngx_http_urlmeta_purge_t *purge = data;

    if (purge->event.posted) {
        ngx_delete_posted_event(&purge->event);
    }

    if (purge->event.timer_set) {
        ngx_del_timer(&purge->event);
    }
}


/* as ngx_http_proxy_module's: 204 for what was there, 404 for what was not */

static ngx_int_t
ngx_http_urlmeta_purge_send(ngx_http_request_t *r, ngx_uint_t found)
{
    if (!found) {
        return NGX_HTTP_NOT_FOUND;
    }

    r->headers_out.status = NGX_HTTP_NO_CONTENT;
    r->header_only = 1;

    return ngx_http_send_header(r);
}
