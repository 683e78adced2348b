
/*
 * The state file: what a restart brings back.
 *
 *   header: magic, version, clocks | records | end: marker, count, checksum
 *
 * Written to a file beside it that takes its name in the end, so that there is
 * always a whole one.  Numbers are in the machine's own order and sizes: a
 * file of another machine has another magic or version, and is ignored as a
 * damaged one is.  Times are written as they are, with both clocks at that
 * moment; they are moved when the file is loaded, by the wall clock between.
 */


#include "ngx_http_urlmeta_cache_zone.h"

#include <ngx_event.h>


#define NGX_HTTP_URLMETA_STATE_MAGIC    0x3173746d6c72750aULL
#define NGX_HTTP_URLMETA_STATE_VERSION  1
#define NGX_HTTP_URLMETA_STATE_RECORD   0x7265636fU
#define NGX_HTTP_URLMETA_STATE_END      0x656e6421U

/* of one step: chunks looked at, and bytes written */
#define NGX_HTTP_URLMETA_STATE_CHUNKS   512
#define NGX_HTTP_URLMETA_STATE_BYTES    65536

/* ms between two steps */
#define NGX_HTTP_URLMETA_STATE_PAUSE    5


typedef struct {
    uint64_t                       magic;
    uint32_t                       version;
    uint32_t                       meta_size;
    uint64_t                       wall;         /* ms since the epoch */
    uint64_t                       clock;        /* of the times */
} ngx_http_urlmeta_state_header_t;


typedef struct {
    uint32_t                       marker;
    uint32_t                       len;          /* of what follows */
    uint64_t                       accessed;
    u_char                         key[NGX_HTTP_URLMETA_CACHE_KEY_LEN];
    ngx_http_urlmeta_cache_meta_t  meta;
} ngx_http_urlmeta_state_record_t;


typedef struct {
    uint32_t                       marker;
    uint32_t                       reserved;
    uint64_t                       count;
    uint64_t                       check;        /* of all before it */
} ngx_http_urlmeta_state_end_t;


struct ngx_http_urlmeta_cache_state_s {
    ngx_event_t                    event;
    ngx_shm_zone_t                *zone;
    ngx_fd_t                       fd;
    uint32_t                       position;
    uint64_t                       count;
    uint64_t                       check;
    size_t                         buffered;
    ngx_uint_t                     failed;       /* unsigned  failed:1; */
    u_char                         name[NGX_MAX_PATH];
    u_char                         buffer[NGX_HTTP_URLMETA_STATE_BYTES];
};


static void ngx_http_urlmeta_cache_state_handler(ngx_event_t *ev);
static ngx_int_t ngx_http_urlmeta_cache_state_open(
    ngx_http_urlmeta_cache_state_t *st, ngx_log_t *log);
static ngx_int_t ngx_http_urlmeta_cache_state_step(
    ngx_http_urlmeta_cache_state_t *st, ngx_log_t *log);
static ngx_int_t ngx_http_urlmeta_cache_state_finish(
    ngx_http_urlmeta_cache_state_t *st, ngx_log_t *log);
static void ngx_http_urlmeta_cache_state_abandon(
    ngx_http_urlmeta_cache_state_t *st);
static ngx_int_t ngx_http_urlmeta_cache_state_write(
    ngx_http_urlmeta_cache_state_t *st, const void *data, size_t len,
    ngx_log_t *log);
static ngx_int_t ngx_http_urlmeta_cache_state_flush(
    ngx_http_urlmeta_cache_state_t *st, ngx_log_t *log);
static uint64_t ngx_http_urlmeta_cache_state_check(uint64_t check,
    const u_char *p, size_t len);
static ngx_int_t ngx_http_urlmeta_cache_state_verify(const u_char *p,
    const u_char *last, uint64_t *count);
static void ngx_http_urlmeta_cache_state_insert(
    ngx_http_urlmeta_cache_t *cache, const u_char *p, uint64_t count);
static void ngx_http_urlmeta_cache_state_replace(
    ngx_http_urlmeta_cache_t *cache, ngx_http_urlmeta_state_record_t *record);
