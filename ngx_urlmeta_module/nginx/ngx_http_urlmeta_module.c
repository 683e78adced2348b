
/*
 * The directives, and the start and end of the processes.
 */


#include "ngx_http_urlmeta_filter.h"


#define NGX_HTTP_URLMETA_ALL_CONF                                             \
    (NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF)


static ngx_int_t ngx_http_urlmeta_init(ngx_conf_t *cf);
static ngx_int_t ngx_http_urlmeta_listening(ngx_conf_t *cf, ngx_array_t *own);
static void *ngx_http_urlmeta_create_main_conf(ngx_conf_t *cf);
static char *ngx_http_urlmeta_init_main_conf(ngx_conf_t *cf, void *conf);
static ngx_int_t ngx_http_urlmeta_init_module(ngx_cycle_t *cycle);
static ngx_int_t ngx_http_urlmeta_init_process(ngx_cycle_t *cycle);
static void ngx_http_urlmeta_exit_process(ngx_cycle_t *cycle);
static void ngx_http_urlmeta_exit_master(ngx_cycle_t *cycle);
static ngx_http_urlmeta_main_conf_t *ngx_http_urlmeta_main_conf(
    ngx_cycle_t *cycle);



static ngx_conf_post_t  ngx_http_urlmeta_time_post =
    { ngx_http_urlmeta_check_time };

static ngx_conf_post_t  ngx_http_urlmeta_size_post =
    { ngx_http_urlmeta_check_size };

static ngx_conf_post_t  ngx_http_urlmeta_fetches_post =
    { ngx_http_urlmeta_check_number };

/* a byte counts them */

static ngx_conf_num_bounds_t  ngx_http_urlmeta_uses_bounds =
    { ngx_conf_check_num_bounds, 1, 255 };


static ngx_conf_enum_t  ngx_http_urlmeta_cache_controls[] = {
    { ngx_string("public"), NGX_HTTP_URLMETA_CACHE_PUBLIC },
    { ngx_string("private"), NGX_HTTP_URLMETA_CACHE_PRIVATE },
    { ngx_null_string, 0 }
};


