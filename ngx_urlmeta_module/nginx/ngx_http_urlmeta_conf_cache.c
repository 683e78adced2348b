
/*
 * Directives of the cache whose arguments need more than one of nginx's slots.
 */


#include "ngx_http_urlmeta_module.h"


char *
ngx_http_urlmeta_cache_zone_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_urlmeta_main_conf_t *umcf = conf;

    u_char          *p;
    time_t           inactive, save;
    ssize_t          size, max_entry;
    ngx_str_t       *value, name, state, s;
    ngx_uint_t       i;
    const char      *expected;
    ngx_shm_zone_t  *zone, **zones;

    value = cf->args->elts;

    ngx_str_null(&name);
    ngx_str_null(&state);
    size = 0;
    inactive = 24 * 60 * 60;
    save = 5 * 60;
    max_entry = 64 * 1024;

    for (i = 1; i < cf->args->nelts; i++) {

        expected = "\"zone=name:size\", \"inactive=time\", "
                   "\"max_entry=size\", \"state=file\" or \"save=time\"";

        if (ngx_strncmp(value[i].data, "zone=", 5) == 0) {

            expected = "\"zone=name:size\"";

            name.data = value[i].data + 5;
            p = (u_char *) ngx_strchr(name.data, ':');

            if (p == NULL || p == name.data) {
                goto invalid;
            }

            name.len = p - name.data;

            s.data = p + 1;
            s.len = value[i].data + value[i].len - s.data;

            size = ngx_parse_size(&s);

            if (size == NGX_ERROR) {
                goto invalid;
            }

            if (size < (ssize_t) (8 * ngx_pagesize)) {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "zone \"%V\" is too small, it must have "
                                   "%uz bytes at least",
                                   &value[i], 8 * ngx_pagesize);
                return NGX_CONF_ERROR;
            }

            continue;
        }

        if (ngx_strncmp(value[i].data, "inactive=", 9) == 0) {

            expected = "\"inactive=time\", more than zero";

            s.data = value[i].data + 9;
            s.len = value[i].len - 9;

            inactive = ngx_parse_time(&s, 1);

            if (inactive == (time_t) NGX_ERROR || inactive == 0) {
                goto invalid;
            }

            continue;
        }

        if (ngx_strncmp(value[i].data, "max_entry=", 10) == 0) {

            s.data = value[i].data + 10;
            s.len = value[i].len - 10;

            max_entry = ngx_parse_size(&s);

            if (max_entry == NGX_ERROR || max_entry < 1024
                || max_entry > NGX_HTTP_URLMETA_CACHE_MAX_ENTRY)
            {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "invalid \"%V\", it must be between 1k and "
                                   "1m", &value[i]);
                return NGX_CONF_ERROR;
            }

            continue;
        }

        if (ngx_strncmp(value[i].data, "state=", 6) == 0) {

            expected = "\"state=file\"";

            state.data = value[i].data + 6;
            state.len = value[i].len - 6;

            if (state.len == 0) {
                goto invalid;
            }

            if (ngx_conf_full_name(cf->cycle, &state, 0) != NGX_OK) {
                return NGX_CONF_ERROR;
            }

            continue;
        }

        if (ngx_strncmp(value[i].data, "save=", 5) == 0) {

            expected = "\"save=time\", more than zero";

            s.data = value[i].data + 5;
            s.len = value[i].len - 5;

            save = ngx_parse_time(&s, 1);

            if (save == (time_t) NGX_ERROR || save == 0) {
                goto invalid;
            }

            continue;
        }

    invalid:

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" in \"%V\" directive, it "
                           "must be %s", &value[i], &cmd->name, expected);
        return NGX_CONF_ERROR;
    }

    if (name.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" must have \"zone\" parameter", &cmd->name);
        return NGX_CONF_ERROR;
    }

    zone = ngx_http_urlmeta_cache_zone(cf, &name, size, inactive, max_entry,
                                       &state, save,
                                       &ngx_http_urlmeta_module);
    if (zone == NULL) {
        return NGX_CONF_ERROR;
    }

    zones = ngx_array_push(&umcf->zones);
    if (zones == NULL) {
        return NGX_CONF_ERROR;
    }

    *zones = zone;

    return NGX_CONF_OK;
}


