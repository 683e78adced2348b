
/*
 * Directives whose arguments need more than one of nginx's slots.
 */


#include "ngx_http_urlmeta_module.h"


static char *ngx_http_urlmeta_complex(ngx_conf_t *cf,
    ngx_http_complex_value_t **slot);


char *
ngx_http_urlmeta(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_urlmeta_loc_conf_t *ulcf = conf;

    ngx_http_core_loc_conf_t      *clcf;
    ngx_http_urlmeta_main_conf_t  *umcf;

    if (ulcf->url) {
        return "is duplicate";
    }

    if (ulcf->status) {
        return "is incompatible with \"urlmeta_status\"";
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    umcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_urlmeta_module);

    clcf->handler = ngx_http_urlmeta_handler;
    umcf->used = 1;
    umcf->metrics = ngx_http_urlmeta_metrics_zone(cf);

    if (umcf->metrics == NULL) {
        return NGX_CONF_ERROR;
    }

    return ngx_http_urlmeta_complex(cf, &ulcf->url);
}


char *
ngx_http_urlmeta_format_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_urlmeta_loc_conf_t *ulcf = conf;

    ngx_str_t         *value;
    urlmeta_format_e   format;

    if (ulcf->format || ulcf->format_value != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_http_script_variables_count(&value[1])) {
        return ngx_http_urlmeta_complex(cf, &ulcf->format);
    }

    if (ngx_strcmp(value[1].data, "auto") == 0) {
        ulcf->format_value = NGX_HTTP_URLMETA_FORMAT_AUTO;
        return NGX_CONF_OK;
    }

    format = urlmeta_format((char *) value[1].data, value[1].len);

    if (format == URLMETA_FORMAT_UNKNOWN) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "unknown format \"%V\" in \"%V\" directive",
                           &value[1], &cmd->name);
        return NGX_CONF_ERROR;
    }

    ulcf->format_value = format;

    return NGX_CONF_OK;
}


char *
ngx_http_urlmeta_details_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_urlmeta_loc_conf_t *ulcf = conf;

    ngx_str_t  *value;

    if (ulcf->details || ulcf->details_value != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_http_script_variables_count(&value[1])) {
        return ngx_http_urlmeta_complex(cf, &ulcf->details);
    }

    if (ngx_strcasecmp(value[1].data, (u_char *) "on") == 0) {
        ulcf->details_value = 1;

    } else if (ngx_strcasecmp(value[1].data, (u_char *) "off") == 0) {
        ulcf->details_value = 0;

    } else {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"%V\" directive, it must "
                           "be \"on\", \"off\" or a variable",
                           &value[1], &cmd->name);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_urlmeta_set_header_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_urlmeta_loc_conf_t *ulcf = conf;

    ngx_str_t                         *value, *own;
    ngx_http_urlmeta_set_header_t     *h;
    ngx_http_compile_complex_value_t   ccv;

    /* what the transfer itself is responsible for */

    static ngx_str_t  reserved[] = {
        ngx_string("Host"), ngx_string("User-Agent"),
        ngx_string("Accept-Language"), ngx_string("Accept-Encoding"),
        ngx_string("Connection"), ngx_string("Content-Length"),
        ngx_string("Transfer-Encoding"), ngx_string("TE"),
        ngx_string("Upgrade"), ngx_string("Expect"), ngx_string("Range"),
        ngx_string("Via"),
        ngx_null_string
    };

    value = cf->args->elts;

    for (own = reserved; own->len; own++) {
        if (own->len == value[1].len
            && ngx_strncasecmp(own->data, value[1].data, own->len) == 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "header \"%V\" cannot be set by \"%V\"",
                               &value[1], &cmd->name);
            return NGX_CONF_ERROR;
        }
    }

    if (value[1].len == 0 || ngx_strlchr(value[1].data,
                                         value[1].data + value[1].len, ':'))
    {
        return "has an invalid header name";
    }

    if (ulcf->headers == NGX_CONF_UNSET_PTR) {
        ulcf->headers = ngx_array_create(cf->pool, 4,
                                        sizeof(ngx_http_urlmeta_set_header_t));
        if (ulcf->headers == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    h = ngx_array_push(ulcf->headers);
    if (h == NULL) {
        return NGX_CONF_ERROR;
    }

    h->name = value[1];

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = &value[2];
    ccv.complex_value = &h->value;

    if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_urlmeta_host_limit_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_urlmeta_loc_conf_t *ulcf = conf;

    u_char      *last;
    ngx_int_t    n, scale;
    ngx_str_t   *value;
    ngx_uint_t   i;

    if (ulcf->fetch.host_rate != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        ulcf->fetch.host_rate = 0;
        return NGX_CONF_OK;
    }

    ulcf->fetch.host_rate = 2000;
    ulcf->fetch.host_burst = 20;
    ulcf->fetch.host_conn = 4;

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "rate=", 5) == 0) {

            last = value[i].data + value[i].len;
            scale = 0;

            if (value[i].len > 8) {
                if (ngx_strncmp(last - 3, "r/s", 3) == 0) {
                    scale = 1;

                } else if (ngx_strncmp(last - 3, "r/m", 3) == 0) {
                    scale = 60;
                }
            }

            n = scale ? ngx_atoi(value[i].data + 5, value[i].len - 8) : 0;

            if (n > 0 && n <= 1000000) {
                ulcf->fetch.host_rate = ngx_max(n * 1000 / scale, 1);
                continue;
            }

        } else if (ngx_strncmp(value[i].data, "burst=", 6) == 0) {

            n = ngx_atoi(value[i].data + 6, value[i].len - 6);

            if (n >= 0 && n <= 1000000) {
                ulcf->fetch.host_burst = n;
                continue;
            }

        } else if (ngx_strncmp(value[i].data, "conn=", 5) == 0) {

            n = ngx_atoi(value[i].data + 5, value[i].len - 5);

            if (n > 0) {
                ulcf->fetch.host_conn = n;
                continue;
            }
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" in \"%V\" directive, it "
                           "must be \"rate=Nr/s\", \"rate=Nr/m\", "
                           "\"burst=N\", \"conn=N\", or \"off\" alone",
                           &value[i], &cmd->name);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* urlmeta_allow, urlmeta_deny, urlmeta_ports, urlmeta_hosts */