static ngx_conf_bitmask_t  ngx_http_urlmeta_use_stale[] = {
    { ngx_string("error"), NGX_HTTP_URLMETA_STALE_ERROR },
    { ngx_string("timeout"), NGX_HTTP_URLMETA_STALE_TIMEOUT },
    { ngx_string("updating"), NGX_HTTP_URLMETA_STALE_UPDATING },
    { ngx_string("http_500"), NGX_HTTP_URLMETA_STALE_HTTP_500 },
    { ngx_string("http_502"), NGX_HTTP_URLMETA_STALE_HTTP_502 },
    { ngx_string("http_503"), NGX_HTTP_URLMETA_STALE_HTTP_503 },
    { ngx_string("http_504"), NGX_HTTP_URLMETA_STALE_HTTP_504 },
    { ngx_string("http_5xx"), NGX_HTTP_URLMETA_STALE_HTTP_5XX },
    { ngx_string("http_403"), NGX_HTTP_URLMETA_STALE_HTTP_403 },
    { ngx_string("http_404"), NGX_HTTP_URLMETA_STALE_HTTP_404 },
    { ngx_string("http_429"), NGX_HTTP_URLMETA_STALE_HTTP_429 },
    { ngx_string("off"), NGX_HTTP_URLMETA_STALE_OFF },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_http_urlmeta_extents[] = {
    { ngx_string("head"), URLMETA_EXTENT_HEAD },
    { ngx_string("auto"), URLMETA_EXTENT_AUTO },
    { ngx_string("full"), URLMETA_EXTENT_FULL },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_http_urlmeta_log_levels[] = {
    { ngx_string("info"), NGX_LOG_INFO },
    { ngx_string("notice"), NGX_LOG_NOTICE },
    { ngx_string("warn"), NGX_LOG_WARN },
    { ngx_string("error"), NGX_LOG_ERR },
    { ngx_null_string, 0 }
};


static ngx_conf_bitmask_t  ngx_http_urlmeta_schemes[] = {
    { ngx_string("http"), NGX_HTTP_URLMETA_HTTP },
    { ngx_string("https"), NGX_HTTP_URLMETA_HTTPS },
    { ngx_null_string, 0 }
};


static ngx_command_t  ngx_http_urlmeta_commands[] = {

    { ngx_string("urlmeta"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_urlmeta,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_format"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_http_urlmeta_format_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_embed"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_http_urlmeta_embed_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_cors"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_1MORE,
      ngx_http_urlmeta_cors_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_details"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_http_urlmeta_details_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_scan"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, fetch.extent),
      &ngx_http_urlmeta_extents },

    { ngx_string("urlmeta_filter"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE12,
      ngx_http_urlmeta_filter_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_local"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_FLAG,
      ngx_http_urlmeta_local_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, filter.local),
      NULL },

    { ngx_string("urlmeta_discovery"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_http_urlmeta_discovery_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_cache_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_http_urlmeta_cache_zone_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_cache"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_http_urlmeta_cache_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_cache_key"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, cache_key),
      NULL },

    { ngx_string("urlmeta_cache_valid"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_1MORE,
      ngx_http_urlmeta_cache_valid_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_cache_bounds"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE2,
      ngx_http_urlmeta_cache_bounds_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_cache_stale"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE12,
      ngx_http_urlmeta_cache_stale_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_cache_use_stale"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_1MORE,
      ngx_conf_set_bitmask_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, cache_use_stale),
      &ngx_http_urlmeta_use_stale },

    { ngx_string("urlmeta_cache_background_update"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, cache_background_update),
      NULL },

    { ngx_string("urlmeta_cache_lock"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, cache_lock),
      NULL },

    { ngx_string("urlmeta_cache_revalidate"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, cache_revalidate),
      NULL },

    { ngx_string("urlmeta_cache_targets"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_1MORE,
      ngx_http_urlmeta_cache_targets_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_cache_min_uses"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, cache_min_uses),
      &ngx_http_urlmeta_uses_bounds },

    { ngx_string("urlmeta_cache_purge"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_1MORE,
      ngx_http_set_predicate_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, cache_purge),
      NULL },

    { ngx_string("urlmeta_cache_control"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, cache_control),
      &ngx_http_urlmeta_cache_controls },

    { ngx_string("urlmeta_cache_bypass"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_1MORE,
      ngx_http_set_predicate_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, cache_bypass),
      NULL },

    { ngx_string("urlmeta_no_cache"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_1MORE,
      ngx_http_set_predicate_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, no_cache),
      NULL },

    { ngx_string("urlmeta_connect_timeout"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, fetch.connect_timeout),
      &ngx_http_urlmeta_time_post },

    { ngx_string("urlmeta_read_timeout"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, fetch.read_timeout),
      &ngx_http_urlmeta_time_post },

    { ngx_string("urlmeta_timeout"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, fetch.timeout),
      &ngx_http_urlmeta_time_post },

    { ngx_string("urlmeta_max_header_size"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, fetch.max_header_size),
      &ngx_http_urlmeta_size_post },

    { ngx_string("urlmeta_max_redirects"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, fetch.max_redirects),
      NULL },

    { ngx_string("urlmeta_max_body_size"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, fetch.max_body_size),
      &ngx_http_urlmeta_size_post },

    { ngx_string("urlmeta_max_fetches"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_main_conf_t, max_fetches),
      &ngx_http_urlmeta_fetches_post },

    { ngx_string("urlmeta_host_limit"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE123,
      ngx_http_urlmeta_host_limit_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_user_agent"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, user_agent),
      NULL },

    { ngx_string("urlmeta_robots"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, robots),
      NULL },

    { ngx_string("urlmeta_robots_tag"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, fetch.robots_tag),
      NULL },

    { ngx_string("urlmeta_accept_language"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, accept_language),
      NULL },

    { ngx_string("urlmeta_set_header"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE2,
      ngx_http_urlmeta_set_header_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_ssl_verify"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, fetch.ssl_verify),
      NULL },

    { ngx_string("urlmeta_ssl_trusted_certificate"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, fetch.ssl_trusted_certificate),
      NULL },

    { ngx_string("urlmeta_allow"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_1MORE,
      ngx_http_urlmeta_policy_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_deny"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_1MORE,
      ngx_http_urlmeta_policy_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_ports"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_1MORE,
      ngx_http_urlmeta_policy_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_hosts"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_1MORE,
      ngx_http_urlmeta_policy_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_schemes"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_1MORE,
      ngx_conf_set_bitmask_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, fetch.policy.schemes),
      &ngx_http_urlmeta_schemes },

    { ngx_string("urlmeta_signature"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_1MORE,
      ngx_http_urlmeta_signature_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_log_level"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, fetch.log_level),
      &ngx_http_urlmeta_log_levels },

    { ngx_string("urlmeta_status"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_urlmeta_status_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_urlmeta_module_ctx = {
    ngx_http_urlmeta_add_variables,        /* preconfiguration */
    ngx_http_urlmeta_init,                 /* postconfiguration */

    ngx_http_urlmeta_create_main_conf,     /* create main configuration */
    ngx_http_urlmeta_init_main_conf,       /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_urlmeta_create_loc_conf,      /* create location configuration */
    ngx_http_urlmeta_merge_loc_conf        /* merge location configuration */
};


ngx_module_t  ngx_http_urlmeta_module = {
    NGX_MODULE_V1,
    &ngx_http_urlmeta_module_ctx,          /* module context */
    ngx_http_urlmeta_commands,             /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    ngx_http_urlmeta_init_module,          /* init module */
    ngx_http_urlmeta_init_process,         /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_urlmeta_exit_process,         /* exit process */
    ngx_http_urlmeta_exit_master,          /* exit master */
    NGX_MODULE_V1_PADDING
};



static void *
ngx_http_urlmeta_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_urlmeta_main_conf_t  *umcf;

    umcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_urlmeta_main_conf_t));
    if (umcf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     umcf->names = { NULL, { NULL, 0 }, 0 };
     *     umcf->own = NULL;
     *     umcf->ca_file = { 0, NULL };
     *     umcf->used = 0;
     *     umcf->metrics = NULL;
     */

    umcf->max_fetches = NGX_CONF_UNSET_UINT;

    if (ngx_array_init(&umcf->zones, cf->pool, 2, sizeof(ngx_shm_zone_t *))
        != NGX_OK)
    {
        return NULL;
    }

    return umcf;
}


static char *
ngx_http_urlmeta_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_http_urlmeta_main_conf_t *umcf = conf;

    ngx_conf_init_uint_value(umcf->max_fetches, 256);

    return NGX_CONF_OK;
}


/* after all locations are merged */

static ngx_int_t
ngx_http_urlmeta_init(ngx_conf_t *cf)
{
    const char                    *file;
    ngx_http_urlmeta_main_conf_t  *umcf;

    static ngx_str_t  hosts = ngx_string("/etc/hosts");
    static ngx_str_t  resolv_conf = ngx_string("/etc/resolv.conf");

    umcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_urlmeta_module);

    if (umcf->filtered && ngx_http_urlmeta_filter_init(cf) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!umcf->used) {
        return NGX_OK;
    }

    if (ngx_http_urlmeta_names_init(cf, &umcf->names, &hosts, &resolv_conf)
        != NGX_OK
        || ngx_http_urlmeta_listening(cf, umcf->own) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (umcf->ca_file.len) {
        return NGX_OK;
    }

    file = ngx_http_urlmeta_curl_ca_file();

    if (file == NULL || access(file, R_OK) == -1) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "no CA certificates in \"%s\": every https URL "
                           "will fail; install the package ca-certificates "
                           "or set \"urlmeta_ssl_trusted_certificate\"",
                           file ? file : "");
        return NGX_OK;
    }

    umcf->ca_file.data = (u_char *) file;
    umcf->ca_file.len = ngx_strlen(file);

    return NGX_OK;
}


/*
 * An address that is no interface's may be listened at too, where the system
 * lets it: one that is moved between machines, or a whole local route.
 */

static ngx_int_t
ngx_http_urlmeta_listening(ngx_conf_t *cf, ngx_array_t *own)
{
    ngx_uint_t                  i, j;
    ngx_http_conf_port_t       *port;
    ngx_http_conf_addr_t       *addr;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    if (own == NULL || cmcf->ports == NULL) {
        return NGX_OK;
    }

    port = cmcf->ports->elts;

    for (i = 0; i < cmcf->ports->nelts; i++) {
        addr = port[i].addrs.elts;

        for (j = 0; j < port[i].addrs.nelts; j++) {

            if (addr[j].opt.wildcard) {
                continue;
            }

            if (ngx_http_urlmeta_policy_own_add(own, addr[j].opt.sockaddr)
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_urlmeta_init_module(ngx_cycle_t *cycle)
{
    ngx_core_conf_t               *ccf;
    ngx_http_urlmeta_main_conf_t  *umcf;

    umcf = ngx_http_urlmeta_main_conf(cycle);

    if (umcf == NULL || !umcf->used) {
        return NGX_OK;
    }

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);

    return ngx_http_urlmeta_wake_init_module(cycle, ccf->worker_processes);
}


static ngx_int_t
ngx_http_urlmeta_init_process(ngx_cycle_t *cycle)
{
    ngx_uint_t                      i;
    ngx_shm_zone_t                **zone;
    ngx_http_urlmeta_main_conf_t   *umcf;

    /* the cache manager and loader come here too, and fetch nothing */

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    umcf = ngx_http_urlmeta_main_conf(cycle);

    if (umcf == NULL) {
        return NGX_OK;
    }

    ngx_http_urlmeta_metrics_init(umcf->metrics);

    if (!umcf->used) {
        return NGX_OK;
    }

    if (ngx_http_urlmeta_wake_init_process(cycle,
                                           ngx_http_urlmeta_fetch_followers)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    zone = umcf->zones.elts;

    for (i = 0; i < umcf->zones.nelts; i++) {

        ngx_http_urlmeta_cache_lease_inherit(zone[i]);

        if (ngx_worker == 0
            && ngx_http_urlmeta_cache_state_start(zone[i], cycle->log)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return ngx_http_urlmeta_fetch_init(cycle, umcf->max_fetches,
                                       umcf->ca_file.len
                                       ? (char *) umcf->ca_file.data : NULL);
}


static void
ngx_http_urlmeta_exit_process(ngx_cycle_t *cycle)
{
    ngx_uint_t                      i;
    ngx_shm_zone_t                **zone;
    ngx_http_urlmeta_main_conf_t   *umcf;

    umcf = ngx_http_urlmeta_main_conf(cycle);

    if (umcf == NULL || !umcf->used) {
        return;
    }

    ngx_http_urlmeta_fetch_exit(cycle);
    ngx_http_urlmeta_metrics_exit();
    ngx_http_urlmeta_wake_exit_process();

    zone = umcf->zones.elts;

    for (i = 0; i < umcf->zones.nelts; i++) {
        ngx_http_urlmeta_cache_state_stop(zone[i]);
    }
}


/* the workers are gone: nothing changes any more */

static void
ngx_http_urlmeta_exit_master(ngx_cycle_t *cycle)
{
    ngx_uint_t                      i;
    ngx_shm_zone_t                **zone;
    ngx_http_urlmeta_main_conf_t   *umcf;

    umcf = ngx_http_urlmeta_main_conf(cycle);

    if (umcf == NULL || !umcf->used) {
        return;
    }

    zone = umcf->zones.elts;

    for (i = 0; i < umcf->zones.nelts; i++) {
        ngx_http_urlmeta_cache_state_save(zone[i], cycle->log);
    }
}


/* NULL: there is no http block */

static ngx_http_urlmeta_main_conf_t *
ngx_http_urlmeta_main_conf(ngx_cycle_t *cycle)
{
    if (ngx_get_conf(cycle->conf_ctx, ngx_http_module) == NULL) {
        return NULL;
    }

    return ngx_http_cycle_get_module_main_conf(cycle, ngx_http_urlmeta_module);
}
