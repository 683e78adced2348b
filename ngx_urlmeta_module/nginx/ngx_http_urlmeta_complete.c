
/*
 * urlmeta_complete: the metadata that pages lack is put into them as they pass.
 *
 * A module of its own for the sake of its context: a page that is completed
 * may be read along by the filter, and have cards put into it, too.
 */


#include "../core/complete.h"
#include "ngx_http_urlmeta_rewrite.h"


typedef struct {
    ngx_uint_t                   used;     /* unsigned  used:1; */
} ngx_http_urlmeta_complete_main_conf_t;


typedef struct {
    ngx_flag_t                   enable;
    ngx_http_complex_value_t    *url;
    ngx_uint_t                   warned;   /* of a worker */
} ngx_http_urlmeta_complete_conf_t;


typedef struct {
    urlmeta_complete_t          *complete; /* NULL: the rest passes */
    urlmeta_buf_t                held;
    size_t                       sent;     /* bytes of the page */
} ngx_http_urlmeta_complete_ctx_t;


static ngx_int_t ngx_http_urlmeta_complete_header_filter(
    ngx_http_request_t *r);
static ngx_int_t ngx_http_urlmeta_complete_link(ngx_http_request_t *r,
    ngx_str_t *link);
static ngx_int_t ngx_http_urlmeta_complete_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static ngx_int_t ngx_http_urlmeta_complete_buf(ngx_http_request_t *r,
    ngx_http_urlmeta_complete_ctx_t *ctx, ngx_buf_t *b,
    ngx_http_urlmeta_out_t *out);
static ngx_int_t ngx_http_urlmeta_complete_insert(ngx_http_request_t *r,
    ngx_http_urlmeta_complete_ctx_t *ctx, ngx_http_urlmeta_out_t *out);
static void ngx_http_urlmeta_complete_end(
    ngx_http_urlmeta_complete_ctx_t *ctx);
static void ngx_http_urlmeta_complete_cleanup(void *data);
static char *ngx_http_urlmeta_complete_slot(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static void *ngx_http_urlmeta_complete_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_urlmeta_complete_create_conf(ngx_conf_t *cf);
static char *ngx_http_urlmeta_complete_merge_conf(ngx_conf_t *cf,
    void *parent, void *child);
static ngx_int_t ngx_http_urlmeta_complete_init(ngx_conf_t *cf);
static ngx_int_t ngx_http_urlmeta_complete_init_process(ngx_cycle_t *cycle);


static ngx_command_t  ngx_http_urlmeta_complete_commands[] = {

    { ngx_string("urlmeta_complete"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_http_urlmeta_complete_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_urlmeta_complete_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_urlmeta_complete_init,        /* postconfiguration */

    ngx_http_urlmeta_complete_create_main_conf,
                                           /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_urlmeta_complete_create_conf, /* create location configuration */
    ngx_http_urlmeta_complete_merge_conf   /* merge location configuration */
};


ngx_module_t  ngx_http_urlmeta_complete_module = {
    NGX_MODULE_V1,
    &ngx_http_urlmeta_complete_module_ctx, /* module context */
    ngx_http_urlmeta_complete_commands,    /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_urlmeta_complete_init_process,
                                           /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt    ngx_http_next_body_filter;


static ngx_int_t
ngx_http_urlmeta_complete_header_filter(ngx_http_request_t *r)
{
    ngx_str_t                          url, type, link;
    ngx_pool_cleanup_t                *cln;
    ngx_http_urlmeta_complete_ctx_t   *ctx;
    ngx_http_urlmeta_complete_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_urlmeta_complete_module);

    if (!conf->enable
        || !ngx_http_urlmeta_rewrite_page(r, "urlmeta_complete",
                                          &conf->warned))
    {
        return ngx_http_next_header_filter(r);
    }

    ngx_http_urlmeta_rewrite_header(r);

    if (r->header_only) {
        return ngx_http_next_header_filter(r);
    }

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_urlmeta_complete_ctx_t));
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_urlmeta_rewrite_url(r, conf->url, &url) != NGX_OK
        || ngx_http_urlmeta_rewrite_type(r, &type) != NGX_OK
        || ngx_http_urlmeta_complete_link(r, &link) != NGX_OK)
    {
        return NGX_ERROR;
    }

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_urlmeta_complete_cleanup;
    cln->data = ctx;

    ctx->complete = urlmeta_complete_create((char *) url.data,
                                            (char *) type.data,
                                            (char *) link.data);
    if (ctx->complete == NULL) {
        return NGX_ERROR;
    }

    ngx_http_set_ctx(r, ctx, ngx_http_urlmeta_complete_module);

    r->filter_need_in_memory = 1;

    return ngx_http_next_header_filter(r);
}


