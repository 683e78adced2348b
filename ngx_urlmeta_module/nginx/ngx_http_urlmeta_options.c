
/*
 * What a request asks of its format beside the name: the arguments that the
 * clients of a format send, and where the location's HTML cards are.
 */


#include "ngx_http_urlmeta_module.h"


/* urlmeta_embed url | off */

char *
ngx_http_urlmeta_embed_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_urlmeta_loc_conf_t *ulcf = conf;

    ngx_str_t                         *value;
    ngx_http_compile_complex_value_t   ccv;

    if (ulcf->embed != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        ulcf->embed = NULL;
        return NGX_CONF_OK;
    }

    /* it goes into pages of others, where a path would mean theirs */

    if (ngx_strncmp(value[1].data, "https://", 8) != 0
        && ngx_strncmp(value[1].data, "http://", 7) != 0
        && value[1].data[0] != '$')
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid address \"%V\" in \"%V\" directive, it "
                           "must begin with \"https://\" or \"http://\", "
                           "or be \"off\"",
                           &value[1], &cmd->name);
        return NGX_CONF_ERROR;
    }

    ulcf->embed = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (ulcf->embed == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = &value[1];
    ccv.complex_value = ulcf->embed;

    if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_urlmeta_options(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx)
{
    ngx_str_t                  embed;
    urlmeta_format_options_t  *options;

    options = &ctx->options;

    if (!urlmeta_format_arguments(&ctx->format, options,
                                  (char *) r->args.data, r->args.len))
    {
        return NGX_DECLINED;
    }

    if (ulcf->embed
        && (ctx->format == URLMETA_FORMAT_OEMBED
            || ctx->format == URLMETA_FORMAT_OEMBED_XML))
    {
        if (ngx_http_complex_value(r, ulcf->embed, &embed) != NGX_OK) {
            return NGX_ERROR;
        }

        if ((embed.len > 8
             && ngx_strncmp(embed.data, "https://", 8) == 0)
            || (embed.len > 7 && ngx_strncmp(embed.data, "http://", 7) == 0))
        {
            options->embed = (char *) embed.data;
            options->embed_len = embed.len;
        }
    }

    /*
     * A variant of a card is kept by its format alone; what is made for one
     * request is made from the native card each time.
     */

    ctx->tailored = options->embed_len || options->max_width
                    || options->max_height || options->group;

    return NGX_OK;
}