char *
ngx_http_urlmeta_policy_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_urlmeta_loc_conf_t *ulcf = conf;

    char                       *rv;
    ngx_str_t                  *value;
    ngx_uint_t                  i;
    ngx_http_urlmeta_policy_t  *policy;

    value = cf->args->elts;
    policy = &ulcf->fetch.policy;

    for (i = 1; i < cf->args->nelts; i++) {

        switch (cmd->name.data[sizeof("urlmeta_") - 1]) {

        case 'a':
            rv = ngx_http_urlmeta_policy_add_rule(cf, policy, &value[i], 0);
            break;

        case 'd':
            rv = ngx_http_urlmeta_policy_add_rule(cf, policy, &value[i], 1);
            break;

        case 'p':
            rv = ngx_http_urlmeta_policy_add_port(cf, policy, &value[i]);
            break;

        default: /* 'h' */
            rv = ngx_http_urlmeta_policy_add_host(cf, policy, &value[i]);
            break;
        }

        if (rv == NGX_CONF_ERROR) {
            return NGX_CONF_ERROR;
        }

        if (rv != NGX_CONF_OK) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\" directive %s \"%V\"",
                               &cmd->name, rv, &value[i]);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


char *
ngx_http_urlmeta_check_time(ngx_conf_t *cf, void *post, void *data)
{
    ngx_msec_t *mp = data;

    return *mp == 0 ? "must be more than zero" : NGX_CONF_OK;
}


char *
ngx_http_urlmeta_check_size(ngx_conf_t *cf, void *post, void *data)
{
    size_t *sp = data;

    return *sp == 0 ? "must be more than zero" : NGX_CONF_OK;
}


char *
ngx_http_urlmeta_check_number(ngx_conf_t *cf, void *post, void *data)
{
    ngx_int_t *np = data;

    return *np == 0 ? "must be more than zero" : NGX_CONF_OK;
}


static char *
ngx_http_urlmeta_complex(ngx_conf_t *cf, ngx_http_complex_value_t **slot)
{
    ngx_str_t                         *value;
    ngx_http_compile_complex_value_t   ccv;

    value = cf->args->elts;

    *slot = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (*slot == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = &value[1];
    ccv.complex_value = *slot;

    if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}