/* the Link headers, joined and with a zero at the end */

static ngx_int_t
ngx_http_urlmeta_complete_link(ngx_http_request_t *r, ngx_str_t *link)
{
    u_char           *p;
    size_t            len;
    ngx_uint_t        i, pass;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    link->data = NULL;
    p = NULL;
    len = 0;

    for (pass = 0; pass < 2; pass++) {

        part = &r->headers_out.headers.part;
        h = part->elts;

        for (i = 0; /* void */ ; i++) {

            if (i >= part->nelts) {
                if (part->next == NULL) {
                    break;
                }

                part = part->next;
                h = part->elts;
                i = 0;
            }

            if (h[i].hash == 0 || h[i].key.len != 4
                || ngx_strncasecmp(h[i].key.data, (u_char *) "Link", 4) != 0)
            {
                continue;
            }

            if (pass == 0) {
                len += h[i].value.len + 2;

            } else {
                p = ngx_cpymem(p, h[i].value.data, h[i].value.len);
                *p++ = ',';
                *p++ = ' ';
            }
        }

        if (len == 0) {
            return NGX_OK;
        }

        if (pass == 0) {
            p = ngx_pnalloc(r->pool, len + 1);
            if (p == NULL) {
                return NGX_ERROR;
            }

            link->data = p;
        }
    }

    *p = '\0';

    return NGX_OK;
}


static ngx_int_t
ngx_http_urlmeta_complete_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_chain_t                      *cl;
    ngx_http_urlmeta_out_t            out;
    ngx_http_urlmeta_complete_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_urlmeta_complete_module);

    if (ctx == NULL || ctx->complete == NULL || in == NULL) {
        return ngx_http_next_body_filter(r, in);
    }

    ngx_http_urlmeta_out_init(&out);

    for (cl = in; cl && ctx->complete; cl = cl->next) {

        if (ngx_http_urlmeta_complete_buf(r, ctx, cl->buf, &out) != NGX_OK) {
            ngx_http_urlmeta_complete_end(ctx);
            return NGX_ERROR;
        }
    }

    *out.last = cl;

    if (out.first == NULL && !r->connection->buffered) {
        return NGX_OK;
    }

    return ngx_http_next_body_filter(r, out.first);
}


static ngx_int_t
ngx_http_urlmeta_complete_buf(ngx_http_request_t *r,
    ngx_http_urlmeta_complete_ctx_t *ctx, ngx_buf_t *b,
    ngx_http_urlmeta_out_t *out)
{
    int     rc;
    size_t  len, n, skip;

    rc = URLMETA_OK;
    len = 0;
    skip = 0;

    if (!ngx_buf_special(b) && ngx_buf_in_memory(b)) {
        len = b->last - b->pos;
        rc = urlmeta_complete_feed(ctx->complete, (char *) b->pos, len);
    }

    if (rc == URLMETA_OK && b->last_buf) {
        rc = urlmeta_complete_finish(ctx->complete);
    }

    if (rc == URLMETA_ERROR) {
        return NGX_ERROR;
    }

    /* what may go out: of what is held, then of this buffer */

    n = urlmeta_complete_passed(ctx->complete) - ctx->sent;
    ctx->sent += n;

    if (n >= ctx->held.len) {

        skip = n - ctx->held.len;

        if (ngx_http_urlmeta_rewrite_copy(r, out, ctx->held.data,
                                          ctx->held.len)
            != NGX_OK
            || ngx_http_urlmeta_rewrite_copy(r, out, b->pos, skip) != NGX_OK)
        {
            return NGX_ERROR;
        }

        urlmeta_buf_reset(&ctx->held);

    } else if (n) {

        if (ngx_http_urlmeta_rewrite_copy(r, out, ctx->held.data, n) != NGX_OK)
        {
            return NGX_ERROR;
        }

        ctx->held.len -= n;
        ngx_memmove(ctx->held.data, ctx->held.data + n, ctx->held.len);
    }

    if (rc == URLMETA_DONE) {

        if (ngx_http_urlmeta_complete_insert(r, ctx, out) != NGX_OK) {
            return NGX_ERROR;
        }

        ngx_http_urlmeta_complete_end(ctx);

        return ngx_http_urlmeta_rewrite_rest(r, out, b, skip);
    }

    if (len > skip
        && urlmeta_buf_add(&ctx->held, b->pos + skip, len - skip)
           != URLMETA_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_urlmeta_rewrite_rest(r, out, b, len);
}


static ngx_int_t
ngx_http_urlmeta_complete_insert(ngx_http_request_t *r,
    ngx_http_urlmeta_complete_ctx_t *ctx, ngx_http_urlmeta_out_t *out)
{
    ngx_int_t      rc;
    urlmeta_buf_t  text;

    ngx_memzero(&text, sizeof(urlmeta_buf_t));

    if (urlmeta_complete_text(ctx->complete, &text) != URLMETA_OK) {
        urlmeta_buf_free(&text);
        return NGX_ERROR;
    }

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "urlmeta complete: %uz bytes", text.len);

    rc = ngx_http_urlmeta_rewrite_copy(r, out, text.data, text.len);

    urlmeta_buf_free(&text);

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_urlmeta_rewrite_copy(r, out, ctx->held.data,
                                         ctx->held.len);
}


