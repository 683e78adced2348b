
/*
 * urlmeta_status: its directive, and the handler that answers with the
 * metrics.  And what of a request is counted.
 */


#include "ngx_http_urlmeta_module.h"
#include "ngx_http_urlmeta_metrics_format.h"


struct ngx_http_urlmeta_status_format_s {
    ngx_str_t     name;
    const char   *type;
    const char *(*csp)(void);
    int         (*render)(const ngx_http_urlmeta_metrics_report_t *report,
                          urlmeta_buf_t *out);
};


static ngx_int_t ngx_http_urlmeta_status_report(ngx_http_request_t *r,
    ngx_http_urlmeta_metrics_report_t *report);
static ngx_int_t ngx_http_urlmeta_status_send(ngx_http_request_t *r,
    urlmeta_buf_t *buf, const char *type, const char *csp);


/* each status has its counter */

typedef char  ngx_http_urlmeta_metrics_check_t
    [NGX_HTTP_URLMETA_CACHE_HIT < NGX_HTTP_URLMETA_COUNT_CACHE_MAX ? 1 : -1];


static const ngx_http_urlmeta_status_format_t
    ngx_http_urlmeta_status_formats[] =
{
    { ngx_string("json"), "application/json; charset=utf-8", NULL,
      ngx_http_urlmeta_metrics_json },

    { ngx_string("prometheus"), "text/plain; version=0.0.4; charset=utf-8",
      NULL, ngx_http_urlmeta_metrics_prometheus },

    { ngx_string("html"), "text/html; charset=utf-8",
      ngx_http_urlmeta_metrics_csp, ngx_http_urlmeta_metrics_html },

    { ngx_null_string, NULL, NULL, NULL }
};


char *
ngx_http_urlmeta_status_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_urlmeta_loc_conf_t *ulcf = conf;

    ngx_str_t                               *value;
    ngx_http_core_loc_conf_t                *clcf;
    ngx_http_urlmeta_main_conf_t            *umcf;
    const ngx_http_urlmeta_status_format_t  *format;

    if (ulcf->status) {
        return "is duplicate";
    }

    if (ulcf->url) {
        return "is incompatible with \"urlmeta\"";
    }

    value = cf->args->elts;

    for (format = ngx_http_urlmeta_status_formats; format->name.len; format++) {

        if (format->name.len == value[1].len
            && ngx_strncmp(format->name.data, value[1].data, value[1].len)
               == 0)
        {
            ulcf->status = format;
            break;
        }
    }

    if (ulcf->status == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"%V\" directive, it must "
                           "be \"json\", \"prometheus\" or \"html\"",
                           &value[1], &cmd->name);
        return NGX_CONF_ERROR;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_http_urlmeta_status_handler;

    umcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_urlmeta_module);
    umcf->metrics = ngx_http_urlmeta_metrics_zone(cf);

    return umcf->metrics ? NGX_CONF_OK : NGX_CONF_ERROR;
}


