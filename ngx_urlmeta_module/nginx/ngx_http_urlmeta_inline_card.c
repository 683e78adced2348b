
/*
 * Cards for the elements of a page: one subrequest each, as an SSI include
 * makes it, but in the background, so that a page never waits for one longer
 * than it wants to.  Its response is taken off the filter chain before the
 * filter that would put it into the page's.
 */


#include "ngx_http_urlmeta_inline.h"


static ngx_int_t ngx_http_urlmeta_inline_done(ngx_http_request_t *r,
    void *data, ngx_int_t rc);
static void ngx_http_urlmeta_inline_leave(ngx_http_request_t *r);


ngx_int_t
ngx_http_urlmeta_inline_ask(ngx_http_request_t *r,
    ngx_http_urlmeta_inline_conf_t *conf, ngx_http_urlmeta_slot_t *slot,
    const char *url)
{
    u_char                      *p;
    size_t                       len;
    uintptr_t                    escape;
    ngx_str_t                    args, uri;
    ngx_http_post_subrequest_t  *ps;

    len = ngx_strlen(url);
    escape = 2 * ngx_escape_uri(NULL, (u_char *) url, len,
                                NGX_ESCAPE_URI_COMPONENT);

    args.len = sizeof("url=") - 1 + len + escape
               + sizeof("&format=fragment") - 1;

    args.data = ngx_pnalloc(r->pool, args.len);
    if (args.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(args.data, "url=", sizeof("url=") - 1);
    p = (u_char *) ngx_escape_uri(p, (u_char *) url, len,
                                  NGX_ESCAPE_URI_COMPONENT);
    ngx_memcpy(p, "&format=fragment", sizeof("&format=fragment") - 1);

    ps = ngx_palloc(r->pool, sizeof(ngx_http_post_subrequest_t));
    if (ps == NULL) {
        return NGX_ERROR;
    }

    ps->handler = ngx_http_urlmeta_inline_done;
    ps->data = slot;

    uri = conf->uri;

    return ngx_http_subrequest(r, &uri, &args, &slot->request, ps,
                               NGX_HTTP_SUBREQUEST_BACKGROUND);
}


ngx_http_urlmeta_slot_t *
ngx_http_urlmeta_inline_slot(ngx_http_request_t *r)
{
    /* a context would not outlive an internal redirect */

    for ( /* void */ ; r != r->main; r = r->parent) {

        if (r->post_subrequest
            && r->post_subrequest->handler == ngx_http_urlmeta_inline_done)
        {
            return r->post_subrequest->data;
        }
    }

    return NULL;
}


ngx_int_t
ngx_http_urlmeta_inline_card_header(ngx_http_request_t *r,
    ngx_http_urlmeta_slot_t *slot)
{
    ngx_table_elt_t  *h;

    r->filter_need_in_memory = 1;

    if (r != slot->request) {
        return NGX_OK;
    }

    /* the last one counts: an error page may be a card */

    h = r->headers_out.content_encoding;

    slot->failed = (r->headers_out.status != NGX_HTTP_OK
                    || r->headers_out.content_type_len
                       != sizeof("text/html") - 1
                    || ngx_strncasecmp(r->headers_out.content_type.data,
                                       (u_char *) "text/html",
                                       sizeof("text/html") - 1)
                       != 0
                    || (h && h->value.len)
                    || r->header_only);
    slot->header = 1;

    return NGX_OK;
}


ngx_int_t
ngx_http_urlmeta_inline_card_body(ngx_http_request_t *r,
    ngx_http_urlmeta_slot_t *slot, ngx_chain_t *in)
{
    size_t       len;
    ngx_buf_t   *b;

    for ( /* void */ ; in; in = in->next) {
        b = in->buf;

        if (r == slot->request && (b->last_buf || b->last_in_chain)) {
            slot->complete = 1;
        }

        if (ngx_buf_special(b)) {
            continue;
        }

        if (!ngx_buf_in_memory(b) || r != slot->request) {

            /* of a part of it, which cannot be put in its place */

            slot->failed = 1;

        } else if (slot->state == NGX_HTTP_URLMETA_SLOT_WAITS
                   && !slot->failed)
        {
            len = b->last - b->pos;

            if (len > NGX_HTTP_URLMETA_INLINE_MAX_CARD - slot->card.len
                || urlmeta_buf_add(&slot->card, b->pos, len) != URLMETA_OK)
            {
                slot->failed = 1;
            }
        }

        b->pos = b->last;
        b->file_pos = b->file_last;
    }

    return NGX_OK;
}


/* the end of a subrequest, which comes more than once */

static ngx_int_t
ngx_http_urlmeta_inline_done(ngx_http_request_t *r, void *data, ngx_int_t rc)
{
    ngx_http_urlmeta_slot_t *slot = data;

    int            ok;
    urlmeta_buf_t  card;

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE || r->buffered || r->postponed) {

        /* an error page is to come, or the rest of the response */

        return rc;
    }

    slot->request = NULL;

    if (slot->state != NGX_HTTP_URLMETA_SLOT_WAITS) {
        return rc;
    }

    ngx_memzero(&card, sizeof(urlmeta_buf_t));

    ok = !slot->failed && slot->header && slot->complete && slot->card.len
         && urlmeta_inline_fragment(slot->card.data, slot->card.len, &card)
            == URLMETA_OK;

    urlmeta_buf_free(&slot->card);

    if (ok) {
        slot->card = card;

    } else {
        urlmeta_buf_free(&card);
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "urlmeta inline: %i, card:%d", rc, ok);

    ngx_http_urlmeta_inline_settle(slot, ok ? NGX_HTTP_URLMETA_SLOT_CARD
                                            : NGX_HTTP_URLMETA_SLOT_LEFT);

    return rc;
}


void
ngx_http_urlmeta_inline_give_up(ngx_http_urlmeta_inline_ctx_t *ctx)
{
    ngx_http_request_t       *sr;
    ngx_http_urlmeta_slot_t  *slot;

    for (slot = ctx->first; slot; slot = slot->next) {

        if (slot->state != NGX_HTTP_URLMETA_SLOT_WAITS) {
            continue;
        }

        ngx_http_urlmeta_inline_settle(slot, NGX_HTTP_URLMETA_SLOT_LEFT);

        sr = slot->request;

        if (sr) {
            ngx_http_urlmeta_inline_leave(sr);
        }
    }
}


/*
 * The client's next request over this connection would wait for the
 * subrequest.  One that waits for a fetch, which goes on without it, can end.
 */

static void
ngx_http_urlmeta_inline_leave(ngx_http_request_t *r)
{
    ngx_http_urlmeta_ctx_t       *ctx;
    ngx_http_urlmeta_loc_conf_t  *ulcf;

    ulcf = ngx_http_get_module_loc_conf(r, ngx_http_urlmeta_module);
    ctx = ngx_http_get_module_ctx(r, ngx_http_urlmeta_module);

    if (ulcf->url == NULL || ctx == NULL || ctx->waiter.fetch == NULL) {
        return;
    }

    ngx_http_urlmeta_fetch_leave(&ctx->waiter);
    ngx_http_finalize_request(r, NGX_OK);
}