char *
ngx_http_urlmeta_cache_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_urlmeta_loc_conf_t *ulcf = conf;

    ngx_str_t  *value;

    if (ulcf->cache_zone != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        ulcf->cache_zone = NULL;
        return NGX_CONF_OK;
    }

    ulcf->cache_zone = ngx_shared_memory_add(cf, &value[1], 0,
                                             &ngx_http_urlmeta_module);
    if (ulcf->cache_zone == NULL) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_urlmeta_cache_valid_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_urlmeta_loc_conf_t *ulcf = conf;

    time_t                     valid;
    ngx_int_t                  code;
    ngx_str_t                 *value;
    ngx_uint_t                 i, n;
    ngx_http_urlmeta_valid_t  *v;

    if (ulcf->cache_valid == NGX_CONF_UNSET_PTR) {
        ulcf->cache_valid = ngx_array_create(cf->pool, 4,
                                             sizeof(ngx_http_urlmeta_valid_t));
        if (ulcf->cache_valid == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    value = cf->args->elts;
    n = cf->args->nelts - 1;

    valid = ngx_parse_time(&value[n], 1);
    if (valid == (time_t) NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid time value \"%V\" in \"%V\" directive",
                           &value[n], &cmd->name);
        return NGX_CONF_ERROR;
    }

    for (i = 1; i == 1 || i < n; i++) {

        if (n == 1) {
            code = NGX_HTTP_OK;

        } else if (ngx_strcmp(value[i].data, "any") == 0) {
            code = NGX_HTTP_URLMETA_VALID_ANY;

        } else if (ngx_strcmp(value[i].data, "error") == 0) {
            code = NGX_HTTP_URLMETA_VALID_ERROR;

        } else {
            code = ngx_atoi(value[i].data, value[i].len);

            if (code < 100 || code > 599) {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "invalid status \"%V\" in \"%V\" "
                                   "directive, it must be a code from 100 to "
                                   "599, \"any\" or \"error\"",
                                   &value[i], &cmd->name);
                return NGX_CONF_ERROR;
            }
        }

        v = ngx_array_push(ulcf->cache_valid);
        if (v == NULL) {
            return NGX_CONF_ERROR;
        }

        v->code = (ngx_uint_t) code;
        v->valid = valid;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_urlmeta_cache_bounds_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_urlmeta_loc_conf_t *ulcf = conf;

    time_t      bound[2];
    ngx_str_t  *value;
    ngx_uint_t  i;

    if (ulcf->cache_min != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;

    for (i = 0; i < 2; i++) {
        bound[i] = ngx_parse_time(&value[i + 1], 1);

        if (bound[i] == (time_t) NGX_ERROR) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid time value \"%V\" in \"%V\" directive",
                               &value[i + 1], &cmd->name);
            return NGX_CONF_ERROR;
        }
    }

    if (bound[0] > bound[1]) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" directive has the lower bound \"%V\" over "
                           "the upper \"%V\"",
                           &cmd->name, &value[1], &value[2]);
        return NGX_CONF_ERROR;
    }

    ulcf->cache_min = bound[0];
    ulcf->cache_max = bound[1];

    return NGX_CONF_OK;
}


char *
ngx_http_urlmeta_cache_stale_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_urlmeta_loc_conf_t *ulcf = conf;

    time_t      time, *slot;
    ngx_str_t  *value, s;
    ngx_uint_t  i;

    if (ulcf->cache_while_revalidate != NGX_CONF_UNSET
        || ulcf->cache_if_error != NGX_CONF_UNSET)
    {
        return "is duplicate";
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "while_revalidate=", 17) == 0) {
            slot = &ulcf->cache_while_revalidate;
            s.data = value[i].data + 17;
            s.len = value[i].len - 17;

        } else if (ngx_strncmp(value[i].data, "if_error=", 9) == 0) {
            slot = &ulcf->cache_if_error;
            s.data = value[i].data + 9;
            s.len = value[i].len - 9;

        } else {
            goto invalid;
        }

        time = ngx_parse_time(&s, 1);

        if (time != (time_t) NGX_ERROR && *slot == NGX_CONF_UNSET) {
            *slot = time;
            continue;
        }

    invalid:

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" in \"%V\" directive, it "
                           "must be \"while_revalidate=time\" or "
                           "\"if_error=time\", each once",
                           &value[i], &cmd->name);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* names of header fields, or "off" alone */

char *
ngx_http_urlmeta_cache_targets_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_urlmeta_loc_conf_t *ulcf = conf;

    u_char      *p, *last;
    ngx_str_t   *value, *name;
    ngx_uint_t   i;

    if (ulcf->fetch.targets != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        ulcf->fetch.targets = NULL;
        return NGX_CONF_OK;
    }

    ulcf->fetch.targets = ngx_array_create(cf->pool, cf->args->nelts - 1,
                                           sizeof(ngx_str_t));
    if (ulcf->fetch.targets == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 1; i < cf->args->nelts; i++) {

        last = value[i].data + value[i].len;

        for (p = value[i].data; p < last; p++) {

            /* a token, RFC 9110 section 5.6.2 */

            if (!((*p >= '0' && *p <= '9')
                  || ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z')
                  || ngx_strchr("!#$%&'*+-.^_`|~", *p)))
            {
                break;
            }
        }

        if (value[i].len == 0 || p < last
            || ngx_strcmp(value[i].data, "off") == 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid header name \"%V\" in \"%V\" "
                               "directive, it must be names, or \"off\" alone",
                               &value[i], &cmd->name);
            return NGX_CONF_ERROR;
        }

        name = ngx_array_push(ulcf->fetch.targets);
        if (name == NULL) {
            return NGX_CONF_ERROR;
        }

        *name = value[i];
    }

    return NGX_CONF_OK;
}