ngx_int_t
ngx_http_urlmeta_status_handler(ngx_http_request_t *r)
{
    ngx_int_t                                rc;
    urlmeta_buf_t                            buf;
    ngx_http_urlmeta_loc_conf_t             *ulcf;
    ngx_http_urlmeta_metrics_report_t        report;
    const ngx_http_urlmeta_status_format_t  *format;

    ulcf = ngx_http_get_module_loc_conf(r, ngx_http_urlmeta_module);

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {

        if (ngx_http_urlmeta_add_header(r, "Allow", (u_char *) "GET, HEAD", 9)
            != NGX_OK)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_http_urlmeta_status_report(r, &report) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memzero(&buf, sizeof(urlmeta_buf_t));

    format = ulcf->status;
    rc = NGX_HTTP_INTERNAL_SERVER_ERROR;

    if (format->render(&report, &buf) == URLMETA_OK) {
        rc = ngx_http_urlmeta_status_send(r, &buf, format->type,
                                          format->csp ? format->csp() : NULL);
    }

    urlmeta_buf_free(&buf);

    return rc;
}


/* each zone is locked for a moment in turn, and none while text is made */

static ngx_int_t
ngx_http_urlmeta_status_report(ngx_http_request_t *r,
    ngx_http_urlmeta_metrics_report_t *report)
{
    ngx_uint_t                        i;
    ngx_array_t                       zones;
    ngx_list_part_t                  *part;
    ngx_shm_zone_t                   *zone;
    ngx_http_urlmeta_metrics_zone_t  *z;

    report->now = ngx_time();

    ngx_http_urlmeta_metrics_read(&report->sum);

    if (ngx_array_init(&zones, r->pool, 4,
                       sizeof(ngx_http_urlmeta_metrics_zone_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    part = (ngx_list_part_t *) &ngx_cycle->shared_memory.part;
    zone = part->elts;

    for (i = 0; /* void */ ; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                break;
            }

            part = part->next;
            zone = part->elts;
            i = 0;
        }

        /* the cache's zones alone have the module for their tag */

        if (zone[i].tag != &ngx_http_urlmeta_module || zone[i].data == NULL) {
            continue;
        }

        z = ngx_array_push(&zones);
        if (z == NULL) {
            return NGX_ERROR;
        }

        z->name = zone[i].shm.name;
        z->size = zone[i].shm.size;

        ngx_http_urlmeta_cache_stat(&zone[i], &z->stat);
    }

    report->zones = zones.elts;
    report->nzones = zones.nelts;

    return NGX_OK;
}


static ngx_int_t
ngx_http_urlmeta_status_send(ngx_http_request_t *r, urlmeta_buf_t *buf,
    const char *type, const char *csp)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_chain_t   out;

    b = ngx_create_temp_buf(r->pool, buf->len);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->last = ngx_cpymem(b->last, buf->data, buf->len);
    b->last_buf = (r == r->main);
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = buf->len;
    r->headers_out.content_type.data = (u_char *) type;
    r->headers_out.content_type.len = ngx_strlen(type);
    r->headers_out.content_type_len = strcspn(type, ";");

    if (ngx_http_urlmeta_add_header(r, "Cache-Control", (u_char *) "no-store",
                                    8)
        != NGX_OK
        || ngx_http_urlmeta_add_header(r, "X-Content-Type-Options",
                                       (u_char *) "nosniff", 7)
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (csp && ngx_http_urlmeta_add_header(r, "Content-Security-Policy",
                                           (u_char *) csp, ngx_strlen(csp))
               != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    return ngx_http_output_filter(r, &out);
}


void
ngx_http_urlmeta_count_request(ngx_http_request_t *r,
    ngx_http_urlmeta_ctx_t *ctx)
{
    ngx_time_t      *tp;
    ngx_msec_int_t   ms;

    ngx_http_urlmeta_count(NGX_HTTP_URLMETA_COUNT_REQUESTS + ctx->cache_status);

    /* a card may be sent although the last fetch failed */

    if (ctx->error != URLMETA_E_NONE
        && r->headers_out.status >= NGX_HTTP_BAD_REQUEST)
    {
        ngx_http_urlmeta_count(NGX_HTTP_URLMETA_COUNT_ERRORS + ctx->error);
    }

    if (ctx->fetched) {

        /* as $request_time, by a clock that may have been set meanwhile */

        tp = ngx_timeofday();
        ms = (ngx_msec_int_t) ((tp->sec - r->start_sec) * 1000
                               + (tp->msec - r->start_msec));

        ngx_http_urlmeta_observe(NGX_HTTP_URLMETA_MISS_TIME,
                                 (ngx_msec_t) ngx_max(ms, 0));
    }
}


void
ngx_http_urlmeta_count_response(ngx_http_request_t *r)
{
    ngx_uint_t  class;

    switch (r->headers_out.status / 100) {

    case 2:
        class = 0;
        break;

    case 4:
        class = 2;
        break;

    case 5:
        class = 3;
        break;

    default:
        class = r->headers_out.status == NGX_HTTP_NOT_MODIFIED ? 1 : 4;
        break;
    }

    ngx_http_urlmeta_count(NGX_HTTP_URLMETA_COUNT_RESPONSES + class);
}
