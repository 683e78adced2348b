
/*
 * urlmeta_inline: elements of pages are replaced by the cards of what they
 * link to, as the page passes.
 *
 * A module of its own for the sake of its context, as urlmeta_complete.
 */


#include "../core/charset.h"
#include "../core/place.h"
#include "ngx_http_urlmeta_inline.h"


typedef struct {
    ngx_uint_t                   used;     /* unsigned  used:1; */
} ngx_http_urlmeta_inline_main_conf_t;


static ngx_int_t ngx_http_urlmeta_inline_header_filter(ngx_http_request_t *r);
static ngx_uint_t ngx_http_urlmeta_inline_encoding(ngx_http_request_t *r);
static ngx_int_t ngx_http_urlmeta_inline_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static ngx_int_t ngx_http_urlmeta_inline_run(ngx_http_request_t *r,
    ngx_http_urlmeta_inline_ctx_t *ctx, ngx_http_urlmeta_out_t *out);
static ngx_int_t ngx_http_urlmeta_inline_buf(ngx_http_request_t *r,
    ngx_http_urlmeta_inline_ctx_t *ctx, ngx_buf_t *b,
    ngx_http_urlmeta_out_t *out);
static ngx_int_t ngx_http_urlmeta_inline_page(ngx_http_request_t *r,
    ngx_http_urlmeta_inline_ctx_t *ctx, size_t len,
    ngx_http_urlmeta_out_t *out);
static ngx_int_t ngx_http_urlmeta_inline_element(ngx_http_request_t *r,
    ngx_http_urlmeta_inline_ctx_t *ctx, urlmeta_inline_element_t *element,
    ngx_http_urlmeta_out_t *out);
static ngx_int_t ngx_http_urlmeta_inline_send(ngx_http_request_t *r,
    ngx_http_urlmeta_inline_ctx_t *ctx, ngx_http_urlmeta_out_t *out);
static void ngx_http_urlmeta_inline_event(ngx_event_t *ev);
static void ngx_http_urlmeta_inline_end(ngx_http_urlmeta_inline_ctx_t *ctx);
static void ngx_http_urlmeta_inline_cleanup(void *data);
static char *ngx_http_urlmeta_inline_directive(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static void *ngx_http_urlmeta_inline_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_urlmeta_inline_create_conf(ngx_conf_t *cf);
static char *ngx_http_urlmeta_inline_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);
static ngx_int_t ngx_http_urlmeta_inline_init(ngx_conf_t *cf);


static ngx_command_t  ngx_http_urlmeta_inline_commands[] = {

    { ngx_string("urlmeta_inline"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE123,
      ngx_http_urlmeta_inline_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_urlmeta_inline_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_urlmeta_inline_init,          /* postconfiguration */

    ngx_http_urlmeta_inline_create_main_conf,
                                           /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_urlmeta_inline_create_conf,   /* create location configuration */
    ngx_http_urlmeta_inline_merge_conf     /* merge location configuration */
};


ngx_module_t  ngx_http_urlmeta_inline_module = {
    NGX_MODULE_V1,
    &ngx_http_urlmeta_inline_module_ctx,   /* module context */
    ngx_http_urlmeta_inline_commands,      /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt    ngx_http_next_body_filter;


static ngx_int_t
ngx_http_urlmeta_inline_header_filter(ngx_http_request_t *r)
{
    ngx_str_t                        url;
    ngx_pool_cleanup_t              *cln;
    ngx_http_urlmeta_slot_t         *slot;
    ngx_http_urlmeta_inline_ctx_t   *ctx;
    ngx_http_urlmeta_inline_conf_t  *conf;

    slot = ngx_http_urlmeta_inline_slot(r);

    if (slot && !r->subrequest_in_memory) {
        return ngx_http_urlmeta_inline_card_header(r, slot);
    }

    conf = ngx_http_get_module_loc_conf(r, ngx_http_urlmeta_inline_module);

    if (!conf->enable
        || !ngx_http_urlmeta_rewrite_page(r, "urlmeta_inline", &conf->warned)
        || !ngx_http_urlmeta_inline_encoding(r))
    {
        return ngx_http_next_header_filter(r);
    }

    ngx_http_urlmeta_rewrite_header(r);

    if (r->header_only) {
        return ngx_http_next_header_filter(r);
    }

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_urlmeta_inline_ctx_t));
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_urlmeta_rewrite_url(r, NULL, &url) != NGX_OK) {
        return NGX_ERROR;
    }

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_urlmeta_inline_cleanup;
    cln->data = ctx;

    ctx->request = r;
    ctx->ident = -1;
    ctx->left = conf->timeout;

    ctx->event.handler = ngx_http_urlmeta_inline_event;
    ctx->event.data = ctx;
    ctx->event.log = r->connection->log;

    ctx->inlined = urlmeta_inline_create((char *) url.data, conf->max);
    if (ctx->inlined == NULL) {
        return NGX_ERROR;
    }

    ngx_http_set_ctx(r, ctx, ngx_http_urlmeta_inline_module);

    r->filter_need_in_memory = 1;

    return ngx_http_next_header_filter(r);
}


