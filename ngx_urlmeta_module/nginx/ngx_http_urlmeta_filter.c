
/*
 * Where a request meets the modes: a handler before the content phase, and the
 * filters that the content goes through.
 */


#include "ngx_http_urlmeta_filter.h"


static ngx_int_t ngx_http_urlmeta_filter_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_urlmeta_filter_mode(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_uint_t *mode);
static ngx_int_t ngx_http_urlmeta_header_filter(ngx_http_request_t *r);
static ngx_int_t ngx_http_urlmeta_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static void ngx_http_urlmeta_filter_cleanup(void *data);


ngx_http_output_header_filter_pt  ngx_http_urlmeta_next_header_filter;
ngx_http_output_body_filter_pt    ngx_http_urlmeta_next_body_filter;


ngx_int_t
ngx_http_urlmeta_filter_init(ngx_conf_t *cf)
{
    ngx_http_handler_pt        *h;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_PRECONTENT_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_urlmeta_filter_handler;

    ngx_http_urlmeta_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_urlmeta_header_filter;

    ngx_http_urlmeta_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_urlmeta_body_filter;

    return NGX_OK;
}


/*
 * After access control, authentication and limits; a card that is cached is
 * answered here, and nobody behind it is asked.
 */

static ngx_int_t
ngx_http_urlmeta_filter_handler(ngx_http_request_t *r)
{
    ngx_uint_t                    mode;
    ngx_http_urlmeta_filter_t    *f;
    ngx_http_urlmeta_loc_conf_t  *ulcf;

    f = ngx_http_urlmeta_filter_get(r);

    if (f) {

        /* what began goes on, into whatever location it is redirected */

        switch (f->mode) {

        case NGX_HTTP_URLMETA_FILTER_CARD:
            return ngx_http_urlmeta_card_continue(f);

        case NGX_HTTP_URLMETA_FILTER_LOCAL:
            return ngx_http_urlmeta_local_access(f);
        }

        return NGX_DECLINED;
    }

    ulcf = ngx_http_get_module_loc_conf(r, ngx_http_urlmeta_module);

    if (ngx_http_urlmeta_filter_mode(r, ulcf, &mode) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* what nginx has to say of a request that was refused is no page */

    if (r->header_only || r->background || r->error_page || r->err_status) {
        return NGX_DECLINED;
    }

    switch (mode) {

    case NGX_HTTP_URLMETA_FILTER_CARD:
        return ngx_http_urlmeta_card_start(r, ulcf);

    case NGX_HTTP_URLMETA_FILTER_TAP:
        (void) ngx_http_urlmeta_tap_start(r, ulcf);
    }

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_urlmeta_filter_mode(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_uint_t *mode)
{
    ngx_str_t  value;

    *mode = NGX_HTTP_URLMETA_FILTER_OFF;

    /* cards of cards are none */

    if (ulcf->url || ulcf->status) {
        return NGX_OK;
    }

    if (ulcf->filter.mode == NULL) {
        *mode = ulcf->filter.mode_value;
        return NGX_OK;
    }

    if (ngx_http_complex_value(r, ulcf->filter.mode, &value) != NGX_OK) {
        return NGX_ERROR;
    }

    if (value.len == 4 && ngx_strncmp(value.data, "card", 4) == 0) {
        *mode = NGX_HTTP_URLMETA_FILTER_CARD;

    } else if (value.len == 3 && ngx_strncmp(value.data, "tap", 3) == 0) {
        *mode = NGX_HTTP_URLMETA_FILTER_TAP;

    } else if (value.len
               && !(value.len == 3 && ngx_strncmp(value.data, "off", 3) == 0))
    {
        ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                      "urlmeta: \"urlmeta_filter\" is \"%V\", which is none "
                      "of \"off\", \"card\" and \"tap\"", &value);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_urlmeta_header_filter(ngx_http_request_t *r)
{
    ngx_int_t                     rc;
    ngx_uint_t                    mode;
    ngx_http_urlmeta_filter_t    *f;
    ngx_http_urlmeta_loc_conf_t  *ulcf;

    f = ngx_http_urlmeta_filter_get(r);

    if (f) {

        if (f->sending || f->passed) {
            return ngx_http_urlmeta_next_header_filter(r);
        }

        switch (f->mode) {

        case NGX_HTTP_URLMETA_FILTER_CARD:

            return f->leading ? ngx_http_urlmeta_card_header(f)
                              : ngx_http_urlmeta_next_header_filter(r);

        case NGX_HTTP_URLMETA_FILTER_LOCAL:
            return ngx_http_urlmeta_local_header(f);
        }
    }

    ulcf = ngx_http_get_module_loc_conf(r, ngx_http_urlmeta_module);

    if (r != r->main
        || ulcf->url
        || r->headers_out.status != NGX_HTTP_OK
        || (f == NULL
            && ulcf->filter.mode == NULL
            && ulcf->filter.mode_value == NGX_HTTP_URLMETA_FILTER_OFF
            && ulcf->filter.discovery == NULL)
        || !ngx_http_urlmeta_page_html(r))
    {
        return ngx_http_urlmeta_next_header_filter(r);
    }

    /* "return" answers before there is any content */

    if (f == NULL && !r->internal
        && ngx_http_urlmeta_filter_mode(r, ulcf, &mode) == NGX_OK
        && mode == NGX_HTTP_URLMETA_FILTER_TAP)
    {
        f = ngx_http_urlmeta_tap_start(r, ulcf);
    }

    if (f && f->mode == NGX_HTTP_URLMETA_FILTER_TAP) {
        ngx_http_urlmeta_tap_header(f);

    } else {
        f = NULL;
    }

    if (ulcf->filter.discovery
        && ngx_http_urlmeta_discovery(r, ulcf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = ngx_http_urlmeta_next_header_filter(r);

    /* a range of it, or none of it, is not the page */

    if (f && (rc != NGX_OK || r->header_only
              || r->headers_out.status != NGX_HTTP_OK))
    {
        f->passed = 1;
        ngx_str_null(&f->ctx->card);
    }

    return rc;
}


static ngx_int_t
ngx_http_urlmeta_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_http_urlmeta_filter_t  *f;

    f = ngx_http_urlmeta_filter_get(r);

    if (f) {
        switch (f->mode) {

        case NGX_HTTP_URLMETA_FILTER_CARD:

            if (f->leading) {
                return ngx_http_urlmeta_card_body(f, in);
            }

            break;

        case NGX_HTTP_URLMETA_FILTER_TAP:
            return ngx_http_urlmeta_tap_body(f, in);

        case NGX_HTTP_URLMETA_FILTER_LOCAL:
            return ngx_http_urlmeta_local_body(f, in);
        }
    }

    return ngx_http_urlmeta_next_body_filter(r, in);
}


/*
 * The filters between the top and this one have seen the page; they see the
 * card's header too, but what they do to a body they did.
 */

ngx_int_t
ngx_http_urlmeta_filter_output(ngx_http_request_t *r, ngx_chain_t *out)
{
    ngx_http_urlmeta_filter_t  *f;

    f = ngx_http_urlmeta_filter_get(r);

    if (f && f->sending) {
        return ngx_http_urlmeta_next_body_filter(r, out);
    }

    return ngx_http_output_filter(r, out);
}


ngx_http_urlmeta_filter_t *
ngx_http_urlmeta_filter_get(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t         *cln;
    ngx_http_urlmeta_ctx_t     *ctx;
    ngx_http_urlmeta_filter_t  *f;

    ctx = ngx_http_get_module_ctx(r, ngx_http_urlmeta_module);

    if (ctx) {
        return ctx->filter;
    }

    /*
     * An internal redirect, a named location and an error page empty the
     * context.  Subrequests share the pool of their request.
     */

    if (!r->internal && !r->filter_finalize) {
        return NULL;
    }

    for (cln = r->pool->cleanup; cln; cln = cln->next) {

        if (cln->handler != ngx_http_urlmeta_filter_cleanup) {
            continue;
        }

        f = cln->data;

        if (f->request != r) {
            continue;
        }

        ngx_http_set_ctx(r, f->own, ngx_http_urlmeta_module);

        return f;
    }

    return NULL;
}


ngx_http_urlmeta_filter_t *
ngx_http_urlmeta_filter_create(ngx_http_request_t *r,
    ngx_http_urlmeta_ctx_t *ctx, ngx_http_urlmeta_loc_conf_t *ulcf,
    ngx_uint_t mode)
{
    ngx_pool_cleanup_t         *cln;
    ngx_http_urlmeta_filter_t  *f;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_urlmeta_filter_t));
    if (cln == NULL) {
        return NULL;
    }

    f = cln->data;
    ngx_memzero(f, sizeof(ngx_http_urlmeta_filter_t));

    f->request = r;
    f->ctx = ctx;
    f->own = ctx;
    f->conf = ulcf;
    f->mode = mode;
    f->started = ngx_current_msec;

    cln->handler = ngx_http_urlmeta_filter_cleanup;

    return f;
}


static void
ngx_http_urlmeta_filter_cleanup(void *data)
{
    ngx_http_urlmeta_filter_t *f = data;

    ngx_http_urlmeta_page_free(f);
}