static uint64_t ngx_http_urlmeta_cache_state_time(uint64_t time,
    uint64_t written, uint64_t now, uint64_t elapsed);


ngx_int_t
ngx_http_urlmeta_cache_state_start(ngx_shm_zone_t *zone, ngx_log_t *log)
{
    ngx_http_urlmeta_cache_t        *cache;
    ngx_http_urlmeta_cache_state_t  *st;

    cache = zone->data;

    if (cache->file.len == 0 || cache->state) {
        return NGX_OK;
    }

    st = ngx_calloc(sizeof(ngx_http_urlmeta_cache_state_t), log);
    if (st == NULL) {
        return NGX_ERROR;
    }

    st->zone = zone;
    st->fd = NGX_INVALID_FILE;
    st->event.handler = ngx_http_urlmeta_cache_state_handler;
    st->event.data = st;
    st->event.log = log;
    st->event.cancelable = 1;

    cache->state = st;

    ngx_add_timer(&st->event, (ngx_msec_t) cache->interval * 1000);

    return NGX_OK;
}


void
ngx_http_urlmeta_cache_state_stop(ngx_shm_zone_t *zone)
{
    ngx_http_urlmeta_cache_t        *cache;
    ngx_http_urlmeta_cache_state_t  *st;

    cache = zone->data;
    st = cache->state;

    if (st == NULL) {
        return;
    }

    if (st->event.timer_set) {
        ngx_del_timer(&st->event);
    }

    ngx_http_urlmeta_cache_state_abandon(st);
    ngx_free(st);

    cache->state = NULL;
}


static void
ngx_http_urlmeta_cache_state_handler(ngx_event_t *ev)
{
    ngx_int_t                        rc;
    ngx_http_urlmeta_cache_t        *cache;
    ngx_http_urlmeta_cache_state_t  *st;

    st = ev->data;
    cache = st->zone->data;

    if (ngx_exiting) {

        /* the master or a new worker goes on */

        ngx_http_urlmeta_cache_state_abandon(st);
        return;
    }

    rc = NGX_AGAIN;

    if (st->fd == NGX_INVALID_FILE) {
        if (ngx_http_urlmeta_cache_state_open(st, ev->log) != NGX_OK) {
            rc = NGX_ERROR;
        }

    } else {
        rc = ngx_http_urlmeta_cache_state_step(st, ev->log);

        if (rc == NGX_DONE) {
            rc = ngx_http_urlmeta_cache_state_finish(st, ev->log);
        }
    }

    if (rc == NGX_AGAIN) {
        ngx_add_timer(ev, NGX_HTTP_URLMETA_STATE_PAUSE);
        return;
    }

    if (rc == NGX_ERROR) {
        ngx_http_urlmeta_cache_state_abandon(st);
    }

    ngx_add_timer(ev, (ngx_msec_t) cache->interval * 1000);
}


void
ngx_http_urlmeta_cache_state_save(ngx_shm_zone_t *zone, ngx_log_t *log)
{
    ngx_int_t                        rc;
    ngx_http_urlmeta_cache_t        *cache;
    ngx_http_urlmeta_cache_state_t  *st;

    cache = zone->data;

    if (cache->file.len == 0 || cache->sh == NULL) {
        return;
    }

    st = ngx_calloc(sizeof(ngx_http_urlmeta_cache_state_t), log);
    if (st == NULL) {
        return;
    }

    st->zone = zone;
    st->fd = NGX_INVALID_FILE;

    rc = ngx_http_urlmeta_cache_state_open(st, log);

    if (rc == NGX_OK) {

        do {
            rc = ngx_http_urlmeta_cache_state_step(st, log);
        } while (rc == NGX_AGAIN);

        if (rc == NGX_DONE) {
            rc = ngx_http_urlmeta_cache_state_finish(st, log);
        }
    }

    if (rc != NGX_OK) {
        ngx_http_urlmeta_cache_state_abandon(st);
    }

    ngx_free(st);
}