static ngx_uint_t
ngx_http_urlmeta_inline_encoding(ngx_http_request_t *r)
{
    const char  *name;

    if (r->headers_out.charset.len == 0) {
        return 1;
    }

    name = urlmeta_charset_lookup((char *) r->headers_out.charset.data,
                                  r->headers_out.charset.len);

    return name == NULL || urlmeta_place_encoding(name);
}


static ngx_int_t
ngx_http_urlmeta_inline_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_http_urlmeta_out_t          out;
    ngx_http_urlmeta_slot_t        *slot;
    ngx_http_urlmeta_inline_ctx_t  *ctx;

    if (r != r->main) {
        slot = ngx_http_urlmeta_inline_slot(r);

        if (slot && !r->subrequest_in_memory) {
            return ngx_http_urlmeta_inline_card_body(r, slot, in);
        }
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_urlmeta_inline_module);

    if (ctx == NULL
        || (ctx->inlined == NULL && ctx->first == NULL && ctx->in == NULL))
    {
        return ngx_http_next_body_filter(r, in);
    }

    if (in && ngx_chain_add_copy(r->pool, &ctx->in, in) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_urlmeta_out_init(&out);

    if (ngx_http_urlmeta_inline_run(r, ctx, &out) != NGX_OK) {
        return NGX_ERROR;
    }

    if (out.first == NULL && in && !r->connection->buffered) {
        return NGX_OK;
    }

    return ngx_http_next_body_filter(r, out.first);
}


/*
 * As much of the page as may be looked at: what is behind a card that is waited
 * for is copied, up to a bound, so that others are asked for meanwhile; then
 * buffers are kept, and whoever fills them waits.
 */

