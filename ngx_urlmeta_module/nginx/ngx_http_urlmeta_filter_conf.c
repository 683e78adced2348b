
/*
 * The directives of pages of this server, and what a location takes over of
 * them.
 */


#include "ngx_http_urlmeta_filter.h"


static char *ngx_http_urlmeta_filter_complex(ngx_conf_t *cf, ngx_str_t *value,
    ngx_http_complex_value_t **slot);
static char *ngx_http_urlmeta_filter_used(ngx_conf_t *cf);
static ngx_array_t *ngx_http_urlmeta_filter_names(ngx_conf_t *cf);
static ngx_int_t ngx_http_urlmeta_filter_fingerprint(ngx_conf_t *cf,
    ngx_http_urlmeta_loc_conf_t *conf);


char *
ngx_http_urlmeta_filter_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_urlmeta_loc_conf_t *ulcf = conf;

    ngx_str_t                       *value, url;
    ngx_http_urlmeta_filter_conf_t  *fcf;

    fcf = &ulcf->filter;

    if (fcf->mode || fcf->mode_value != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 3) {

        if (value[2].len <= 4
            || ngx_strncmp(value[2].data, "url=", 4) != 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\"", &value[2]);
            return NGX_CONF_ERROR;
        }

        url.data = value[2].data + 4;
        url.len = value[2].len - 4;

        if (ngx_http_urlmeta_filter_complex(cf, &url, &fcf->url)
            != NGX_CONF_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    if (ngx_http_script_variables_count(&value[1])) {

        if (ngx_http_urlmeta_filter_complex(cf, &value[1], &fcf->mode)
            != NGX_CONF_OK)
        {
            return NGX_CONF_ERROR;
        }

    } else if (ngx_strcmp(value[1].data, "off") == 0) {
        fcf->mode_value = NGX_HTTP_URLMETA_FILTER_OFF;
        return NGX_CONF_OK;

    } else if (ngx_strcmp(value[1].data, "card") == 0) {
        fcf->mode_value = NGX_HTTP_URLMETA_FILTER_CARD;

    } else if (ngx_strcmp(value[1].data, "tap") == 0) {
        fcf->mode_value = NGX_HTTP_URLMETA_FILTER_TAP;

    } else {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"%V\" directive, it must "
                           "be \"off\", \"card\", \"tap\" or a variable",
                           &value[1], &cmd->name);
        return NGX_CONF_ERROR;
    }

    return ngx_http_urlmeta_filter_used(cf);
}


char *
ngx_http_urlmeta_local_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char  *rv;

    rv = ngx_conf_set_flag_slot(cf, cmd, conf);

    return (rv == NGX_CONF_OK) ? ngx_http_urlmeta_filter_used(cf) : rv;
}


char *
ngx_http_urlmeta_discovery_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_urlmeta_loc_conf_t *ulcf = conf;

    ngx_str_t                     *value;
    ngx_http_urlmeta_main_conf_t  *umcf;

    if (ulcf->filter.discovery != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        ulcf->filter.discovery = NULL;
        return NGX_CONF_OK;
    }

    if (value[1].len == 0) {
        return "has an empty address";
    }

    umcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_urlmeta_module);
    umcf->filtered = 1;

    return ngx_http_urlmeta_filter_complex(cf, &value[1],
                                           &ulcf->filter.discovery);
}


static char *
ngx_http_urlmeta_filter_complex(ngx_conf_t *cf, ngx_str_t *value,
    ngx_http_complex_value_t **slot)
{
    ngx_http_compile_complex_value_t  ccv;

    *slot = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (*slot == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = value;
    ccv.complex_value = *slot;

    if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* the worker's part of the module, and the filters */

static char *
ngx_http_urlmeta_filter_used(ngx_conf_t *cf)
{
    ngx_http_urlmeta_main_conf_t  *umcf;

    umcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_urlmeta_module);

    umcf->used = 1;
    umcf->filtered = 1;
    umcf->metrics = ngx_http_urlmeta_metrics_zone(cf);

    return umcf->metrics ? NGX_CONF_OK : NGX_CONF_ERROR;
}


char *
ngx_http_urlmeta_filter_merge(ngx_conf_t *cf,
    ngx_http_urlmeta_loc_conf_t *prev, ngx_http_urlmeta_loc_conf_t *conf)
{
    ngx_http_urlmeta_filter_conf_t  *pf, *fcf;

    pf = &prev->filter;
    fcf = &conf->filter;

    /* a name, and a variable, are one directive, with the page's address */

    if (fcf->mode_value == NGX_CONF_UNSET_UINT && fcf->mode == NULL) {
        fcf->mode = pf->mode;
        fcf->mode_value = pf->mode_value;
        fcf->url = pf->url;
    }

    if (fcf->mode_value == NGX_CONF_UNSET_UINT) {
        fcf->mode_value = NGX_HTTP_URLMETA_FILTER_OFF;
    }

    ngx_conf_merge_ptr_value(fcf->discovery, pf->discovery, NULL);
    ngx_conf_merge_value(fcf->local, pf->local, 0);

    if (fcf->mode == NULL
        && fcf->mode_value == NGX_HTTP_URLMETA_FILTER_OFF
        && !(fcf->local && conf->url))
    {
        return NGX_CONF_OK;
    }

    if (fcf->local && conf->url) {
        fcf->names = ngx_http_urlmeta_filter_names(cf);

        if (fcf->names == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    return (ngx_http_urlmeta_filter_fingerprint(cf, conf) == NGX_OK)
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


/* nginx forgets the list when the configuration is read */

static ngx_array_t *
ngx_http_urlmeta_filter_names(ngx_conf_t *cf)
{
    ngx_array_t               *names;
    ngx_uint_t                 n;
    ngx_http_server_name_t    *name;
    ngx_http_core_srv_conf_t  *cscf;

    cscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module);
    n = cscf->server_names.nelts;

    names = ngx_array_create(cf->pool, n ? n : 1,
                             sizeof(ngx_http_server_name_t));
    if (names == NULL || n == 0) {
        return names;
    }

    name = ngx_array_push_n(names, n);
    if (name == NULL) {
        return NULL;
    }

    ngx_memcpy(name, cscf->server_names.elts,
               n * sizeof(ngx_http_server_name_t));

    return names;
}


/*
 * What makes a card of one page another one, where there is no network that a
 * policy could be about: taps, filters and readers of the same page share it.
 */

static ngx_int_t
ngx_http_urlmeta_filter_fingerprint(ngx_conf_t *cf,
    ngx_http_urlmeta_loc_conf_t *conf)
{
    size_t      len;
    ngx_str_t   zone, text;

    ngx_str_null(&zone);

    if (conf->cache_zone) {
        zone = conf->cache_zone->shm.name;
    }

    len = sizeof("page   ") + zone.len + 2 * NGX_SIZE_T_LEN;

    text.data = ngx_pnalloc(cf->temp_pool, len);
    if (text.data == NULL) {
        return NGX_ERROR;
    }

    text.len = ngx_sprintf(text.data, "page %V %uz %ui", &zone,
                           conf->fetch.max_body_size, conf->fetch.extent)
               - text.data;

    conf->filter.fingerprint.len = NGX_HTTP_URLMETA_KEY_LEN;
    conf->filter.fingerprint.data = ngx_pnalloc(cf->pool,
                                                NGX_HTTP_URLMETA_KEY_LEN);
    if (conf->filter.fingerprint.data == NULL) {
        return NGX_ERROR;
    }

    return ngx_http_urlmeta_cache_key(conf->filter.fingerprint.data, &text, 1);
}