static ngx_int_t
ngx_http_urlmeta_cache_state_open(ngx_http_urlmeta_cache_state_t *st,
    ngx_log_t *log)
{
    u_char                           *p;
    struct timeval                    tv;
    ngx_http_urlmeta_cache_t         *cache;
    ngx_http_urlmeta_state_header_t   header;

    cache = st->zone->data;

    p = ngx_snprintf(st->name, NGX_MAX_PATH, "%V.%P%Z", &cache->file, ngx_pid);

    if (p == st->name + NGX_MAX_PATH) {
        return NGX_ERROR;
    }

    /*
     * The master may be root, in a directory that the workers' user can write
     * to: a link that waits there under this name is not followed.
     */

    (void) ngx_delete_file(st->name);

    st->fd = ngx_open_file(st->name, NGX_FILE_WRONLY|O_EXCL,
                           NGX_FILE_CREATE_OR_OPEN, NGX_FILE_OWNER_ACCESS);

    if (st->fd == NGX_INVALID_FILE) {

        /* once is enough: it will be so the next time, too */

        if (!st->failed) {
            ngx_log_error(NGX_LOG_WARN, log, ngx_errno,
                          "urlmeta: state of zone \"%V\" cannot be saved: "
                          ngx_open_file_n " \"%s\" failed, make the directory "
                          "writable for the workers' user",
                          &st->zone->shm.name, st->name);
        }

        st->failed = 1;
        return NGX_ERROR;
    }

    st->failed = 0;
    st->position = 0;
    st->count = 0;
    st->check = 0;
    st->buffered = 0;

    ngx_gettimeofday(&tv);

    ngx_memzero(&header, sizeof(ngx_http_urlmeta_state_header_t));

    header.magic = NGX_HTTP_URLMETA_STATE_MAGIC;
    header.version = NGX_HTTP_URLMETA_STATE_VERSION;
    header.meta_size = sizeof(ngx_http_urlmeta_cache_meta_t);
    header.wall = (uint64_t) tv.tv_sec * 1000 + tv.tv_usec / 1000;
    header.clock = ngx_http_urlmeta_cache_now();

    return ngx_http_urlmeta_cache_state_write(st, &header,
                                      sizeof(ngx_http_urlmeta_state_header_t),
                                      log);
}


/* under 1 ms: some chunks are looked at, and one buffer is written */

static ngx_int_t
ngx_http_urlmeta_cache_state_step(ngx_http_urlmeta_cache_state_t *st,
    ngx_log_t *log)
{
    size_t                            len, written;
    uint32_t                          last;
    ngx_int_t                         rc;
    ngx_http_urlmeta_cache_t         *cache;
    ngx_http_urlmeta_state_record_t   record;

    cache = st->zone->data;

    last = st->position + NGX_HTTP_URLMETA_STATE_CHUNKS;
    written = 0;
    rc = NGX_AGAIN;

    ngx_memzero(&record, sizeof(ngx_http_urlmeta_state_record_t));

    record.marker = NGX_HTTP_URLMETA_STATE_RECORD;

    while (st->position < last && written < NGX_HTTP_URLMETA_STATE_BYTES) {

        /* one record a lock: copies of many would be a long time */

        ngx_http_urlmeta_cache_lock(cache);

        rc = ngx_http_urlmeta_cache_next(cache, &st->position,
                                         last - st->position, record.key,
                                         &record.meta);

        ngx_http_urlmeta_cache_unlock(cache);

        if (rc == NGX_DONE) {
            return NGX_DONE;
        }

        if (rc == NGX_AGAIN) {
            continue;
        }

        len = ngx_http_urlmeta_cache_len(&record.meta);
        record.len = (uint32_t) len;

        if (ngx_http_urlmeta_cache_state_write(st, &record,
                                       sizeof(ngx_http_urlmeta_state_record_t),
                                       log)
            != NGX_OK
            || ngx_http_urlmeta_cache_state_write(st,
                                       ngx_http_urlmeta_cache_buffer, len, log)
               != NGX_OK)
        {
            return NGX_ERROR;
        }

        st->count++;
        written += sizeof(ngx_http_urlmeta_state_record_t) + len;
    }

    return NGX_AGAIN;
}