static ngx_int_t
ngx_http_urlmeta_inline_run(ngx_http_request_t *r,
    ngx_http_urlmeta_inline_ctx_t *ctx, ngx_http_urlmeta_out_t *out)
{
    ngx_chain_t  *cl;

    do {
        while (ctx->in && (ctx->inlined || ctx->first)
               && ctx->queued <= NGX_HTTP_URLMETA_INLINE_MAX_QUEUED)
        {
            cl = ctx->in;

            if (ngx_http_urlmeta_inline_buf(r, ctx, cl->buf, out) != NGX_OK) {
                return NGX_ERROR;
            }

            ctx->in = cl->next;
            ngx_free_chain(r->pool, cl);
        }

        if (ngx_http_urlmeta_inline_send(r, ctx, out) != NGX_OK) {
            return NGX_ERROR;
        }

    } while (ctx->in && ctx->inlined && ctx->first == NULL);

    if (ctx->first == NULL && ctx->in) {
        *out->last = ctx->in;
        ctx->in = NULL;

        while (*out->last) {
            out->last = &(*out->last)->next;
        }
    }

    if (ctx->first || ctx->in) {
        r->buffered |= NGX_HTTP_URLMETA_INLINE_BUFFERED;

    } else {
        r->buffered &= ~NGX_HTTP_URLMETA_INLINE_BUFFERED;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_urlmeta_inline_buf(ngx_http_request_t *r,
    ngx_http_urlmeta_inline_ctx_t *ctx, ngx_buf_t *b,
    ngx_http_urlmeta_out_t *out)
{
    int                        rc;
    size_t                     fed, len, size;
    u_char                    *pos;
    ngx_http_urlmeta_out_t    *to;
    urlmeta_inline_element_t   element;

    size = 0;
    pos = b->pos;

    if (!ngx_buf_special(b) && ngx_buf_in_memory(b)) {
        size = b->last - b->pos;
    }

    for (len = size; len && ctx->inlined; len -= fed) {

        rc = urlmeta_inline_feed(ctx->inlined, (char *) pos, len, &fed,
                                 &element);

        if (rc == URLMETA_ERROR) {
            return NGX_ERROR;
        }

        if (rc == URLMETA_OK && len == size && ctx->held.len == 0
            && ctx->first == NULL
            && urlmeta_inline_passed(ctx->inlined) == ctx->sent + size)
        {
            /* nothing of the buffer matters */

            ctx->sent += size;
            size = 0;

        } else if (urlmeta_buf_add(&ctx->held, pos, fed) != URLMETA_OK) {
            return NGX_ERROR;
        }

        pos += fed;

        if (rc == URLMETA_DONE
            && ngx_http_urlmeta_inline_element(r, ctx, &element, out)
               != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (urlmeta_inline_ended(ctx->inlined)) {

            if (ngx_http_urlmeta_inline_page(r, ctx, ctx->held.len, out)
                != NGX_OK)
            {
                return NGX_ERROR;
            }

            ngx_http_urlmeta_inline_end(ctx);

            len -= fed;
            break;
        }
    }

    if (ctx->inlined) {

        if (b->last_buf) {

            if (urlmeta_inline_finish(ctx->inlined, &element) == URLMETA_DONE
                && ngx_http_urlmeta_inline_element(r, ctx, &element, out)
                   != NGX_OK)
            {
                return NGX_ERROR;
            }

            fed = ctx->held.len;

        } else {
            fed = urlmeta_inline_passed(ctx->inlined) - ctx->sent;
        }

        if (ngx_http_urlmeta_inline_page(r, ctx, fed, out) != NGX_OK) {
            return NGX_ERROR;
        }

        if (b->last_buf) {
            ngx_http_urlmeta_inline_end(ctx);
        }
    }

    /* what is left of the buffer, and what it says */

    to = ctx->first ? &ctx->last->after : out;

    if (ctx->first && size) {

        /* whoever made the buffer gets it back */

        ctx->queued += len;
        ctx->last->size += len;

        if (ngx_http_urlmeta_rewrite_copy(r, to, b->last - len, len)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        len = 0;
    }

    return ngx_http_urlmeta_rewrite_rest(r, to, b, size ? size - len : 0);
}


/* the page's next bytes, which are held, go out or behind a slot */

static ngx_int_t
ngx_http_urlmeta_inline_page(ngx_http_request_t *r,
    ngx_http_urlmeta_inline_ctx_t *ctx, size_t len,
    ngx_http_urlmeta_out_t *out)
{
    if (len == 0) {
        return NGX_OK;
    }

    if (ctx->first) {
        out = &ctx->last->after;
        ctx->queued += len;
        ctx->last->size += len;
    }

    if (ngx_http_urlmeta_rewrite_copy(r, out, ctx->held.data, len) != NGX_OK) {
        return NGX_ERROR;
    }

    ctx->sent += len;
    ctx->held.len -= len;

    ngx_memmove(ctx->held.data, ctx->held.data + len, ctx->held.len);

    return NGX_OK;
}


static ngx_int_t
ngx_http_urlmeta_inline_element(ngx_http_request_t *r,
    ngx_http_urlmeta_inline_ctx_t *ctx, urlmeta_inline_element_t *element,
    ngx_http_urlmeta_out_t *out)
{
    size_t                           len;
    ngx_http_urlmeta_slot_t         *slot;
    ngx_http_urlmeta_inline_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_urlmeta_inline_module);

    if (ctx->left == 0) {
        return NGX_OK;
    }

    if (ngx_http_urlmeta_inline_page(r, ctx, element->start - ctx->sent, out)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    slot = ngx_pcalloc(r->pool, sizeof(ngx_http_urlmeta_slot_t));
    if (slot == NULL) {
        return NGX_ERROR;
    }

    len = element->end - element->start;

    slot->text.len = len;
    slot->text.data = ngx_pnalloc(r->pool, len);
    if (slot->text.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(slot->text.data, ctx->held.data, len);

    ctx->sent += len;
    ctx->held.len -= len;
    ngx_memmove(ctx->held.data, ctx->held.data + len, ctx->held.len);

    ngx_http_urlmeta_out_init(&slot->after);
    slot->ctx = ctx;

    slot->all = ctx->all;
    ctx->all = slot;

    if (ctx->last) {
        ctx->last->next = slot;

    } else {
        ctx->first = slot;
    }

    ctx->last = slot;
    ctx->queued += len;
    slot->size = len;

    if (ngx_http_urlmeta_inline_ask(r, conf, slot, element->url) != NGX_OK) {
        slot->state = NGX_HTTP_URLMETA_SLOT_LEFT;
        return NGX_OK;
    }

    if (ctx->waiting++ == 0) {
        ctx->since = ngx_current_msec;
        ngx_add_timer(&ctx->event, ctx->left);
    }

    return NGX_OK;
}


void
ngx_http_urlmeta_inline_settle(ngx_http_urlmeta_slot_t *slot,
    ngx_http_urlmeta_slot_e state)
{
    ngx_msec_t                      passed;
    ngx_http_urlmeta_inline_ctx_t  *ctx;

    ctx = slot->ctx;
    slot->state = state;

    /* only the time that a page waits is counted */

    if (--ctx->waiting == 0) {
        passed = ngx_current_msec - ctx->since;
        ctx->left = ctx->left > passed ? ctx->left - passed : 0;

        if (ctx->event.timer_set) {
            ngx_del_timer(&ctx->event);
        }
    }

    ngx_post_event(&ctx->event, &ngx_posted_events);
}


/* what does not wait any more is added to the chain */

static ngx_int_t
ngx_http_urlmeta_inline_send(ngx_http_request_t *r,
    ngx_http_urlmeta_inline_ctx_t *ctx, ngx_http_urlmeta_out_t *out)
{
    ngx_int_t                 rc;
    ngx_http_urlmeta_slot_t  *slot;

    while (ctx->first && ctx->first->state != NGX_HTTP_URLMETA_SLOT_WAITS) {

        slot = ctx->first;

        if (slot->state == NGX_HTTP_URLMETA_SLOT_CARD) {
            rc = ngx_http_urlmeta_rewrite_copy(r, out, slot->card.data,
                                               slot->card.len);

        } else {
            rc = ngx_http_urlmeta_rewrite_copy(r, out, slot->text.data,
                                               slot->text.len);
        }

        urlmeta_buf_free(&slot->card);

        if (rc != NGX_OK) {
            return NGX_ERROR;
        }

        if (slot->after.first) {
            *out->last = slot->after.first;
            out->last = slot->after.last;
        }

        ctx->first = slot->next;
        ctx->queued -= slot->size;
    }

    if (ctx->first == NULL) {
        ctx->last = NULL;
    }

    return NGX_OK;
}


/* posted when a card is there, and the timer of all of them */

static void
ngx_http_urlmeta_inline_event(ngx_event_t *ev)
{
    ngx_int_t                       rc;
    ngx_connection_t               *c;
    ngx_http_request_t             *r;
    ngx_http_urlmeta_out_t          out;
    ngx_http_urlmeta_inline_ctx_t  *ctx;

    ctx = ev->data;
    r = ctx->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    if (ev->timedout) {
        ev->timedout = 0;

        ngx_log_error(NGX_LOG_INFO, c->log, 0,
                      "urlmeta_inline: %ui cards took too long",
                      ctx->waiting);

        ngx_http_urlmeta_inline_give_up(ctx);
        ctx->left = 0;
    }

    if (ctx->first == NULL) {
        ngx_http_run_posted_requests(c);
        return;
    }

    ngx_http_urlmeta_out_init(&out);

    rc = ngx_http_urlmeta_inline_run(r, ctx, &out);

    if (rc == NGX_OK && out.first) {
        rc = ngx_http_next_body_filter(r, out.first);
    }

    /* whoever fills the buffers may go on, or the request be finalized */

    if (rc == NGX_ERROR || ngx_http_post_request(r, NULL) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_ERROR);
    }

    ngx_http_run_posted_requests(c);
}


static void
ngx_http_urlmeta_inline_end(ngx_http_urlmeta_inline_ctx_t *ctx)
{
    urlmeta_inline_destroy(ctx->inlined);
    ctx->inlined = NULL;

    urlmeta_buf_free(&ctx->held);
}


static void
ngx_http_urlmeta_inline_cleanup(void *data)
{
    ngx_http_urlmeta_inline_ctx_t *ctx = data;

    ngx_http_urlmeta_slot_t  *slot;

    ngx_http_urlmeta_inline_end(ctx);

    for (slot = ctx->all; slot; slot = slot->all) {
        urlmeta_buf_free(&slot->card);
    }

    if (ctx->event.timer_set) {
        ngx_del_timer(&ctx->event);
    }

    if (ctx->event.posted) {
        ngx_delete_posted_event(&ctx->event);
    }
}


static char *
ngx_http_urlmeta_inline_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_urlmeta_inline_conf_t *icf = conf;

    ngx_int_t                             n;
    ngx_str_t                            *value, s;
    ngx_uint_t                            i;
    ngx_http_urlmeta_inline_main_conf_t  *mcf;

    if (icf->enable != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len == 3 && ngx_strncmp(value[1].data, "off", 3) == 0) {
        icf->enable = 0;

        return cf->args->nelts == 2 ? NGX_CONF_OK
                                    : "takes no parameter with \"off\"";
    }

    if (value[1].data[0] != '/') {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"urlmeta_inline\": it "
                           "must be the URI of a location with \"urlmeta\", "
                           "or \"off\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    icf->enable = 1;
    icf->uri = value[1];
    icf->max = 20;
    icf->timeout = 500;

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "max=", 4) == 0) {
            n = ngx_atoi(value[i].data + 4, value[i].len - 4);

            if (n > 0 && n <= 1000) {
                icf->max = n;
                continue;
            }

        } else if (ngx_strncmp(value[i].data, "timeout=", 8) == 0) {
            s.data = value[i].data + 8;
            s.len = value[i].len - 8;
            n = ngx_parse_time(&s, 0);

            if (n > 0) {
                icf->timeout = n;
                continue;
            }
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" in \"urlmeta_inline\"",
                           &value[i]);
        return NGX_CONF_ERROR;
    }

    mcf = ngx_http_conf_get_module_main_conf(cf,
                                             ngx_http_urlmeta_inline_module);
    mcf->used = 1;

    return NGX_CONF_OK;
}


static void *
ngx_http_urlmeta_inline_create_main_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     mcf->used = 0;
     */

    return ngx_pcalloc(cf->pool, sizeof(ngx_http_urlmeta_inline_main_conf_t));
}


static void *
ngx_http_urlmeta_inline_create_conf(ngx_conf_t *cf)
{
    ngx_http_urlmeta_inline_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_urlmeta_inline_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     conf->uri = { 0, NULL };
     *     conf->max = 0;
     *     conf->timeout = 0;
     *     conf->warned = 0;
     */

    conf->enable = NGX_CONF_UNSET;

    return conf;
}


static char *
ngx_http_urlmeta_inline_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_urlmeta_inline_conf_t *prev = parent;
    ngx_http_urlmeta_inline_conf_t *conf = child;

    /* all of one directive */

    if (conf->enable == NGX_CONF_UNSET) {
        conf->uri = prev->uri;
        conf->max = prev->max;
        conf->timeout = prev->timeout;
    }

    ngx_conf_merge_value(conf->enable, prev->enable, 0);

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_urlmeta_inline_init(ngx_conf_t *cf)
{
    ngx_http_urlmeta_inline_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf,
                                             ngx_http_urlmeta_inline_module);

    if (!mcf->used) {
        return NGX_OK;
    }

    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_urlmeta_inline_header_filter;

    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_urlmeta_inline_body_filter;

    return NGX_OK;
}
