
/*
 * A location's configuration: its defaults, and what it takes over from the
 * levels around it.
 */


#include "ngx_http_urlmeta_module.h"


static char *ngx_http_urlmeta_merge_policy(ngx_conf_t *cf,
    ngx_http_urlmeta_policy_t *prev, ngx_http_urlmeta_policy_t *conf);
static ngx_int_t ngx_http_urlmeta_merge_robots(ngx_conf_t *cf,
    ngx_http_urlmeta_loc_conf_t *conf);
static ngx_int_t ngx_http_urlmeta_fingerprint(ngx_conf_t *cf,
    ngx_http_urlmeta_loc_conf_t *conf);


void *
ngx_http_urlmeta_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_urlmeta_loc_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_urlmeta_loc_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     conf->url = NULL;
     *     conf->format = NULL;
     *     conf->details = NULL;
     *     conf->cache_key = NULL;
     *     conf->user_agent = NULL;
     *     conf->accept_language = NULL;
     *     conf->fetch.policy = { NULL, NULL, NULL, 0 };
     *     conf->cache_use_stale = 0;
     *     conf->fetch.zone = NULL;
     *     conf->fetch.robots = NULL;
     *     conf->fetch.names = NULL;
     *     conf->fetch.resolver = NULL;
     *     conf->fetch.ssl_trusted_certificate = { 0, NULL };
     *     conf->fingerprint = { 0, NULL };
     *     conf->status = NULL;
     */

    conf->cache_zone = NGX_CONF_UNSET_PTR;
    conf->cache_valid = NGX_CONF_UNSET_PTR;
    conf->cache_bypass = NGX_CONF_UNSET_PTR;
    conf->no_cache = NGX_CONF_UNSET_PTR;
    conf->cache_purge = NGX_CONF_UNSET_PTR;
    conf->cache_control = NGX_CONF_UNSET_UINT;
    conf->cache_min_uses = NGX_CONF_UNSET_UINT;
    conf->cache_min = NGX_CONF_UNSET;
    conf->cache_max = NGX_CONF_UNSET;
    conf->cache_while_revalidate = NGX_CONF_UNSET;
    conf->cache_if_error = NGX_CONF_UNSET;
    conf->cache_background_update = NGX_CONF_UNSET;
    conf->cache_lock = NGX_CONF_UNSET;
    conf->cache_revalidate = NGX_CONF_UNSET;
    conf->headers = NGX_CONF_UNSET_PTR;
    conf->signature = NGX_CONF_UNSET_PTR;
    conf->robots = NGX_CONF_UNSET;
    conf->cors = NGX_CONF_UNSET_PTR;
    conf->embed = NGX_CONF_UNSET_PTR;

    conf->fetch.connect_timeout = NGX_CONF_UNSET_MSEC;
    conf->fetch.read_timeout = NGX_CONF_UNSET_MSEC;
    conf->fetch.timeout = NGX_CONF_UNSET_MSEC;
    conf->fetch.max_header_size = NGX_CONF_UNSET_SIZE;
    conf->fetch.max_body_size = NGX_CONF_UNSET_SIZE;
    conf->fetch.max_redirects = NGX_CONF_UNSET_UINT;
    conf->fetch.extent = NGX_CONF_UNSET_UINT;
    conf->fetch.targets = NGX_CONF_UNSET_PTR;
    conf->fetch.log_level = NGX_CONF_UNSET_UINT;
    conf->fetch.host_rate = NGX_CONF_UNSET_UINT;
    conf->fetch.host_burst = NGX_CONF_UNSET_UINT;
    conf->fetch.host_conn = NGX_CONF_UNSET_UINT;
    conf->fetch.robots_tag = NGX_CONF_UNSET;
    conf->fetch.ssl_verify = NGX_CONF_UNSET;

    conf->filter.mode_value = NGX_CONF_UNSET_UINT;
    conf->filter.discovery = NGX_CONF_UNSET_PTR;
    conf->filter.local = NGX_CONF_UNSET;

    conf->format_value = NGX_CONF_UNSET_UINT;
    conf->details_value = NGX_CONF_UNSET_UINT;

    return conf;
}