static ngx_int_t
ngx_http_urlmeta_cache_state_finish(ngx_http_urlmeta_cache_state_t *st,
    ngx_log_t *log)
{
    ngx_http_urlmeta_cache_t      *cache;
    ngx_http_urlmeta_state_end_t   end;

    cache = st->zone->data;

    if (ngx_http_urlmeta_cache_state_flush(st, log) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_memzero(&end, sizeof(ngx_http_urlmeta_state_end_t));

    end.marker = NGX_HTTP_URLMETA_STATE_END;
    end.count = st->count;
    end.check = st->check;

    if (ngx_http_urlmeta_cache_state_write(st, &end,
                                         sizeof(ngx_http_urlmeta_state_end_t),
                                         log)
        != NGX_OK
        || ngx_http_urlmeta_cache_state_flush(st, log) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_close_file(st->fd) == NGX_FILE_ERROR) {
        st->fd = NGX_INVALID_FILE;
        (void) ngx_delete_file(st->name);

        ngx_log_error(NGX_LOG_WARN, log, ngx_errno,
                      "urlmeta: " ngx_close_file_n " \"%s\" failed", st->name);
        return NGX_ERROR;
    }

    st->fd = NGX_INVALID_FILE;

    if (ngx_rename_file(st->name, cache->file.data) == NGX_FILE_ERROR) {
        ngx_log_error(NGX_LOG_WARN, log, ngx_errno,
                      "urlmeta: " ngx_rename_file_n " \"%s\" to \"%V\" failed",
                      st->name, &cache->file);

        (void) ngx_delete_file(st->name);

        return NGX_ERROR;
    }

    /* of one writer alone, and only told */

    cache->sh->saved = st->count;
    cache->sh->saved_at = (uint64_t) ngx_time();

    return NGX_OK;
}


static void
ngx_http_urlmeta_cache_state_abandon(ngx_http_urlmeta_cache_state_t *st)
{
    if (st->fd == NGX_INVALID_FILE) {
        return;
    }

    (void) ngx_close_file(st->fd);
    (void) ngx_delete_file(st->name);

    st->fd = NGX_INVALID_FILE;
}


static ngx_int_t
ngx_http_urlmeta_cache_state_write(ngx_http_urlmeta_cache_state_t *st,
    const void *data, size_t len, ngx_log_t *log)
{
    size_t        part;
    const u_char  *p;

    p = data;

    while (len) {

        part = ngx_min(len, NGX_HTTP_URLMETA_STATE_BYTES - st->buffered);

        ngx_memcpy(st->buffer + st->buffered, p, part);

        st->buffered += part;
        p += part;
        len -= part;

        if (st->buffered == NGX_HTTP_URLMETA_STATE_BYTES
            && ngx_http_urlmeta_cache_state_flush(st, log) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_urlmeta_cache_state_flush(ngx_http_urlmeta_cache_state_t *st,
    ngx_log_t *log)
{
    u_char   *p;
    ssize_t   n;

    st->check = ngx_http_urlmeta_cache_state_check(st->check, st->buffer,
                                                   st->buffered);
    p = st->buffer;

    while (st->buffered) {

        n = ngx_write_fd(st->fd, p, st->buffered);

        if (n <= 0) {
            ngx_log_error(NGX_LOG_WARN, log, ngx_errno,
                          "urlmeta: " ngx_write_fd_n " to \"%s\" failed",
                          st->name);
            return NGX_ERROR;
        }

        p += n;
        st->buffered -= n;
    }

    return NGX_OK;
}


/* against damage, not against those who may write the file */

static uint64_t
ngx_http_urlmeta_cache_state_check(uint64_t check, const u_char *p, size_t len)
{
    uint64_t  word;

    for ( /* void */ ; len >= sizeof(uint64_t); len -= sizeof(uint64_t)) {
        ngx_memcpy(&word, p, sizeof(uint64_t));
        p += sizeof(uint64_t);

        check = (check ^ word) * 0x9e3779b97f4a7c15ULL;
        check ^= check >> 32;
    }

    while (len--) {
        check = (check ^ *p++) * 0x9e3779b97f4a7c15ULL;
        check ^= check >> 32;
    }

    return check;
}


void
ngx_http_urlmeta_cache_state_load(ngx_http_urlmeta_cache_t *cache,
    ngx_log_t *log)
{
    u_char           *p;
    size_t            size;
    uint64_t          count;
    ngx_fd_t          fd;
    ngx_err_t         err;
    ngx_file_info_t   fi;

    /* a pipe must not keep nginx from its start */

    fd = ngx_open_file(cache->file.data, NGX_FILE_RDONLY|NGX_FILE_NONBLOCK,
                       NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        err = ngx_errno;

        if (err != NGX_ENOENT) {
            ngx_log_error(NGX_LOG_WARN, log, err,
                          "urlmeta: " ngx_open_file_n " \"%V\" failed, the "
                          "cache begins empty", &cache->file);
        }

        return;
    }

    p = MAP_FAILED;
    size = 0;

    if (ngx_fd_info(fd, &fi) != NGX_FILE_ERROR && ngx_is_file(&fi)
        && ngx_file_size(&fi) > 0)
    {
        size = (size_t) ngx_file_size(&fi);
        p = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    }

    (void) ngx_close_file(fd);

    if (p == MAP_FAILED
        || ngx_http_urlmeta_cache_state_verify(p, p + size, &count) != NGX_OK)
    {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "urlmeta: \"%V\" is no whole state file of this "
                      "version, the cache begins empty", &cache->file);

    } else {
        ngx_http_urlmeta_cache_state_insert(cache, p, count);
    }

    if (p != MAP_FAILED) {
        (void) munmap(p, size);
    }
}


static ngx_int_t
ngx_http_urlmeta_cache_state_verify(const u_char *p, const u_char *last,
    uint64_t *count)
{
    size_t                            len;
    uint64_t                          n, check;
    const u_char                     *end;
    ngx_http_urlmeta_state_end_t      trailer;
    ngx_http_urlmeta_state_header_t   header;
    ngx_http_urlmeta_state_record_t   record;

    if ((size_t) (last - p) < sizeof(ngx_http_urlmeta_state_header_t)
                              + sizeof(ngx_http_urlmeta_state_end_t))
    {
        return NGX_ERROR;
    }

    end = last - sizeof(ngx_http_urlmeta_state_end_t);

    ngx_memcpy(&header, p, sizeof(ngx_http_urlmeta_state_header_t));
    ngx_memcpy(&trailer, end, sizeof(ngx_http_urlmeta_state_end_t));

    if (header.magic != NGX_HTTP_URLMETA_STATE_MAGIC
        || header.version != NGX_HTTP_URLMETA_STATE_VERSION
        || header.meta_size != sizeof(ngx_http_urlmeta_cache_meta_t)
        || trailer.marker != NGX_HTTP_URLMETA_STATE_END
        || trailer.reserved != 0)
    {
        return NGX_ERROR;
    }

    /* in the pieces that were written */

    check = 0;

    for (last = p; last < end; last += len) {
        len = ngx_min((size_t) (end - last), NGX_HTTP_URLMETA_STATE_BYTES);
        check = ngx_http_urlmeta_cache_state_check(check, last, len);
    }

    if (check != trailer.check) {
        return NGX_ERROR;
    }

    p += sizeof(ngx_http_urlmeta_state_header_t);

    for (n = 0; p < end; n++) {

        if ((size_t) (end - p) < sizeof(ngx_http_urlmeta_state_record_t)) {
            return NGX_ERROR;
        }

        ngx_memcpy(&record, p, sizeof(ngx_http_urlmeta_state_record_t));
        p += sizeof(ngx_http_urlmeta_state_record_t);

        if (record.marker != NGX_HTTP_URLMETA_STATE_RECORD
            || record.len != ngx_http_urlmeta_cache_len(&record.meta)
            || record.len > NGX_HTTP_URLMETA_CACHE_BUFFER
            || record.len > (size_t) (end - p))
        {
            return NGX_ERROR;
        }

        p += record.len;
    }

    if (n != trailer.count) {
        return NGX_ERROR;
    }

    *count = n;

    return NGX_OK;
}


/* nobody else has the zone yet */

static void
ngx_http_urlmeta_cache_state_insert(ngx_http_urlmeta_cache_t *cache,
    const u_char *p, uint64_t count)
{
    uint32_t                          n;
    uint64_t                          now, wall, elapsed;
    ngx_uint_t                        nchunks;
    struct timeval                    tv;
    ngx_http_urlmeta_cache_sh_t      *sh;
    ngx_http_urlmeta_cache_meta_t    *meta;
    ngx_http_urlmeta_state_header_t   header;
    ngx_http_urlmeta_state_record_t   record;

    sh = cache->sh;

    ngx_memcpy(&header, p, sizeof(ngx_http_urlmeta_state_header_t));
    p += sizeof(ngx_http_urlmeta_state_header_t);

    ngx_gettimeofday(&tv);

    wall = (uint64_t) tv.tv_sec * 1000 + tv.tv_usec / 1000;
    now = ngx_http_urlmeta_cache_now();

    /* a wall clock that was set back makes nothing younger than it was */

    elapsed = (wall > header.wall) ? wall - header.wall : 0;

    for ( /* void */ ; count; count--) {

        ngx_memcpy(&record, p, sizeof(ngx_http_urlmeta_state_record_t));
        p += sizeof(ngx_http_urlmeta_state_record_t);

        meta = &record.meta;

#define ngx_http_urlmeta_cache_state_move(field)                              \
        meta->field = ngx_http_urlmeta_cache_state_time(meta->field,          \
                                                        header.clock, now,    \
                                                        elapsed)

        ngx_http_urlmeta_cache_state_move(created);
        ngx_http_urlmeta_cache_state_move(expires);
        ngx_http_urlmeta_cache_state_move(updating);
        ngx_http_urlmeta_cache_state_move(failing);
        ngx_http_urlmeta_cache_state_move(retry);

#undef ngx_http_urlmeta_cache_state_move

        ngx_memcpy(ngx_http_urlmeta_cache_buffer, p, record.len);
        p += record.len;

        nchunks = ngx_http_urlmeta_cache_nchunks(record.len);

        ngx_http_urlmeta_cache_state_replace(cache, &record);

        if (ngx_http_urlmeta_cache_room(cache,
                                        meta->error
                                        ? NGX_HTTP_URLMETA_CACHE_ERRORS
                                        : NGX_HTTP_URLMETA_CACHE_CARDS,
                                        nchunks, now)
            != NGX_OK)
        {
            continue;
        }

        n = ngx_http_urlmeta_cache_write(cache, record.key, meta, nchunks,
                                         now);
        ngx_http_urlmeta_cache_insert(cache, n);

        sh->loaded++;
    }
}


/*
 * Saving takes its time, and what was replaced meanwhile may be there twice:
 * what comes later in the file was stored later.  Formats of one card have the
 * same times; where they have not, the card itself is another one.
 */

static void
ngx_http_urlmeta_cache_state_replace(ngx_http_urlmeta_cache_t *cache,
    ngx_http_urlmeta_state_record_t *record)
{
    uint32_t                          n, next;
    ngx_http_urlmeta_cache_record_t  *rec;

    for (n = *ngx_http_urlmeta_cache_bucket(cache, record->key);
         n != NGX_HTTP_URLMETA_CACHE_NONE;
         n = next)
    {
        rec = ngx_http_urlmeta_cache_record(cache, n);
        next = rec->hash_next;

        if (ngx_memcmp(rec->key, record->key, NGX_HTTP_URLMETA_CACHE_VARIANT)
            != 0)
        {
            continue;
        }

        if (rec->key[NGX_HTTP_URLMETA_CACHE_VARIANT]
            == record->key[NGX_HTTP_URLMETA_CACHE_VARIANT]
            || rec->meta.created != record->meta.created
            || rec->meta.expires != record->meta.expires)
        {
            ngx_http_urlmeta_cache_remove(cache, n);
        }
    }
}


/* a time before the clock's zero cannot be told: the clock begins at boot */

static uint64_t
ngx_http_urlmeta_cache_state_time(uint64_t time, uint64_t written,
    uint64_t now, uint64_t elapsed)
{
    if (time == 0) {
        return 0;
    }

    return time - written - elapsed + now;
}