static void
ngx_http_urlmeta_complete_end(ngx_http_urlmeta_complete_ctx_t *ctx)
{
    urlmeta_complete_destroy(ctx->complete);
    ctx->complete = NULL;

    urlmeta_buf_free(&ctx->held);
}


static void
ngx_http_urlmeta_complete_cleanup(void *data)
{
    ngx_http_urlmeta_complete_ctx_t *ctx = data;

    ngx_http_urlmeta_complete_end(ctx);
}


static char *
ngx_http_urlmeta_complete_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_urlmeta_complete_conf_t *ccf = conf;

    ngx_str_t                              *value, url;
    ngx_http_compile_complex_value_t        ccv;
    ngx_http_urlmeta_complete_main_conf_t  *mcf;

    if (ccf->enable != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len == 3 && ngx_strncmp(value[1].data, "off", 3) == 0) {
        ccf->enable = 0;

        return cf->args->nelts == 2 ? NGX_CONF_OK
                                    : "takes no parameter with \"off\"";
    }

    if (value[1].len != 2 || ngx_strncmp(value[1].data, "on", 2) != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"urlmeta_complete\": it "
                           "must be \"on\" or \"off\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    ccf->enable = 1;

    if (cf->args->nelts == 3) {

        if (value[2].len < 5 || ngx_strncmp(value[2].data, "url=", 4) != 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\" in "
                               "\"urlmeta_complete\"", &value[2]);
            return NGX_CONF_ERROR;
        }

        url.data = value[2].data + 4;
        url.len = value[2].len - 4;

        ccf->url = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
        if (ccf->url == NULL) {
            return NGX_CONF_ERROR;
        }

        ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

        ccv.cf = cf;
        ccv.value = &url;
        ccv.complex_value = ccf->url;

        if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
            return NGX_CONF_ERROR;
        }
    }

    mcf = ngx_http_conf_get_module_main_conf(cf,
                                             ngx_http_urlmeta_complete_module);
    mcf->used = 1;

    return NGX_CONF_OK;
}


static void *
ngx_http_urlmeta_complete_create_main_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     mcf->used = 0;
     */

    return ngx_pcalloc(cf->pool,
                       sizeof(ngx_http_urlmeta_complete_main_conf_t));
}


static void *
ngx_http_urlmeta_complete_create_conf(ngx_conf_t *cf)
{
    ngx_http_urlmeta_complete_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_urlmeta_complete_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     conf->url = NULL;
     *     conf->warned = 0;
     */

    conf->enable = NGX_CONF_UNSET;

    return conf;
}


static char *
ngx_http_urlmeta_complete_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_urlmeta_complete_conf_t *prev = parent;
    ngx_http_urlmeta_complete_conf_t *conf = child;

    /* both are of one directive */

    if (conf->enable == NGX_CONF_UNSET) {
        conf->url = prev->url;
    }

    ngx_conf_merge_value(conf->enable, prev->enable, 0);

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_urlmeta_complete_init(ngx_conf_t *cf)
{
    ngx_http_urlmeta_complete_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf,
                                             ngx_http_urlmeta_complete_module);

    if (!mcf->used) {
        return NGX_OK;
    }

    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_urlmeta_complete_header_filter;

    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_urlmeta_complete_body_filter;

    return NGX_OK;
}


static ngx_int_t
ngx_http_urlmeta_complete_init_process(ngx_cycle_t *cycle)
{
    ngx_http_urlmeta_main_conf_t           *umcf;
    ngx_http_urlmeta_complete_main_conf_t  *mcf;

    if ((ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
        || ngx_get_conf(cycle->conf_ctx, ngx_http_module) == NULL)
    {
        return NGX_OK;
    }

    mcf = ngx_http_cycle_get_module_main_conf(cycle,
                                             ngx_http_urlmeta_complete_module);
    umcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_urlmeta_module);

    /* where something is fetched this is done there */

    if (mcf->used && !umcf->used) {
        urlmeta_init();
    }

    return NGX_OK;
}