char *
ngx_http_urlmeta_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_urlmeta_loc_conf_t *prev = parent;
    ngx_http_urlmeta_loc_conf_t *conf = child;

    ngx_http_core_loc_conf_t      *clcf;
    ngx_http_urlmeta_main_conf_t  *umcf;

    /* a name, and a variable, are one directive */

    if (conf->format_value == NGX_CONF_UNSET_UINT && conf->format == NULL) {
        conf->format = prev->format;
        conf->format_value = prev->format_value;
    }

    if (conf->format_value == NGX_CONF_UNSET_UINT && conf->format == NULL) {
        conf->format_value = URLMETA_FORMAT_JSON;
    }

    if (conf->details_value == NGX_CONF_UNSET_UINT && conf->details == NULL) {
        conf->details = prev->details;
        conf->details_value = prev->details_value;
    }

    if (conf->details_value == NGX_CONF_UNSET_UINT && conf->details == NULL) {
        conf->details_value = 0;
    }

    if (conf->cache_key == NULL) {
        conf->cache_key = prev->cache_key;
    }

    if (conf->user_agent == NULL) {
        conf->user_agent = prev->user_agent;
    }

    if (conf->accept_language == NULL) {
        conf->accept_language = prev->accept_language;
    }

    ngx_conf_merge_ptr_value(conf->cache_zone, prev->cache_zone, NULL);
    ngx_conf_merge_ptr_value(conf->cache_valid, prev->cache_valid, NULL);
    ngx_conf_merge_ptr_value(conf->cache_bypass, prev->cache_bypass, NULL);
    ngx_conf_merge_ptr_value(conf->no_cache, prev->no_cache, NULL);
    ngx_conf_merge_ptr_value(conf->cache_purge, prev->cache_purge, NULL);
    ngx_conf_merge_uint_value(conf->cache_min_uses, prev->cache_min_uses, 1);
    ngx_conf_merge_sec_value(conf->cache_min, prev->cache_min, 60);
    ngx_conf_merge_sec_value(conf->cache_max, prev->cache_max,
                             7 * 24 * 60 * 60);
    ngx_conf_merge_sec_value(conf->cache_while_revalidate,
                             prev->cache_while_revalidate, 60 * 60);
    ngx_conf_merge_sec_value(conf->cache_if_error, prev->cache_if_error,
                             24 * 60 * 60);
    ngx_conf_merge_value(conf->cache_background_update,
                         prev->cache_background_update, 1);
    ngx_conf_merge_value(conf->cache_lock, prev->cache_lock, 1);
    ngx_conf_merge_value(conf->cache_revalidate, prev->cache_revalidate, 1);

    ngx_conf_merge_bitmask_value(conf->cache_use_stale, prev->cache_use_stale,
                                 (NGX_CONF_BITMASK_SET
                                  |NGX_HTTP_URLMETA_STALE_ERROR
                                  |NGX_HTTP_URLMETA_STALE_TIMEOUT
                                  |NGX_HTTP_URLMETA_STALE_UPDATING
                                  |NGX_HTTP_URLMETA_STALE_HTTP_5XX));

    if (conf->cache_use_stale & NGX_HTTP_URLMETA_STALE_OFF) {
        conf->cache_use_stale = NGX_CONF_BITMASK_SET
                                |NGX_HTTP_URLMETA_STALE_OFF;
    }
    ngx_conf_merge_uint_value(conf->cache_control, prev->cache_control,
                              NGX_HTTP_URLMETA_CACHE_PUBLIC);
    ngx_conf_merge_ptr_value(conf->headers, prev->headers, NULL);
    ngx_conf_merge_ptr_value(conf->signature, prev->signature, NULL);
    ngx_conf_merge_ptr_value(conf->cors, prev->cors, NULL);
    ngx_conf_merge_ptr_value(conf->embed, prev->embed, NULL);

    ngx_conf_merge_msec_value(conf->fetch.connect_timeout,
                              prev->fetch.connect_timeout, 3000);
    ngx_conf_merge_msec_value(conf->fetch.read_timeout,
                              prev->fetch.read_timeout, 3000);
    ngx_conf_merge_msec_value(conf->fetch.timeout, prev->fetch.timeout, 10000);
    ngx_conf_merge_size_value(conf->fetch.max_header_size,
                              prev->fetch.max_header_size, 32 * 1024);
    ngx_conf_merge_size_value(conf->fetch.max_body_size,
                              prev->fetch.max_body_size, 2 * 1024 * 1024);
    ngx_conf_merge_uint_value(conf->fetch.max_redirects,
                              prev->fetch.max_redirects, 5);
    ngx_conf_merge_uint_value(conf->fetch.extent, prev->fetch.extent,
                              URLMETA_EXTENT_AUTO);
    ngx_conf_merge_ptr_value(conf->fetch.targets, prev->fetch.targets, NULL);
    ngx_conf_merge_uint_value(conf->fetch.log_level, prev->fetch.log_level,
                              NGX_LOG_ERR);
    ngx_conf_merge_uint_value(conf->fetch.host_rate, prev->fetch.host_rate,
                              2000);
    ngx_conf_merge_uint_value(conf->fetch.host_burst, prev->fetch.host_burst,
                              20);
    ngx_conf_merge_uint_value(conf->fetch.host_conn, prev->fetch.host_conn, 4);
    ngx_conf_merge_value(conf->robots, prev->robots, 0);
    ngx_conf_merge_value(conf->fetch.robots_tag, prev->fetch.robots_tag, 0);
    ngx_conf_merge_value(conf->fetch.ssl_verify, prev->fetch.ssl_verify, 1);
    ngx_conf_merge_str_value(conf->fetch.ssl_trusted_certificate,
                             prev->fetch.ssl_trusted_certificate, "");

    ngx_conf_merge_bitmask_value(conf->fetch.policy.schemes,
                                 prev->fetch.policy.schemes,
                                 (NGX_CONF_BITMASK_SET|NGX_HTTP_URLMETA_HTTP
                                  |NGX_HTTP_URLMETA_HTTPS));

    if (ngx_http_urlmeta_merge_policy(cf, &prev->fetch.policy,
                                      &conf->fetch.policy)
        != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    /* "if" and "limit_except" in a location, as in ngx_http_proxy_module */

    if (clcf->noname && conf->url == NULL) {
        conf->url = prev->url;
    }

    if (clcf->noname && conf->status == NULL) {
        conf->status = prev->status;
    }

    if (clcf->lmt_excpt && clcf->handler == NULL && conf->status) {
        clcf->handler = ngx_http_urlmeta_status_handler;
    }

    if (ngx_http_urlmeta_filter_merge(cf, prev, conf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    if (conf->cache_zone && conf->cache_zone->data == NULL
        && (conf->url || conf->filter.fingerprint.len))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"urlmeta_cache\" zone \"%V\" is unknown: declare "
                           "it by \"urlmeta_cache_zone\" at the http level",
                           &conf->cache_zone->shm.name);
        return NGX_CONF_ERROR;
    }

    if (conf->url == NULL) {
        return NGX_CONF_OK;
    }

    if (clcf->lmt_excpt && clcf->handler == NULL) {
        clcf->handler = ngx_http_urlmeta_handler;
    }

    umcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_urlmeta_module);

    if (umcf->own == NULL) {
        umcf->own = ngx_http_urlmeta_policy_own(cf);
        if (umcf->own == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    conf->fetch.policy.own = umcf->own;
    conf->fetch.zone = conf->cache_zone;
    conf->fetch.names = &umcf->names;
    conf->fetch.resolver = clcf->resolver;
    conf->fetch.resolver_timeout = clcf->resolver_timeout;

    if (conf->fetch.ssl_trusted_certificate.len) {
        if (ngx_conf_full_name(cf->cycle, &conf->fetch.ssl_trusted_certificate,
                               1)
            != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }

        if (access((char *) conf->fetch.ssl_trusted_certificate.data, R_OK)
            == -1)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                               "\"urlmeta_ssl_trusted_certificate\" file "
                               "\"%V\" cannot be read",
                               &conf->fetch.ssl_trusted_certificate);
            return NGX_CONF_ERROR;
        }

        umcf->ca_file = conf->fetch.ssl_trusted_certificate;
    }

    if (ngx_http_urlmeta_fingerprint(cf, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (conf->robots && ngx_http_urlmeta_merge_robots(cf, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* lists of another level replace, as nginx's do */

static char *
ngx_http_urlmeta_merge_policy(ngx_conf_t *cf, ngx_http_urlmeta_policy_t *prev,
    ngx_http_urlmeta_policy_t *conf)
{
    if (conf->rules == NULL) {
        conf->rules = prev->rules;
    }

    if (conf->ports == NULL) {
        conf->ports = prev->ports;
    }

    if (conf->hosts == NULL) {
        conf->hosts = prev->hosts;
    }

    return NGX_CONF_OK;
}


/* the location's policy and limits, but for those that RFC 9309 has */

static ngx_int_t
ngx_http_urlmeta_merge_robots(ngx_conf_t *cf,
    ngx_http_urlmeta_loc_conf_t *conf)
{
    ngx_http_urlmeta_robots_conf_t  *robots;

    robots = ngx_palloc(cf->pool, sizeof(ngx_http_urlmeta_robots_conf_t));
    if (robots == NULL) {
        return NGX_ERROR;
    }

    robots->fetch = conf->fetch;
    robots->fetch.max_body_size = URLMETA_ROBOTS_MAX;
    robots->fetch.max_redirects = 5;
    robots->fetch.robots_tag = 0;
    robots->fingerprint = conf->fingerprint;
    robots->done = ngx_http_urlmeta_store_robots;
    robots->lock = conf->cache_lock;

    conf->fetch.robots = robots;

    return NGX_OK;
}


/*
 * All that makes a card of the same URL another one, so that a location with
 * a wider policy or other limits never fills cards for a stricter one.
 */

static ngx_int_t
ngx_http_urlmeta_fingerprint(ngx_conf_t *cf, ngx_http_urlmeta_loc_conf_t *conf)
{
    u_char      *p;
    size_t       len;
    ngx_str_t                   zone;
    ngx_uint_t                  i;
    ngx_array_t                 text;
    ngx_resolver_connection_t  *rec;

    if (ngx_array_init(&text, cf->temp_pool, 256, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_http_urlmeta_policy_fingerprint(&conf->fetch.policy, &text)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_str_null(&zone);

    if (conf->cache_zone) {
        zone = conf->cache_zone->shm.name;
    }

    /* the same name may have other addresses at other nameservers */

    if (conf->fetch.resolver) {
        rec = conf->fetch.resolver->connections.elts;

        for (i = 0; i < conf->fetch.resolver->connections.nelts; i++) {
            p = ngx_array_push_n(&text, rec[i].server.len + 1);
            if (p == NULL) {
                return NGX_ERROR;
            }

            p = ngx_cpymem(p, rec[i].server.data, rec[i].server.len);
            *p = ';';
        }
    }

    len = zone.len + conf->fetch.ssl_trusted_certificate.len
          + 8 * NGX_SIZE_T_LEN + 9;

    p = ngx_array_push_n(&text, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(p, len);

    (void) ngx_sprintf(p, "%V %V %uz %uz %ui %i %ui %i %i", &zone,
                       &conf->fetch.ssl_trusted_certificate,
                       conf->fetch.max_header_size, conf->fetch.max_body_size,
                       conf->fetch.max_redirects, conf->fetch.ssl_verify,
                       conf->fetch.extent, conf->robots,
                       conf->fetch.robots_tag);

    conf->fingerprint.len = NGX_HTTP_URLMETA_KEY_LEN;
    conf->fingerprint.data = ngx_pnalloc(cf->pool, NGX_HTTP_URLMETA_KEY_LEN);

    if (conf->fingerprint.data == NULL) {
        return NGX_ERROR;
    }

    zone.data = text.elts;
    zone.len = text.nelts;

    return ngx_http_urlmeta_cache_key(conf->fingerprint.data, &zone, 1);
}
